"""The log in one SQLite file: durable, exactly once by its transactions, for one process.

It carries the demo, the quick tests, and a small team that runs no Kafka. A second process may
read and append; only one runs steps.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from streams import embedded_upkeep
from streams.embedded_file import File
from streams.embedded_group import EmbeddedMembership, Group
from streams.embedded_owner import EmbeddedOwnership
from streams.embedded_store import Store
from streams.log import (
    Closed,
    Entry,
    LogError,
    Membership,
    Opened,
    Ownership,
    Positions,
    Record,
    newest,
)

PAGE = 1_000
"""Records read at once, so that nobody holds the file for long."""


class EmbeddedLog:
    """Where records live: one file. `clock` tells microseconds since 1970.

    `widths` are the numbers of partitions; topics that the file holds already may be left out.
    Raises LogError.
    """

    def __init__(
        self, path: str | Path, widths: Mapping[str, int], clock: Callable[[], int]
    ) -> None:
        self._file = File(path)
        self._clock = clock
        self._groups: dict[str, Group] = {}
        self._members: list[EmbeddedMembership] = []
        try:
            self._file.found(widths)
            self._store = Store(self._file, clock)
        except LogError:
            self._file.close()
            raise

    def partitions(self, topic: str) -> int:
        """See `streams.log.Log`."""
        return len(self._store.slots(topic))

    def append(self, entries: Iterable[Entry]) -> None:
        """See `streams.log.Log`; one transaction, so after an error none was taken."""
        with self._file.write() as connection:
            self._store.put(connection, entries)
        self._store.tell()

    def read(self, topic: str, partition: int, start: int = 0) -> Iterator[Record]:
        """See `streams.log.Log`."""
        end = self.end(topic, partition)
        while records := self._store.page(topic, partition, start, end, PAGE):
            yield from records
            start = records[-1].offset + 1

    def newest(self, topic: str, partition: int) -> dict[bytes, bytes]:
        """See `streams.log.Log`."""
        return newest((one.key, one.value) for one in self.read(topic, partition))

    def end(self, topic: str, partition: int) -> int:
        """See `streams.log.Log`."""
        return self._store.bounds(topic, partition)[1]

    def own(self, step: str, partition: int) -> Ownership:
        """See `streams.log.Log`; refused while another process runs steps on the file."""
        self._file.hold()
        return EmbeddedOwnership(self._store, step, partition)

    def committed(self, step: str, partition: int) -> Positions:
        """See `streams.log.Log`."""
        return dict(
            self._file.rows(
                "SELECT topic, next FROM position WHERE step = ? AND number = ?", (step, partition)
            )
        )

    def join(
        self, group: str, member: str, topics: Sequence[str], opened: Opened, closed: Closed
    ) -> Membership:
        """See `streams.log.Log`; a group lives in this process only."""
        self._file.hold()
        counts = {topic: self.partitions(topic) for topic in topics}
        if len(set(counts.values())) != 1:
            raise LogError(f"topics read together differ in partitions: {counts}")
        with self._store.news:
            joined = self._groups.setdefault(group, Group(topics, counts[topics[0]]))
            if joined.topics != tuple(topics):
                raise LogError(f"group {group} reads {joined.topics}, not {tuple(topics)}")
            membership = EmbeddedMembership(self._store, joined, member, opened, closed)
            self._members.append(membership)
        return membership

    def close(self) -> None:
        """See `streams.log.Log`."""
        while self._members:
            self._members.pop().leave()
        self._file.close()

    def compact(self, dirty: float = 0.5) -> int:
        """Thin the compacted topics where more than this share is new; how many records went.

        For a thread in the background, about once a minute. Raises LogError.
        """
        return embedded_upkeep.compact(self._file, self._clock(), dirty)

    def expire(self, now: int) -> int:
        """Drop what retention has passed, `now` in microseconds since 1970; how many went.

        For a thread in the background. Raises LogError.
        """
        return embedded_upkeep.expire(self._file, now)
