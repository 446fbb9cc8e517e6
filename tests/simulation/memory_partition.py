"""One partition of the log in memory: offsets, open transactions, what is stable, what is kept."""

from bisect import bisect_left
from dataclasses import dataclass, field

from schemas.topics import TOMBSTONE_MS, topics
from streams.log import Record


@dataclass(slots=True, eq=False)
class Transaction:
    """Records that show together or never; `begun` in seconds of the log's monotonic clock."""

    begun: float
    partitions: list["Partition"] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    lands: bool = False
    """Whether it was committed; what is open or was aborted was not."""


class Partition:
    """One partition; records of a transaction have their offsets before they show.

    As on Kafka, the marker that ends a transaction takes an offset of its own, what was aborted
    leaves a hole, and nothing is read from the first record of an open transaction on.
    (kafka.apache.org, "Message delivery semantics"; KIP-98.)
    """

    def __init__(self, topic: str, number: int) -> None:
        self.topic, self.number = topic, number
        self.first, self.next = 0, 0
        self._records: list[Record] = []
        self._open: dict[Transaction, list[int]] = {}

    @property
    def stable(self) -> int:
        """The last stable offset: all before it is decided."""
        return min((offsets[0] for offsets in self._open.values()), default=self.next)

    def put(self, record: Record, transaction: Transaction | None) -> None:
        """Append a record; its offset is the partition's next."""
        if transaction is not None:
            if self not in transaction.partitions:
                transaction.partitions.append(self)
            self._open.setdefault(transaction, []).append(self.next)
        self._records.append(record)
        self.next += 1

    def mark(self, transaction: Transaction) -> None:
        """End a transaction here: its records show from now on, or are gone."""
        offsets = set(self._open.pop(transaction))
        self.next += 1
        if not transaction.lands:
            self._records = [one for one in self._records if one.offset not in offsets]

    def page(self, start: int, most: int) -> list[Record]:
        """Up to `most` decided records from an offset on."""
        begin = bisect_left(self._records, start, key=_offset)
        end = bisect_left(self._records, self.stable, key=_offset)
        return self._records[begin : min(end, begin + most)]

    def compact(self, now: int) -> int:
        """Keep the newest decided record of each key; how many went. `now` in microseconds."""
        decided = self.page(self.first, len(self._records))
        newest = {record.key: record.offset for record in decided}
        dead = now - TOMBSTONE_MS * 1000
        gone = {
            record.offset
            for record in decided
            if newest[record.key] != record.offset
            or (record.value is None and record.received < dead)
        }
        self._records = [one for one in self._records if one.offset not in gone]
        return len(gone)

    def expire(self, now: int) -> int:
        """Drop what retention has passed; how many went. `now` in microseconds since 1970."""
        kept = topics()[self.topic].retention_ms
        count = 0
        for record in self.page(self.first, len(self._records)) if kept is not None else ():
            if record.received >= now - (kept or 0) * 1000:
                break
            self.first, count = record.offset + 1, count + 1
        self._records = self._records[count:]
        return count


def _offset(record: Record) -> int:
    return record.offset
