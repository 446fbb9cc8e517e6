"""The tables under the views: the newest value of each key, by where its record stands in the log.

Every update overwrites by position, so a record that comes twice or late changes nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from schemas import series
from schemas.records import Rejected
from streams.log import Record

V = TypeVar("V")

HOURS = 25
"""Blocks of a series that are kept: the hour that is filling, and a whole day before it."""

CUTS = 5_000
"""Series of cuts whose minutes are kept; owners, pools and what has an incident come on top."""

NEWEST = 2_000
"""Rejections of a partition that are looked at: the newest."""

LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Held(Generic[V]):
    """A value and where its record stands; None: it was forgotten."""

    value: V | None
    partition: int
    offset: int
    received: int

    def precedes(self, record: Record) -> bool:
        """Whether the record is newer. Only a key that has moved has two partitions: time tells."""
        if self.partition == record.partition:
            return self.offset < record.offset
        return self.received <= record.received


class Table(Generic[V]):
    """The newest value of each key."""

    def __init__(self) -> None:
        self._held: dict[str, Held[V]] = {}

    def put(self, key: str, value: V | None, record: Record) -> bool:
        """Let a value in, None forgets the key; False where the record is not newer."""
        known = self._held.get(key)
        if known is not None and not known.precedes(record):
            return False
        self._held[key] = Held(value, record.partition, record.offset, record.received)
        return True

    def get(self, key: str) -> V | None:
        """The value of a key, or None."""
        held = self._held.get(key)
        return None if held is None else held.value

    def items(self) -> Iterator[tuple[str, V]]:
        """Keys and values, sorted by key."""
        for key, held in sorted(self._held.items()):
            if held.value is not None:
                yield key, held.value

    def values(self) -> Iterator[V]:
        """Values, sorted by key."""
        return (value for _, value in self.items())


class Minutes:
    """Hours of closed minutes by series, as the log holds them: decoded when somebody asks.

    Those of cuts are let go where there are too many, longest untouched first.
    """

    def __init__(self) -> None:
        self._days: dict[str, dict[int, Held[bytes]]] = {}
        self._cuts: dict[str, None] = {}
        self._pinned: set[str] = set()

    def put(self, name: str, hour: int, record: Record) -> None:
        """Let the block of an hour in; an older one changes nothing, a tombstone neither."""
        day = self._days.setdefault(name, {})
        known = day.get(hour)
        if record.value is None or (known is not None and not known.precedes(record)):
            return
        day[hour] = Held(record.value, record.partition, record.offset, record.received)
        for old in [one for one in day if one <= max(day) - HOURS]:
            del day[old]
        self._bound(name)

    def pin(self, name: str) -> None:
        """Never let the minutes of this series go."""
        self._pinned.add(name)
        self._cuts.pop(name, None)

    def of(self, name: str) -> Mapping[int, bytes]:
        """Messages of a series by hour since 1970, as far as they are kept."""
        day = self._days.get(name, {})
        return {hour: held.value for hour, held in sorted(day.items()) if held.value is not None}

    def _bound(self, name: str) -> None:
        if name in self._pinned or series.split(name)[0] in series.LEVELS:
            return
        self._cuts.pop(name, None)
        self._cuts[name] = None
        while len(self._cuts) > CUTS:
            oldest = next(iter(self._cuts))
            del self._cuts[oldest], self._days[oldest]


class Refusal(NamedTuple):
    """What is shown of input that could not be used; `minute` counts since 1970."""

    reason: str
    detail: str
    minute: int
    topic: str
    partition: int
    offset: int


class Refusals:
    """The newest rejections of each partition, by offset."""

    def __init__(self) -> None:
        self._held: dict[int, dict[int, Refusal]] = {}

    def put(self, rejected: Rejected, minute: int, record: Record) -> None:
        """Let one in; known ones change nothing."""
        held = self._held.setdefault(record.partition, {})
        detail = rejected.detail[:LONGEST_DETAIL]
        place = rejected.topic, rejected.partition, rejected.offset
        held[record.offset] = Refusal(rejected.reason, detail, minute, *place)
        if len(held) > NEWEST:
            del held[min(held)]

    def counts(self, since: int) -> dict[str, int]:
        """How many there were of each reason from a minute on."""
        found = Counter(one.reason for one in self._all() if one.minute >= since)
        return dict(sorted(found.items()))

    def whole(self, since: int) -> bool:
        """Whether those of every partition reach back to a minute, or are all there are."""
        full = [held for held in self._held.values() if len(held) >= NEWEST]
        return all(held[min(held)].minute < since for held in full)

    def newest(self, most: int) -> list[Refusal]:
        """The latest, newest first."""
        return sorted(self._all(), key=lambda one: one.minute, reverse=True)[:most]

    def _all(self) -> Iterator[Refusal]:
        return (one for held in self._held.values() for one in held.values())
