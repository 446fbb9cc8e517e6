"""Buckets of one minute, of many series, as a record of watch's topic holds them, and back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from schemas import series
from schemas.integers import packed, unpacked
from schemas.states import Bucket, Minute
from streams.steps import tables
from streams.steps.amounts import PLAIN, plain_of
from streams.steps.intake import Ints
from streams.steps.tables import Rows

MOST = 2000
"""Rows of a record: some 200 kB, as a message of Kafka's may have a megabyte."""

Row = tuple[str, Bucket | None]
"""A series and its bucket, None where it is gone."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Buckets of a minute in columns; those that are left out are 0 for all."""

    series: Sequence[str] = ()
    gone: Sequence[str] = ()
    plain: Mapping[str, Ints] = field(default_factory=dict)
    quantities: Mapping[str, Ints] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Columns":
        """Buckets of Python's in columns."""
        given = list(rows)
        held = [(name, bucket) for name, bucket in given if bucket is not None]
        buckets = [bucket for _, bucket in held]
        names = {name: None for bucket in buckets for name in bucket.quantities}
        plain = zip(PLAIN, zip(*map(plain_of, buckets), strict=True), strict=False)
        return cls(
            [name for name, _ in held],
            [name for name, bucket in given if bucket is None],
            {name: _column(column) for name, column in plain},
            {name: _column([one.quantities.get(name, 0) for one in buckets]) for name in names},
        )

    @classmethod
    def of_table(cls, rows: Rows, names: Sequence[str]) -> "Columns":
        """Rows of a table, by the names of their numbers."""
        found = [names[number] for number in rows.numbers.tolist()]
        return cls(found, (), dict(zip(tables.TALLIED, rows.plain, strict=True)), rows.quantities)

    def joined(self, other: "Columns") -> "Columns":
        """Both together."""
        sizes = len(self.series), len(other.series)
        return Columns(
            [*self.series, *other.series],
            [*self.gone, *other.gone],
            _joined(self.plain, other.plain, sizes),
            _joined(self.quantities, other.quantities, sizes),
        )


def _column(numbers: Sequence[int]) -> Ints:
    """Python's own numbers where 64 bits do not hold one."""
    try:
        return np.array(numbers, dtype=np.int64)
    except OverflowError:
        return np.array(numbers, dtype=object)


def _joined(
    one: Mapping[str, Ints], other: Mapping[str, Ints], sizes: tuple[int, int]
) -> dict[str, Ints]:
    blank = [np.zeros(size, dtype=np.int64) for size in sizes]
    return {
        name: np.concatenate((one.get(name, blank[0]), other.get(name, blank[1])))
        for name in {**one, **other}
    }


def records(held: Columns) -> Iterator[Minute]:
    """So many rows a record; those that are gone come last."""
    count = len(held.series)
    for start in range(0, count + len(held.gone), MOST):
        some = slice(start, start + MOST)
        plain, quantities = (_some(kind, some) for kind in (held.plain, held.quantities))
        gone = held.gone[max(start - count, 0) : max(start + MOST - count, 0)]
        yield Minute(
            series=series.joined(held.series[some]),
            gone=series.joined(gone),
            quantities={name: quantities[name] for name in sorted(quantities)},
            **plain,
        )


def _some(kind: Mapping[str, Ints], some: slice) -> dict[str, bytes]:
    """The columns of some rows that are not 0 for all."""
    cut = {name: column[some] for name, column in kind.items()}
    return {name: packed(column) for name, column in cut.items() if column.any()}


def rows(minute: Minute) -> Iterator[Row]:
    """The way back from `records`."""
    names = series.parted(minute.series)
    nothing = [0] * len(names)
    plain = [unpacked(getattr(minute, name)).tolist() or nothing for name in PLAIN]
    quantities = {name: unpacked(column).tolist() for name, column in minute.quantities.items()}
    for row, (name, *amounts) in enumerate(zip(names, *plain, strict=True)):
        held = {one: column[row] for one, column in quantities.items() if column[row]}
        yield name, Bucket(**dict(zip(PLAIN, amounts, strict=True)), quantities=held)
    yield from ((name, None) for name in series.parted(minute.gone))
