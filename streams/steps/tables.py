"""A minute of all series in columns: a series is a number here, and a bucket is made when one is
asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.states import Bucket
from streams.steps.intake import Bools, Ints

TALLIED = ("cost", "charges", "unpriced", "unowned")
"""What entries of a tally add to a bucket, but for quantities."""

COST = TALLIED.index("cost")


def longer(column: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """The same with zeros up to a size."""
    found = np.zeros((*column.shape[:-1], size), dtype=column.dtype)
    found[..., : column.shape[-1]] = column
    return found


@dataclass(frozen=True, slots=True)
class Rows:
    """Amounts of some series in one minute, by number."""

    numbers: Ints
    plain: Ints
    """One row each of TALLIED."""

    quantities: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(self.numbers)

    def where(self, mask: Bools) -> "Rows":
        """Those for which the mask holds."""
        quantities = {name: column[mask] for name, column in self.quantities.items()}
        return Rows(self.numbers[mask], self.plain[:, mask], quantities)

    def within(self, most: int) -> Bools:
        """Which have no amount as far from 0 as this."""
        columns = np.array([*self.plain, *self.quantities.values()])
        return np.asarray(((columns < most) & (columns > -most)).all(axis=0))


class Table:
    """A minute of all series: a column for each number. `held` says who has a bucket here."""

    __slots__ = ("apart", "held", "made", "plain", "quantities")

    def __init__(self, size: int) -> None:
        self.held: Bools = np.zeros(size, dtype=bool)
        self.apart: Bools = np.zeros(size, dtype=bool)
        """Who has a bucket of the minute elsewhere: never here as well."""

        self.plain: Ints = np.zeros((len(TALLIED), size), dtype=np.int64)
        self.quantities: dict[str, Ints] = {}
        self.made: dict[int, Bucket] = {}
        """Buckets that were made already."""

    def grow(self, size: int) -> None:
        """Make room for so many series."""
        self.held, self.apart = longer(self.held, size), longer(self.apart, size)
        self.plain = longer(self.plain, size)
        self.quantities = {name: longer(held, size) for name, held in self.quantities.items()}

    def add(self, rows: Rows) -> None:
        """Add amounts; a number may come more than once."""
        self.held[rows.numbers] = True
        for number in rows.numbers.tolist() if self.made else ():
            self.made.pop(number, None)
        for column, values in zip(self.plain, rows.plain, strict=True):
            if values.any():
                np.add.at(column, rows.numbers, values)
        for name, values in rows.quantities.items():
            if name not in self.quantities:
                self.quantities[name] = np.zeros(len(self.held), dtype=np.int64)
            np.add.at(self.quantities[name], rows.numbers, values)

    def rows(self, numbers: Ints) -> Rows:
        """What some numbers have."""
        quantities = {name: column[numbers] for name, column in self.quantities.items()}
        return Rows(numbers, self.plain[:, numbers], quantities)

    def after(self, rows: Rows) -> Rows:
        """What some numbers have when these amounts are added; each comes once."""
        old, new = self.rows(rows.numbers).quantities, rows.quantities
        quantities = {
            name: old.get(name, 0) + new.get(name, np.zeros(len(rows), dtype=np.int64))
            for name in {**old, **new}
        }
        return Rows(rows.numbers, self.plain[:, rows.numbers] + rows.plain, quantities)

    def of(self, number: int) -> Bucket | None:
        """The bucket of a number, None where it has none here."""
        if not self.held[number]:
            return None
        found = self.made.get(number)
        if found is None:
            [found] = buckets(self.rows(np.array([number])))
        return found

    def all(self) -> Mapping[int, Bucket]:
        """The buckets of all that have one here, by number: made together they cost a tenth."""
        missing = self.held.copy()
        missing[list(self.made)] = False
        rows = self.rows(np.flatnonzero(missing))
        self.made |= zip(rows.numbers.tolist(), buckets(rows), strict=True)
        return self.made

    def drop(self, number: int, apart: bool) -> None:
        """A number has no bucket here any more; whether it has one elsewhere."""
        self.made.pop(number, None)
        self.held[number], self.apart[number] = False, apart
        self.plain[:, number] = 0
        for column in self.quantities.values():
            column[number] = 0


def buckets(rows: Rows) -> Iterator[Bucket]:
    """Rows as buckets."""
    quantities: list[dict[str, int]] = [{} for _ in range(len(rows))]
    for name, column in rows.quantities.items():
        for held, amount in zip(quantities, column.tolist(), strict=True):
            if amount:
                held[name] = amount
    for *plain, held in zip(*rows.plain.tolist(), quantities, strict=True):
        yield Bucket(**dict(zip(TALLIED, plain, strict=True)), quantities=held)
