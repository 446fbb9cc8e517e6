"""The log in memory, for the simulation: Kafka's semantics, the data's time, no thread.

Transactions with last stable offset and late markers, epochs, time-outs, sessions and generations
are as on Kafka; tests/streams/test_log.py holds it to the same properties.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from schemas.topics import topics
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
from tests.simulation.memory_group import Group, MemoryMembership
from tests.simulation.memory_owner import Coordinator, MemoryOwnership
from tests.simulation.memory_store import Around, Store


class MemoryLog:
    """Where records live: this process. `widths` are the numbers of partitions."""

    def __init__(self, widths: Mapping[str, int], around: Around | None = None) -> None:
        self._around = around or Around()
        self._store = Store(widths, self._around)
        self._coordinator = Coordinator(self._store)
        self._groups: dict[str, Group] = {}
        self.memberships: dict[tuple[str, str], MemoryMembership] = {}
        """The newest membership of each group and name."""

    def partitions(self, topic: str) -> int:
        """See `streams.log.Log`."""
        return len(self._store.of(topic))

    def append(self, entries: Iterable[Entry]) -> None:
        """See `streams.log.Log`; after an error none was taken."""
        self._store.put(entries)

    def read(self, topic: str, partition: int, start: int = 0) -> Iterator[Record]:
        """See `streams.log.Log`."""
        self._coordinator.look()
        held = self._store.one(topic, partition)
        return iter(held.page(start, held.next))

    def newest(self, topic: str, partition: int) -> dict[bytes, bytes]:
        """See `streams.log.Log`."""
        return newest((one.key, one.value) for one in self.read(topic, partition))

    def end(self, topic: str, partition: int) -> int:
        """See `streams.log.Log`; the markers of transactions count."""
        self._coordinator.look()
        return self._store.one(topic, partition).stable

    def own(self, step: str, partition: int) -> Ownership:
        """See `streams.log.Log`."""
        self._around.at("own")
        owner = MemoryOwnership(self._coordinator, self._store, (step, partition))
        self._around.at("owned")
        return owner

    def committed(self, step: str, partition: int) -> Positions:
        """See `streams.log.Log`."""
        self._coordinator.look()
        return dict(self._coordinator.positions.get((step, partition), {}))

    def join(
        self, group: str, member: str, topics: Sequence[str], opened: Opened, closed: Closed
    ) -> Membership:
        """See `streams.log.Log`."""
        counts = {topic: self.partitions(topic) for topic in topics}
        if len(set(counts.values())) != 1:
            raise LogError(f"topics read together differ in partitions: {counts}")
        joined = self._groups.setdefault(
            group, Group(topics, counts[topics[0]], self._around.monotonic)
        )
        made = MemoryMembership(
            self._store, self._coordinator.look, joined, member, (opened, closed)
        )
        self.memberships[group, member] = made
        return made

    def close(self) -> None:
        """See `streams.log.Log`: nothing is held."""

    def compact(self) -> int:
        """Thin the compacted topics; how many records went."""
        self._coordinator.look()
        now = self._around.clock()
        return sum(
            partition.compact(now)
            for topic, held in self._store.held.items()
            if topics()[topic].compacted
            for partition in held
        )

    def expire(self, now: int) -> int:
        """Drop what retention has passed, `now` in microseconds since 1970; how many went."""
        return sum(one.expire(now) for held in self._store.held.values() for one in held)
