"""Records that came together, in columns: none is made one by one unless somebody asks for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from streams.log import Positions, Record

Headers = tuple[tuple[str, bytes], ...]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Bundle(Sequence[Record]):
    """Records of one partition of one topic, in offset order; columns are of equal length.

    `received` is microseconds since 1970.
    """

    topic: str
    partition: int
    offsets: Int64
    received: Int64
    keys: Sequence[bytes | None]
    values: Sequence[bytes | None]
    headers: Sequence[Headers]
    rows: pa.RecordBatch | None = None
    """Usage that is in columns already, one row a record; the values are empty then."""

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, at: int) -> Record: ...

    @overload
    def __getitem__(self, at: slice) -> "Bundle": ...

    def __getitem__(self, at: int | slice) -> "Record | Bundle":
        if isinstance(at, slice):
            return Bundle(
                self.topic,
                self.partition,
                self.offsets[at],
                self.received[at],
                self.keys[at],
                self.values[at],
                self.headers[at],
            )
        return Record(
            self.topic,
            self.partition,
            int(self.offsets[at]),
            self.keys[at],
            self.values[at],
            int(self.received[at]),
            self.headers[at],
        )

    def __iter__(self) -> Iterator[Record]:
        return map(self.__getitem__, range(len(self)))

    def onward(self, offset: int) -> bool:
        """Whether each record stands behind the one before it, the first not before an offset."""
        return bool(self.offsets[0] >= offset and (np.diff(self.offsets) > 0).all())

    def since(self, offset: int) -> "Bundle":
        """The records at an offset and beyond."""
        if not len(self) or self.offsets[0] >= offset:
            return self
        return self[int(np.searchsorted(self.offsets, offset)) :]


def in_columns(usage: pa.RecordBatch, first: int, received: Int64) -> Bundle:
    """Usage in columns, as if it were in a topic from an offset on."""
    count = usage.num_rows
    offsets = np.arange(first, first + count, dtype=np.int64)
    none, nothing, bare = [None] * count, [b""] * count, [()] * count
    return Bundle("usage", 0, offsets, received, none, nothing, bare, usage)


def bundled(records: Sequence[Record]) -> Bundle:
    """The same in columns; there is at least one, and all are of one partition of one topic."""
    if isinstance(records, Bundle):
        return records
    return Bundle(
        records[0].topic,
        records[0].partition,
        np.array([record.offset for record in records], dtype=np.int64),
        np.array([record.received for record in records], dtype=np.int64),
        [record.key for record in records],
        [record.value for record in records],
        [record.headers for record in records],
    )


def together(parts: Sequence[Sequence[Record]]) -> Sequence[Record]:
    """What came in several parts as one sequence."""
    bundles = [part for part in parts if isinstance(part, Bundle)]
    if len(bundles) == len(parts) and len({part.topic for part in bundles}) == 1:
        return bundles[0] if len(bundles) == 1 else _joined(bundles)
    return list(chain.from_iterable(parts))


def _joined(parts: Sequence[Bundle]) -> Bundle:
    return Bundle(
        parts[0].topic,
        parts[0].partition,
        np.concatenate([part.offsets for part in parts]),
        np.concatenate([part.received for part in parts]),
        list(chain.from_iterable(part.keys for part in parts)),
        list(chain.from_iterable(part.values for part in parts)),
        list(chain.from_iterable(part.headers for part in parts)),
    )


def beyond(records: Sequence[Record], positions: Positions) -> Sequence[Record]:
    """The records that are not before the positions of their topics."""
    if isinstance(records, Bundle):
        return records.since(positions.get(records.topic, 0))
    return [one for one in records if one.offset >= positions.get(one.topic, 0)]


def following(records: Sequence[Record], positions: Positions) -> dict[str, int]:
    """The positions after these records."""
    ends: Iterable[Record] = records[-1:] if isinstance(records, Bundle) else records
    return {**positions, **{one.topic: one.offset + 1 for one in ends}}
