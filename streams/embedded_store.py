"""Partitions and their records in the embedded log's file, and word of what is new."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from threading import Condition

import msgspec
import numpy as np

from schemas.keys import partition_of
from schemas.topics import topics
from schemas.wording import counted
from streams.bundle import Bundle, together
from streams.embedded_file import SLOT, File
from streams.log import Entry, LogError, Lost, Positions, Record, Sheaf

LARGEST = 1_048_576
"""The largest value in bytes, as Kafka's brokers have it by default (message.max.bytes)."""

PAGE = """
SELECT place, key, value, received, headers FROM record
WHERE place >= ? AND place < ? ORDER BY place LIMIT ?
"""

Headers = tuple[tuple[str, bytes], ...]


class Store:
    """The partitions of one file; `clock` tells microseconds since 1970."""

    def __init__(self, file: File, clock: Callable[[], int]) -> None:
        self.file = file
        self.news = Condition()
        """Told after each commit, and when a partition changes hands."""

        self.changes = 0
        self._clock = clock
        self._slots: dict[str, list[int]] = {}
        for topic, slot in file.rows("SELECT topic, slot FROM partition ORDER BY number"):
            self._slots.setdefault(topic, []).append(slot)

    def tell(self) -> None:
        """Wake all who wait for news."""
        with self.news:
            self.changes += 1
            self.news.notify_all()

    def wait(self, seen: int, seconds: float) -> None:
        """Wait until there is more news than `seen`, at most so long."""
        with self.news:
            self.news.wait_for(lambda: self.changes != seen, seconds)

    def slots(self, topic: str) -> Sequence[int]:
        """The slots of a topic's partitions. Raises LogError."""
        if topic not in self._slots:
            raise LogError(f"{self.file.path} has no topic {topic}")
        return self._slots[topic]

    def slot(self, topic: str, partition: int) -> int:
        """The slot of one partition. Raises LogError."""
        slots = self.slots(topic)
        if not 0 <= partition < len(slots):
            has = counted(len(slots), "partition")
            raise LogError(f"topic {topic} has {has}, no number {partition}")
        return slots[partition]

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset that is kept and the next one to be given. Raises LogError."""
        slot = self.slot(topic, partition)
        [(first, end)] = self.file.rows("SELECT first, next FROM partition WHERE slot = ?", (slot,))
        return first, end

    def page(self, topic: str, partition: int, start: int, end: int, most: int) -> Sequence[Record]:
        """Up to `most` records of `[start, end)`. Raises LogError."""
        base = self.slot(topic, partition) * SLOT
        rows = self.file.rows(PAGE, (base + start, base + end, most))
        if not rows:
            return ()
        places, keys, values, received, headers = zip(*rows, strict=True)
        return Bundle(
            topic,
            partition,
            np.array(places, dtype=np.int64) - base,
            np.array(received, dtype=np.int64),
            keys,
            values,
            [unpacked(packed) for packed in headers],
        )

    def fetch(self, partition: int, positions: Positions, most: int) -> Sequence[Record]:
        """Up to `most` records of several topics from positions on. Raises Lost, LogError."""
        found: list[Sequence[Record]] = []
        for topic, position in positions.items():
            if most > 0 and (records := self._from(topic, partition, position, most)):
                found.append(records)
                most -= len(records)
        return together(found) if found else ()

    def put(self, connection: sqlite3.Connection, entries: Iterable[Entry | Sheaf]) -> None:
        """Insert inside a transaction, each at the end of its partition. Raises LogError."""
        received = self._clock()
        ends: dict[int, int] = {}
        rows = []
        for entry in entries:
            slot = self._target(entry)
            end = ends[slot] if slot in ends else next_of(connection, slot)
            added = _rows(entry, slot * SLOT + end, received)
            rows += added
            ends[slot] = end + len(added)
        connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?)", rows)
        connection.executemany(
            "UPDATE partition SET next = ? WHERE slot = ?", [(n, slot) for slot, n in ends.items()]
        )

    def _from(self, topic: str, partition: int, position: int, most: int) -> Sequence[Record]:
        """Records from a position on, if none of them has been lost in the meantime."""
        first, end = self.bounds(topic, partition)
        records = self.page(topic, partition, position, end, most) if position < end else ()
        if records and records[0].offset > position:  # thinned, or expired since we asked
            first, _ = self.bounds(topic, partition)
        if not first <= position <= end:
            raise Lost(f"{topic}-{partition} holds [{first}, {end}), {position} is asked for")
        return records

    def _target(self, entry: Entry | Sheaf) -> int:
        """The slot that an entry goes to. Raises LogError."""
        if isinstance(entry, Sheaf):
            return self.slot(entry.topic, entry.partition)
        if entry.key is None and topics()[entry.topic].compacted:
            raise LogError(f"topic {entry.topic} is compacted: a record needs a key")
        if len(entry.value or b"") > LARGEST:
            raise LogError(f"topic {entry.topic}: a record holds at most {LARGEST} bytes")
        if entry.partition is not None:
            return self.slot(entry.topic, entry.partition)
        slots = self.slots(entry.topic)
        if len(slots) == 1:
            return slots[0]
        return slots[partition_of(entry.key or entry.value or b"", len(slots))]


Row = tuple[int, bytes | None, bytes | None, int, bytes | None]
"""Place, key, value, when it was taken, headers."""


def _rows(entry: Entry | Sheaf, place: int, received: int) -> list[Row]:
    """What is inserted for an entry, from a place on. Raises LogError."""
    if isinstance(entry, Sheaf):
        values = [entry.prefix + body for body in entry.bodies]
        keyed = enumerate(zip(entry.keys, values, strict=True), place)
        return [(at, key, value, received, None) for at, (key, value) in keyed]
    return [(place, entry.key, entry.value, received, packed(entry.headers))]


def next_of(connection: sqlite3.Connection, slot: int) -> int:
    """The next offset of a partition, inside a transaction."""
    [(end,)] = connection.execute("SELECT next FROM partition WHERE slot = ?", (slot,))
    return int(end)


def packed(headers: Headers) -> bytes | None:
    """Headers as bytes; None where there are none."""
    return msgspec.msgpack.encode(headers) if headers else None


def unpacked(headers: bytes | None) -> Headers:
    """The way back from `packed`."""
    return msgspec.msgpack.decode(headers, type=Headers) if headers else ()
