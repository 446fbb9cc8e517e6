"""What the web shows, in memory: allocations, budgets, incidents and their last day of minutes.

Whoever hosts the views lets records of four topics in, in any order and as often as it likes: each
is an overwrite by its position (`streams.views_tables`). Nothing here knows Faust, Kafka or HTTP.
One thread alone may call the views.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import structlog

from schemas.codec import Codec
from schemas.moments import HOUR_MINUTES, at_minute, minute_of
from schemas.reasons import Refused
from schemas.records import Allocation, Budget, Clock, Incident
from streams.log import Record
from streams.steps.step import key_of
from streams.views_tables import Minutes, Refusals, Table

ALLOCATION, INCIDENT, STATE, REJECTED = "allocation", "incident", "watch-state", "rejected"
TOPICS = (ALLOCATION, INCIDENT, STATE, REJECTED)
"""What the views are made from."""

CLOCK = b"clock"
"""Key of watch's own clock in its state."""

logger = structlog.get_logger()


class Change(NamedTuple):
    """Something in the views is new: which table, which key."""

    table: str
    key: str


Listener = Callable[[Change], None]


class Day(NamedTuple):
    """Closed minutes of a series from `start` on, nano-dollars; None where they are not kept."""

    start: datetime
    costs: tuple[int | None, ...]


def wanted(topic: str, key: bytes | None) -> bool:
    """Whether the views are interested in a record, told by its key: most of watch's state is not
    for them."""
    if topic == STATE:
        return key is not None and (
            key == CLOCK or (key.startswith(b"block ") and b" minute " in key)
        )
    if topic == INCIDENT:
        return key is not None and key.startswith(b"incident ")
    return True


class Views:
    """The tables, and who is told of their changes."""

    def __init__(self, codec: Codec) -> None:
        self.allocations: Table[Allocation] = Table()
        self.budgets: Table[Budget] = Table()
        self.incidents: Table[Incident] = Table()
        self.refusals = Refusals()
        self.ready = False
        """Whether all that was on the log at the start has been let in; the host says so."""

        self.next: dict[tuple[str, int], int] = {}
        """By topic and partition, the offset after the latest record that was let in."""

        self._codec = codec
        self._minutes = Minutes()
        self._clocks: Table[Clock] = Table()
        self._listeners: list[Listener] = []
        self._takes: dict[str, Callable[[Record], Change | None]] = {
            ALLOCATION: self._take_standing,
            INCIDENT: self._take_incident,
            STATE: self._take_state,
            REJECTED: self._take_rejected,
        }

    def take(self, record: Record) -> None:
        """Let a record in: one that is known, older, unreadable or not wanted changes nothing."""
        if not wanted(record.topic, record.key):
            return
        place = record.topic, record.partition
        self.next[place] = max(self.next.get(place, 0), record.offset + 1)
        try:
            change = self._takes[record.topic](record)
        except Refused as wrong:
            logger.warning("record_unreadable", topic=record.topic, error=str(wrong))
            return
        if change is not None:
            for listener in tuple(self._listeners):
                listener(change)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell somebody of each change; returns how to end that, once."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def watermark(self) -> datetime | None:
        """Event time before which all of watch has closed its minutes; None: not known."""
        return min((clock.time for clock in self._clocks.values()), default=None)

    def day(self, name: str) -> Day | None:
        """The last day of a series' closed minutes; None where none are known."""
        found = {
            hour: self._codec.decode(message).costs
            for hour, message in self._minutes.of(name).items()
        }
        if not found:
            return None
        first, last = min(found), max(found)
        costs: list[int | None] = []
        for hour in range(first, last):
            held = found.get(hour, ())
            costs += [*held, *(None,) * (HOUR_MINUTES - len(held))]
        return Day(at_minute(first * HOUR_MINUTES), (*costs, *found[last]))

    def _take_standing(self, record: Record) -> Change | None:
        """An allocation, or where a budget stands."""
        key = (record.key or b"").decode()
        held = self._codec.decode(record.value) if record.value else None
        if isinstance(held, Budget):
            return Change("budget", held.name) if self._budget(held, record) else None
        return Change(ALLOCATION, key) if self.allocations.put(key, held, record) else None

    def _budget(self, held: Budget, record: Record) -> bool:
        return self.budgets.put(held.name, held, record)

    def _take_incident(self, record: Record) -> Change | None:
        name = str(key_of(record.key or b"")[1])
        held = self._codec.decode(record.value) if record.value else None
        if not self.incidents.put(name, held, record):
            return None
        if held is not None:
            self._minutes.pin(held.series)
        return Change(INCIDENT, name)

    def _take_state(self, record: Record) -> Change | None:
        if record.key != CLOCK:
            _, name, _, hour = key_of(record.key or b"")
            self._minutes.put(str(name), int(hour), record)
            return None
        held = self._codec.decode(record.value) if record.value else None
        put = self._clocks.put(str(record.partition), held, record)
        return Change("status", "") if put else None

    def _take_rejected(self, record: Record) -> Change | None:
        if record.value is None:
            return None
        held = self._codec.decode(record.value)
        self.refusals.put(held, minute_of(held.time), record)
        return Change("status", "")
