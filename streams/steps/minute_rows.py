"""Buckets of one minute, of many series, as a record of watch's topic holds them, and back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np

from schemas.states import Bucket, Minute
from streams.steps import tables
from streams.steps.intake import Ints
from streams.steps.tables import Rows

PLAIN = ("cost", "late", "restated", "shared", "charges", "unpriced", "unowned")
_plain = attrgetter(*PLAIN)
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
        """Buckets of Python's in columns. Raises OverflowError beyond 64 bits."""
        given = list(rows)
        held = [(name, bucket) for name, bucket in given if bucket is not None]
        buckets = [bucket for _, bucket in held]
        names = {name: None for bucket in buckets for name in bucket.quantities}
        plain = zip(PLAIN, zip(*map(_plain, buckets), strict=True), strict=False)
        return cls(
            [name for name, _ in held],
            [name for name, bucket in given if bucket is None],
            {name: np.array(column, dtype=np.int64) for name, column in plain},
            {
                name: np.array([one.quantities.get(name, 0) for one in buckets], dtype=np.int64)
                for name in names
            },
        )

    @classmethod
    def of_table(cls, rows: Rows, names: Sequence[str]) -> "Columns":
        """Rows of a table, by the names of their numbers."""
        series = [names[number] for number in rows.numbers.tolist()]
        return cls(series, (), dict(zip(tables.PLAIN, rows.plain, strict=True)), rows.quantities)

    def joined(self, other: "Columns") -> "Columns":
        """Both together."""
        sizes = len(self.series), len(other.series)
        return Columns(
            [*self.series, *other.series],
            [*self.gone, *other.gone],
            _joined(self.plain, other.plain, sizes),
            _joined(self.quantities, other.quantities, sizes),
        )


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
            series=tuple(held.series[some]),
            gone=tuple(gone),
            quantities={name: quantities[name] for name in sorted(quantities)},
            **plain,
        )


def _some(kind: Mapping[str, Ints], some: slice) -> dict[str, tuple[int, ...]]:
    """The columns of some rows that are not 0 for all."""
    cut = {name: column[some] for name, column in kind.items()}
    return {name: tuple(column.tolist()) for name, column in cut.items() if column.any()}


def rows(minute: Minute) -> Iterator[Row]:
    """The way back from `records`."""
    count = len(minute.series)
    plain = [getattr(minute, name) or (0,) * count for name in PLAIN]
    for row, (name, *amounts) in enumerate(zip(minute.series, *plain, strict=True)):
        held = {one: column[row] for one, column in minute.quantities.items() if column[row]}
        yield name, Bucket(**dict(zip(PLAIN, amounts, strict=True)), quantities=held)
    yield from ((name, None) for name in minute.gone)
