"""The price of records in columns: one column a view, for a whole day of rows at once.

What price.py says of one window in whole numbers, this says of all views of a series: with
exchangeable days the next one is the largest of n + 1 with chance 1 / (n + 1); how much seldomer a
value beyond the largest is follows from the spread of the largest days (Renyi 1953, Hill 1975).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from detectors.price import FARTHEST

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ABSENT = -1.0
"""Stands for a day that has no record."""

FARTHEST_TIMES = 1e15
"""Times the largest record at which a value stops growing: a record of almost 0 is no measure."""

BEYOND = 1 + 1e-9
"""Times the largest record that is beyond it: less is the rounding of running sums."""

LEAST = 1e-280
"""The least record that is a measure; what it divides stays finite."""

TINY = 1e-300
"""Under every amount: so that a logarithm is finite."""


@dataclass(frozen=True, slots=True)
class Tails:
    """What is known of each view at midnight: its days, its largest record and the tail beyond."""

    days: Ints
    largest: Floats
    spread: Floats
    evidence: Ints

    def of(self, day: Ints) -> Self:
        """Of each row what is known on its day, where days come before views."""
        return type(self)(self.days[day], self.largest[day], self.spread[day], self.evidence[day])

    def strangeness(self, values: Floats) -> Floats:
        """log10 of the days in which a usual day goes above the values once; rows by views.

        Up to the largest record it is half of what a record has, in proportion; 0 where no day is
        known. Where all records are 0 a first cost has no scale to be priced by: it is as rare as
        a record.
        """
        scale = np.where(self.largest > 0, np.maximum(self.largest, LEAST), 1 / LEAST)
        ratio = np.minimum(values / scale, FARTHEST_TIMES)
        beyond = np.log(np.maximum(ratio, 1.0))
        rate = np.maximum(np.exp(-self.evidence * np.log1p(beyond / self.spread)), TINY)
        record = np.log10(self.days + 1.0)
        strange = np.where(ratio > BEYOND, np.log10(self.days / rate + 1), 0.5 * ratio * record)
        strange = np.where((self.largest <= 0) & (values > 0), record, strange)
        return np.where(self.days > 0, strange, 0.0)

    def beyond(self, values: Floats) -> Bools:
        """Which values are above the largest record of their view, where a day is known."""
        above: Bools = (values > BEYOND * self.largest) & (self.days > 0)
        return above

    def limits(self, strangeness: Floats) -> Floats:
        """The values that are so strange, one a view; at least the largest record."""
        rate = self.days / np.maximum(10.0**strangeness - 1, TINY)
        root = np.maximum(rate, TINY) ** (-1 / self.evidence) - 1
        return self.largest * np.exp(np.minimum(FARTHEST, self.spread * np.maximum(0.0, root)))


def tails(records: Floats, tail: Floats, evidence: Ints) -> Tails:
    """Of the largest values of past days, days by views; ABSENT where a day has none.

    `tail` and `evidence`: what each view is taken to have before it has records, and the days of
    evidence that this is worth. Mornings may come before days by views: all are told at once.
    """
    ordered = -np.sort(-np.swapaxes(records, -1, -2))
    days = (ordered >= 0).sum(axis=-1)
    ranks = np.maximum(np.minimum(days // 2, (ordered > 0).sum(axis=-1) - 1), 0)
    logs = np.log(np.maximum(ordered, TINY))
    last = _at(logs, ranks)
    spacings = _at(np.cumsum(logs, axis=-1), ranks) - (ranks + 1) * last
    return Tails(
        days=days,
        largest=np.maximum(ordered[..., 0], 0.0),
        spread=evidence * tail + np.maximum(0.0, spacings),
        evidence=evidence + ranks,
    )


def _at(values: Floats, ranks: Ints) -> Floats:
    """Of each row of the last axis the value at a rank; numpy's own asks more than it takes."""
    rows = values.reshape(ranks.size, -1)
    found: Floats = rows[np.arange(ranks.size), ranks.ravel()].reshape(ranks.shape)
    return found
