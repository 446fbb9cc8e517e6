"""One usage, one truth: walked in any batches and run on any partitions, it says the same.

(DESIGN, "Live = replay: the settled view".)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas import columns
from schemas.cloudevents import parse
from schemas.codec import Codec
from schemas.moments import micros, minute_of
from schemas.records import Clock, Finding
from schemas.topics import widths
from streams.embedded import EmbeddedLog
from streams.log import Log
from streams.publishing import Publisher
from streams.rulebooks import Rulebooks
from streams.sources.base import Item
from streams.steps.packed import WatchState
from streams.steps.step import State
from tests.kafka import oracle
from tests.kafka.oracle import Replayed
from tests.spendwatch.first_day_kit import Steps
from tests.streams.meter_cases import usages
from tests.streams.meter_kit import ACME, NOON, as_json, books, event

CODEC = Codec()
DAWN = NOON.replace(hour=0)
MINUTE = timedelta(minutes=1)
LATENESS = timedelta(seconds=5)
WATCHED = (
    ACME
    + """
budgets:
  - {name: retail, series: "business_unit:retail", amount_usd: 1, marks: [10, 50, 100]}
  - {name: models, when: {model: "m-*"}, amount_usd: 5}
policies:
  - {name: rail, kind: limit, series: ["application:*", "pool:*"], usd: 0.5, window: 1h}
  - {name: allowed, kind: models_allowed, models: ["m-1", "new-1"]}
places: [{name: here, kind: console}]
routes: [{places: [here]}]
"""
)
Events = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Settled:
    """What live and replay promise to say alike."""

    charges: list[oracle.Charge]
    days: Mapping[Any, int]
    buckets: Mapping[Any, Sequence[int]]
    breaches: set[Any]
    incidents: set[Any]


@st.composite
def days(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Usage of a day and two hours in the order of time, some of it sent twice.

    A last one leaves no minute open in which something could be told before it is settled.
    """
    found = [draw(usages(number)) for number in range(draw(st.integers(4, 24)))]
    moments = sorted(draw(st.lists(st.integers(0, 26 * 3600), min_size=len(found),
                                   max_size=len(found))))  # fmt: skip
    held = [
        moved(one, DAWN + timedelta(seconds=second))
        for one, second in zip(found, moments, strict=True)
    ]
    for at in draw(st.lists(st.integers(0, len(held) - 1), max_size=4)):
        held.append(held[at])
    held.append(event("last", DAWN + timedelta(hours=27, minutes=30), quantities={"output": 1}))
    return sorted(held, key=lambda one: str(one["time"]))


def moved(one: Mapping[str, Any], to: datetime) -> dict[str, Any]:
    """The usage at another time; a seat is told of in the hour before it begins."""
    data = dict(one["data"])
    if "period_start" in data:
        start, end = (datetime.fromisoformat(data[f"period_{edge}"]) for edge in ("start", "end"))
        begins = to.replace(minute=0, second=0) + timedelta(hours=1)
        data["period_start"] = begins.isoformat()
        data["period_end"] = (begins + (end - start)).isoformat()
    return {**one, "time": to.isoformat(), "data": data}


def end_of(events: Events) -> Clock:
    """Where the data's clock stops."""
    return Clock(time=max(map(_time, events)) + LATENESS + MINUTE)


def items(events: Events) -> list[Item]:
    lines = [(as_json(one), micros(_time(one))) for one in events]
    return [Item("usage.jsonl", n, line, line, at) for n, (line, at) in enumerate(lines, start=1)]


def _time(one: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(one["time"])


def walked(events: Events, size: int) -> Settled:
    """Walked in memory, so many usages together."""
    held = books(WATCHED)
    replayed = Replayed(held)
    rows = [parse(item.message) for item in items(events)]
    batches = [columns.from_rows(rows[at : at + size]) for at in range(0, len(rows), size)]
    end = end_of(events)
    replayed.feed(batches, end)
    until = minute_of(end.time - LATENESS)
    state = replayed.state()
    return Settled(
        sorted(replayed.charges),
        oracle.closed_days(state, until),
        oracle.closed_buckets(state),
        replayed.breaches,
        oracle.incidents(replayed.incidents.values()),
    )


def run(events: Events, file: Path, usage: int, tally: int) -> Settled:
    """Published on a log of so many partitions, and run to the end by every step."""
    now = micros(end_of(events).time + timedelta(days=1))
    log = EmbeddedLog(file, widths(usage, tally), lambda: now)
    Rulebooks(log, CODEC).publish(WATCHED)
    for _ in Publisher(log, CODEC, 5).publish(items(events)):
        pass
    steps = Steps(log, now=now)
    steps.turn()
    steps.leave()
    found = settled(log, minute_of(end_of(events).time - LATENESS))
    log.close()
    return found


def settled(log: Log, until: int) -> Settled:
    """What a log says in the end."""
    charges = [oracle.charges(columns.read([body], columns.CHARGE)) for body in _bodies(log)]
    state, said = kept(log, "watch-state"), _values(log, "docket")
    return Settled(
        sorted(charge for found in charges for charge in found),
        oracle.closed_days(state, until),
        oracle.closed_buckets(state),
        oracle.breaches(one for one in said if isinstance(one, Finding)),
        oracle.incidents(oracle.settled(kept(log, "incident"))),
    )


def _bodies(log: Log) -> list[bytes]:
    start = len(CODEC.prefix(columns.CHARGE))
    return [
        (record.value or b"")[start:]
        for partition in range(log.partitions("charge"))
        for record in log.read("charge", partition)
    ]


def _values(log: Log, topic: str) -> list[Any]:
    return [
        CODEC.decode(record.value or b"")
        for partition in range(log.partitions(topic))
        for record in log.read(topic, partition)
    ]


def kept(log: Log, topic: str) -> dict[Any, Any]:
    """The newest values of a state topic, all partitions together."""
    found: dict[Any, Any] = {}
    state = WatchState if topic == "watch-state" else State
    for partition in range(log.partitions(topic)):
        held = log.newest(topic, partition).items()
        found |= dict(state.restored(held, CODEC.decode).items())
    return found


@given(events=days(), size=st.integers(1, 9))
@settings(max_examples=12, phases=[Phase.generate],
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
def test_the_settled_view_is_the_same_in_any_batches_and_on_any_partitions(
    events: list[dict[str, Any]], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = walked(events, len(events))
    assert walked(events, size) == whole
    folder = tmp_path_factory.mktemp("settled")
    assert run(events, folder / "one.db", 1, 1) == whole
    assert run(events, folder / "three.db", 3, 3) == whole
    identities = {(one["source"], one["id"]) for one in events}
    assert len(whole.charges) == len(identities)


def test_the_settled_view_of_a_day_that_burns_holds_days_buckets_breaches_and_incidents(
    tmp_path: Path,
) -> None:
    at = [DAWN + MINUTE * 20 * number for number in range(80)]
    events = [event(f"e{n}", one, quantities={"output": 15_000}) for n, one in enumerate(at)]
    events += [event(f"g{n}", one, "gpu", resource="shared", duration_s=0,
                     quantities={"gpu_seconds": 300}) for n, one in enumerate(at[::4])]  # fmt: skip
    events.sort(key=lambda one: str(one["time"]))
    whole = walked(events, 7)
    assert whole.days and whole.buckets and whole.breaches and whole.incidents
    assert run(events, tmp_path / "log.db", 2, 3) == whole
