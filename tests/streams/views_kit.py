"""What the tests of the views share: records to show, and entries that put them on a log."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.codec import Codec
from schemas.moments import minute_of
from schemas.money import NANO
from schemas.records import Allocation, Budget, Clock, Incident, Rejected, Window
from schemas.states import Block
from streams.log import Entry, Record
from streams.steps.step import key_bytes
from streams.views import Views
from tests.notifiers import incident_samples

CODEC = Codec()
NOW = datetime(2026, 11, 3, 14, 30, tzinfo=UTC)
HOUR = minute_of(NOW) // 60


def allocation(name: str = "application:chat", cost: int = NANO, **changes: Any) -> Allocation:
    """What an owner bears; its path is its name's last part unless `owner` says otherwise."""
    level, _, last = name.partition(":")
    found = Allocation(series=name, owner=last, level=level, time=NOW, windows=windows(cost))
    return replace(found, **changes)


def windows(cost: int) -> tuple[Window, ...]:
    """The same in all windows: a tenth of it shared."""
    return tuple(
        Window(
            window=window,
            start=NOW - timedelta(hours=1),
            end=NOW,
            cost_nano_usd=cost,
            shared_nano_usd=cost // 10,
            charges=7,
            unpriced=2,
            quantities={"input_uncached": 40, "output": 2, "requests": 3},
        )
        for window in ("1h", "24h", "7d", "month")
    )


def budget(name: str = "retail", spent: int = NANO, **changes: Any) -> Budget:
    """A month's budget of ten dollars."""
    found = Budget(
        name=name,
        series=f"business_unit:{name}",
        owner=name,
        start=NOW.replace(day=1, hour=0, minute=0),
        end=NOW.replace(month=12, day=1, hour=0, minute=0),
        amount_nano_usd=10 * NANO,
        spent_nano_usd=spent,
        shared_nano_usd=0,
        forecast_nano_usd=9 * NANO,
        low_nano_usd=8 * NANO,
        high_nano_usd=11 * NANO,
        time=NOW,
    )
    return replace(found, **changes)


def incident(**changes: Any) -> Incident:
    """An incident of the service search that burns."""
    return incident_samples.incident(**{"id": "inc_a", "owner": "retail/search", **changes})


def rejected(reason: str = "not_json", time: datetime = NOW, **changes: Any) -> Rejected:
    """Input that could not be used."""
    found = Rejected(
        reason=reason,
        detail="it is no JSON",
        topic="usage",
        partition=0,
        offset=5,
        time=time,
        headers={},
        key=b"",
        original=b"{",
        size=1,
    )
    return replace(found, **changes)


def standing(held: Allocation | Budget, partition: int | None = None) -> Entry:
    """An allocation or a budget as watch writes it."""
    key = f"budget:{held.name}" if isinstance(held, Budget) else held.series
    return Entry("allocation", key.encode(), CODEC.encode(held), partition)


def judged(held: Incident) -> Entry:
    """An incident as the judge writes it."""
    return Entry("incident", key_bytes(("incident", held.id)), CODEC.encode(held), 0)


def forgotten(name: str) -> Entry:
    """An incident that the judge has cleared away."""
    return Entry("incident", key_bytes(("incident", name)), None, 0)


def block(name: str, hour: int, costs: Sequence[int], partition: int | None = None) -> Entry:
    """An hour of closed minutes."""
    key = key_bytes(("block", name, "minute", hour))
    return Entry("watch-state", key, CODEC.encode(Block(costs=tuple(costs))), partition)


def clock(time: datetime = NOW, partition: int = 0) -> Entry:
    """How far a partition of watch has closed minutes."""
    return Entry("watch-state", b"clock", CODEC.encode(Clock(time=time)), partition)


def refused(held: Rejected) -> Entry:
    """A rejection as the meter writes it."""
    return Entry("rejected", None, CODEC.encode(held), 0)


def record(entry: Entry, offset: int, partition: int = 0, received: int = 0) -> Record:
    """An entry as a log hands it out."""
    return Record(entry.topic, partition, offset, entry.key, entry.value, received)


def let_in(views: Views, *entries: Entry) -> None:
    """Let entries in, as records that follow each other in one partition."""
    for offset, entry in enumerate(entries):
        views.take(record(entry, offset))


def costs(views: Views) -> dict[str, int]:
    """Series to what it cost, as shown."""
    return {name: one.windows[0].cost_nano_usd for name, one in views.allocations.items()}


def newest(entries: Iterable[Entry]) -> dict[bytes, bytes]:
    """What a compacted topic keeps of entries: the newest value of each key."""
    found: dict[bytes, bytes] = {}
    for entry in entries:
        found.pop(entry.key or b"", None)
        if entry.value is not None:
            found[entry.key or b""] = entry.value
    return found
