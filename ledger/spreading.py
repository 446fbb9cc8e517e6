"""Amounts over time, in columns: whole parts that sum to each amount exactly."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.moments import MINUTE

Int64 = npt.NDArray[np.int64]

SAFE = 9.2e18
"""Products whose estimate in doubles is below this surely fit int64, which ends at 9.223e18."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """What n amounts cover, stretch by stretch, amount after amount; arrays are of equal length.

    `passed` of `whole` is how much of an amount's time is over when a stretch ends, in any unit.
    """

    of: Int64
    """Index of the amount."""

    first: npt.NDArray[np.bool_]
    """Whether it is the amount's first stretch."""

    minute: Int64
    """Where it begins, minutes since 1970, a whole number of stretches since 1970."""

    passed: Int64
    whole: Int64


def counted(start: Int64, end: Int64, length: Int64) -> Int64:
    """How many stretches of a length `[start, end)` touches; see `stretches`."""
    last = np.maximum(end - 1, start) // length
    return np.asarray(last - start // length + 1)


def stretches(start: Int64, end: Int64, length: Int64) -> Stretches:
    """The stretches of n spans of time `[start, end)`, aligned to 1970; all in microseconds.

    A stretch is a whole number of minutes long. A span that ends as it starts is a moment, in one
    stretch. Raises ValueError where one ends before it starts.
    """
    if (end < start).any():
        raise ValueError("a span ends before it starts")
    count = counted(start, end, length)
    of = np.repeat(np.arange(len(start)), count)
    nth = np.arange(len(of)) - np.repeat(count.cumsum() - count, count)
    begin = (start // length)[of] * length[of] + nth * length[of]
    until = np.maximum(end, start + 1)
    unit = np.gcd(np.gcd(start, until), length)  # small numbers, so that products fit 64 bits
    passed = (np.minimum(until[of], begin + length[of]) - start[of]) // unit[of]
    return Stretches(of, nth == 0, begin // MINUTE, passed, ((until - start) // unit)[of])


def spread(totals: Int64, over: Stretches) -> Int64:
    """n amounts in one whole part a stretch; an amount's parts sum to it.

    Each part is what rounding the running total down adds, so it is off by less than 1.
    """
    total = totals[over.of]
    running = total * over.passed // over.whole
    for row in np.flatnonzero(np.abs(total) * over.whole.astype(np.float64) >= SAFE).tolist():
        running[row] = int(total[row]) * int(over.passed[row]) // int(over.whole[row])
    before = np.roll(running, 1)
    before[over.first] = 0
    return running - before
