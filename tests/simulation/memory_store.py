"""The partitions of the log in memory, and what it has around it."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from schemas.keys import partition_of
from schemas.topics import topics
from streams.log import Entry, LogError, Record
from tests.simulation.memory_partition import Partition, Transaction

LARGEST = 1_048_576
"""The largest value in bytes, as Kafka's brokers have it by default (message.max.bytes)."""


def wall() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Around:
    """Time, and whoever wants to interfere; by default the machine's clocks, and nobody."""

    clock: Callable[[], int] = wall
    monotonic: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    at: Callable[[str], None] = lambda point: None
    """Called at each point where a member may come to grief; may raise."""

    lags: Callable[[], bool] = lambda: False
    """Whether the next marker of a transaction stays away a little longer."""

    portion: Callable[[int], int] = lambda most: most
    """How many records a poll gives at most."""


class Store:
    """All partitions by topic."""

    def __init__(self, widths: Mapping[str, int], around: Around) -> None:
        self.around = around
        self.held = {
            topic: [Partition(topic, number) for number in range(width)]
            for topic, width in widths.items()
        }

    def of(self, topic: str) -> list[Partition]:
        """The partitions of a topic. Raises LogError."""
        if topic not in self.held:
            raise LogError(f"there is no topic {topic}")
        return self.held[topic]

    def one(self, topic: str, number: int) -> Partition:
        """One partition. Raises LogError."""
        if not 0 <= number < len(self.of(topic)):
            raise LogError(f"topic {topic} has no partition {number}")
        return self.held[topic][number]

    def put(self, entries: Iterable[Entry], transaction: Transaction | None = None) -> None:
        """Append each to its partition, or none. Raises LogError."""
        received = self.around.clock()
        placed = [(self._target(entry), entry) for entry in entries]
        for partition, entry in placed:
            record = Record(
                partition.topic,
                partition.number,
                partition.next,
                entry.key,
                entry.value,
                received,
                entry.headers,
            )
            partition.put(record, transaction)

    def _target(self, entry: Entry) -> Partition:
        partitions = self.of(entry.topic)
        if entry.key is None and topics()[entry.topic].compacted:
            raise LogError(f"topic {entry.topic} is compacted: a record needs a key")
        if len(entry.value or b"") > LARGEST:
            raise LogError(f"topic {entry.topic}: a record holds at most {LARGEST} bytes")
        if entry.partition is not None:
            return self.one(entry.topic, entry.partition)
        return partitions[partition_of(entry.key or entry.value or b"", len(partitions))]
