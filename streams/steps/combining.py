"""Several columns of whole numbers as one, so that rows that agree in all are found at once."""

from collections.abc import Sequence

import numpy as np

from streams.steps.intake import Ints

WIDEST = 2**62
"""Combined numbers stay below, so that they fit 64 bits."""

SPARSE = 8
"""Numbers are sorted where their range is wider than so many times their rows."""


def combined(keys: Sequence[Ints]) -> Ints:
    """One number for each row, the same where all keys are, ordered as the keys are in turn."""
    found, wide = np.zeros(len(keys[0]), dtype=np.int64), 1
    for key in keys if len(found) else ():
        least = int(key.min())
        size = int(key.max()) - least + 1
        if wide * size > WIDEST:
            seen, found = np.unique(found, return_inverse=True)
            wide = len(seen)
        if size > 1:
            found, wide = found * size + (key - least), wide * size
    return found


def grouped(numbers: Ints) -> tuple[Ints, Ints]:
    """The distinct numbers in order, and which of them each row has."""
    least = int(numbers.min()) if len(numbers) else 0
    size = int(numbers.max()) - least + 1 if len(numbers) else 0
    if size > SPARSE * len(numbers):
        found, which = np.unique(numbers, return_inverse=True)
        return found, which.astype(np.int64)
    held, place = np.zeros(size, dtype=bool), np.empty(size, dtype=np.int64)
    held[numbers - least] = True
    found = np.flatnonzero(held)
    place[found] = np.arange(len(found))
    return found + least, place[numbers - least]


def distinct(keys: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Index of each row's distinct combination, and the first row of each combination."""
    found, which = grouped(combined(keys))
    first = np.empty(len(found), dtype=np.int64)
    first[which[::-1]] = np.arange(len(which))[::-1]
    return which, first
