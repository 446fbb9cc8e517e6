"""What a step needs of a log, so that Kafka and one SQLite file can both carry it.

A log has topics of numbered partitions; a record is never changed. What a step commits (outputs,
changed state, position) becomes visible at once and whole, or not at all; readers see committed
records only. One suite of properties, tests/streams/test_log.py, holds every log to this.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import pyarrow as pa

from schemas import columns


class LogError(Exception):
    """The log refused or did not answer; what was attempted may be tried again."""


class Fenced(LogError):
    """Somebody else owns this partition of the step now: drop everything that was staged."""


class Unreachable(LogError):
    """The log does not answer: nothing was changed."""


class Uncertain(LogError):
    """What was attempted may have happened or not: drop everything and restore."""


class Lost(LogError):
    """Records between the position and the log's beginning are gone: stop, never guess."""


@dataclass(frozen=True, slots=True)
class Record:
    """A committed record; `received` is when the log took it, microseconds since 1970."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    received: int
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to be appended; without a partition its key decides (murmur2).

    A compacted topic takes no record without a key; without a value it is a tombstone.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = field(default=())


@dataclass(frozen=True)
class Sheaf:
    """Many records of one contract to be appended to one partition, in columns.

    A record's value is `prefix` and the row's Avro body.
    """

    topic: str
    partition: int
    contract: str
    prefix: bytes
    keys: Sequence[bytes]
    rows: pa.RecordBatch

    @cached_property
    def bodies(self) -> Sequence[bytes]:
        """Avro bodies, encoded when they are asked for."""
        return columns.write(self.rows, self.contract)


Positions = Mapping[str, int]
"""Input topic to the next offset to read; a topic that is not named is read from its beginning."""


class Membership(Protocol):
    """One member of a group that shares the partitions of some topics."""

    def poll(self, most: int, seconds: float) -> Mapping[int, Sequence[Record]]:
        """New records by partition number, in offset order within a topic; waits for the first.

        Partitions are given and taken inside this call; what `opened` or `closed` raises comes
        out of it, and a partition that could not be opened is opened again by the next call.
        Raises Fenced when another member took this one's name and Lost when a position is no
        longer there: both are final. Raises Unreachable or LogError otherwise: call again.
        """
        ...

    def rewind(self, partition: int, positions: Positions) -> None:
        """Read a partition again from here; nothing happens if it is no longer this member's."""
        ...

    def leave(self) -> None:
        """Close all partitions; others take them over. May be called twice."""
        ...


class Ownership(Protocol):
    """The only writer of one partition of a step."""

    def commit(self, entries: Sequence[Entry | Sheaf], positions: Positions) -> None:
        """All entries and the position of the inputs, or nothing.

        Raises Fenced and Uncertain: this ownership is void. Raises LogError otherwise: nothing
        was committed.
        """
        ...

    def close(self) -> None:
        """End it; may be called twice."""
        ...


Opened = Callable[[int], Positions]
"""Called when a member is given a partition: fence, restore, and say where to read on.

Several partitions may be opened at the same time, each in a thread of its own.
"""

Closed = Callable[[int], None]
"""Called when a member loses a partition; may be called twice."""


def newest(entries: Iterable[tuple[bytes | None, bytes | None]]) -> dict[bytes, bytes]:
    """The last value of each key, of keys and values in their order."""
    found = dict(entries)
    return {key: value for key, value in found.items() if key is not None and value is not None}


class Log(Protocol):
    """Where records live."""

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises LogError."""
        ...

    def append(self, entries: Iterable[Entry]) -> None:
        """Append outside any step; returns when all are durable. Raises LogError.

        Entries of one partition keep their order. After an error some may have been taken.
        """
        ...

    def read(self, topic: str, partition: int, start: int = 0) -> Iterator[Record]:
        """Committed records from `start` to the present end, as far as they are still kept."""
        ...

    def newest(self, topic: str, partition: int) -> dict[bytes, bytes]:
        """The last committed value of each key that has one, up to the present end."""
        ...

    def end(self, topic: str, partition: int) -> int:
        """The offset after the last committed record, or a later one without a record between."""
        ...

    def own(self, step: str, partition: int) -> Ownership:
        """Become the only writer of a step's partition: the former owner is fenced from here on.

        Raises LogError.
        """
        ...

    def committed(self, step: str, partition: int) -> Positions:
        """The positions that a step committed last, to tell how far behind it is.

        A step itself goes on from its state topic, never from here. Raises LogError.
        """
        ...

    def join(
        self, group: str, member: str, topics: Sequence[str], opened: Opened, closed: Closed
    ) -> Membership:
        """Join a group as a member with a fixed name, so that a restart takes its own place.

        The topics must have the same number of partitions: those of one number go to one member.
        Raises LogError.
        """
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...
