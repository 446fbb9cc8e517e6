"""What a step needs of a log, so that Kafka and one SQLite file can both carry it.

A log has topics of numbered partitions; a record is never changed. What a step commits (outputs,
changed state, position) becomes visible at once and whole, or not at all; readers see committed
records only. One suite of properties, tests/streams/test_log.py, holds every log to this.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class LogError(Exception):
    """The log refused or did not answer; what was attempted may be tried again."""


class Fenced(LogError):
    """Somebody else owns this partition of the step now: drop everything that was staged."""


class Unreachable(LogError):
    """The log does not answer: nothing was changed."""


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
    """A record to be appended; without a partition its key decides (murmur2)."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = field(default=())


Positions = Mapping[str, int]
"""Input topic to the next offset to read."""


class Membership(Protocol):
    """One member of a group that shares the partitions of some topics."""

    def poll(self, most: int, seconds: float) -> Mapping[int, Sequence[Record]]:
        """New records by partition number, in offset order within a topic.

        Partitions are given and taken inside this call. Raises LogError when it can't go on.
        """
        ...

    def rewind(self, partition: int, positions: Positions) -> None:
        """Read this partition again from here."""
        ...

    def leave(self) -> None:
        """Give all partitions back."""
        ...


class Ownership(Protocol):
    """The only writer of one partition of a step."""

    def commit(self, entries: Sequence[Entry], positions: Positions) -> None:
        """All entries and the position of the inputs, or nothing. Raises Fenced, LogError."""
        ...

    def close(self) -> None:
        """End it; may be called twice."""
        ...


Opened = Callable[[int], Positions]
"""Called when a member is given a partition: fence, restore, and say where to read on."""

Closed = Callable[[int], None]
"""Called when a member loses a partition; may be called twice."""


class Log(Protocol):
    """Where records live."""

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises LogError."""
        ...

    def append(self, entries: Iterable[Entry]) -> None:
        """Append outside any step; returns when all are durable. Raises LogError."""
        ...

    def read(self, topic: str, partition: int, start: int = 0) -> Iterator[Record]:
        """Committed records from `start` to the present end, thinned where compacted."""
        ...

    def end(self, topic: str, partition: int) -> int:
        """The offset after the last committed record."""
        ...

    def own(self, step: str, partition: int) -> Ownership:
        """Become the only writer of a step's partition: the former owner is fenced from here on."""
        ...

    def join(
        self, group: str, member: str, topics: Sequence[str], opened: Opened, closed: Closed
    ) -> Membership:
        """Join a group as a member with a fixed name, so that a restart takes its own place."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...
