"""A log that fails when it is told to: before a commit, or after it without saying so."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from streams.log import (
    Closed,
    Entry,
    Log,
    LogError,
    Membership,
    Opened,
    Ownership,
    Positions,
    Record,
    Sheaf,
    Uncertain,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of one commit; `lands`: it takes place all the same."""

    error: LogError
    lands: bool = False


REFUSED = Fault(LogError("not this time"))
LOST_WORD = Fault(Uncertain("the answer was lost"), lands=True)
UNSENT = Fault(Uncertain("the request was lost"))


@dataclass(slots=True)
class FaultyLog:
    """A log around another one; each commit takes one fault, until there are none left."""

    inner: Log
    faults: list[Fault | None] = field(default_factory=list)
    commits: int = 0
    short: int = 0
    """So many times the newest of a topic come without its end."""

    cut: list[str] = field(default_factory=list)
    """Topics that are read without their end, each once."""

    def partitions(self, topic: str) -> int:
        return self.inner.partitions(topic)

    def append(self, entries: Iterable[Entry]) -> None:
        self.inner.append(entries)

    def read(self, topic: str, partition: int, start: int = 0) -> Iterator[Record]:
        found = self.inner.read(topic, partition, start)
        if topic in self.cut:
            self.cut.remove(topic)
            return iter(list(found)[:-2])
        return found

    def newest(self, topic: str, partition: int) -> dict[bytes, bytes]:
        found = self.inner.newest(topic, partition)
        if self.short and found:
            self.short -= 1
            found = dict(list(found.items())[:-1])
        return found

    def end(self, topic: str, partition: int) -> int:
        return self.inner.end(topic, partition)

    def own(self, step: str, partition: int) -> Ownership:
        return FaultyOwnership(self, self.inner.own(step, partition))

    def committed(self, step: str, partition: int) -> Positions:
        return self.inner.committed(step, partition)

    def join(
        self, group: str, member: str, topics: Sequence[str], opened: Opened, closed: Closed
    ) -> Membership:
        return self.inner.join(group, member, topics, opened, closed)

    def close(self) -> None:
        self.inner.close()


@dataclass(slots=True)
class FaultyOwnership:
    """The ownership of one partition on such a log."""

    log: FaultyLog
    inner: Ownership

    def commit(self, entries: Sequence[Entry | Sheaf], positions: Positions) -> None:
        self.log.commits += 1
        fault = self.log.faults.pop(0) if self.log.faults else None
        if fault is None or fault.lands:
            self.inner.commit(entries, positions)
        if fault is not None:
            raise fault.error

    def close(self) -> None:
        self.inner.close()
