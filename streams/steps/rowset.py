"""Rows of whole numbers that are known, found again for a whole batch at a time.

A hash table of row numbers with open addressing and linear probing (Knuth, The Art of Computer
Programming 3, section 6.4).
"""

import numpy as np
import numpy.typing as npt

from streams.steps.intake import Ints

UNKNOWN = -1

ROOM = 4
"""Places for each row in a new table; it is made anew when half of it is taken."""

FEWEST = 64
"""Places of the smallest table: a power of 2, as all are."""

ODD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, as Knuth has it for hashing by multiplication."""


class RowSet:
    """Distinct rows of `width` numbers, each of 32 bits; the first is row 0."""

    __slots__ = ("_count", "_places", "_rows")

    def __init__(self, width: int) -> None:
        self._count = 0
        self._rows = np.zeros((1, width), dtype=np.int32)
        self._places = np.full(FEWEST, UNKNOWN, dtype=np.int32)

    def __len__(self) -> int:
        return self._count

    def find(self, rows: npt.NDArray[np.int32]) -> Ints:
        """The number of each row, UNKNOWN where it is not known."""
        found = np.full(len(rows), UNKNOWN, dtype=np.int64)
        left, at = np.arange(len(rows)), self._home(rows)
        while len(left):
            held = self._places[at]
            same = (held >= 0) & (self._rows[held] == rows[left]).all(axis=1)
            found[left[same]] = held[same]
            on = (held >= 0) & ~same
            left, at = left[on], self._next(at[on])
        return found

    def add(self, rows: npt.NDArray[np.int32]) -> None:
        """Rows that are not known, each once: they get the next numbers."""
        first, self._count = self._count, self._count + len(rows)
        if self._count > len(self._rows):
            grown = np.zeros((2 * self._count, rows.shape[1]), dtype=np.int32)
            grown[:first] = self._rows[:first]
            self._rows = grown
        self._rows[first : self._count] = rows
        if 2 * self._count > len(self._places):
            size = 1 << (ROOM * self._count - 1).bit_length()
            self._places = np.full(size, UNKNOWN, dtype=np.int32)
            first = 0
        self._place(np.arange(first, self._count, dtype=np.int32))

    def _place(self, left: npt.NDArray[np.int32]) -> None:
        """Each into the first free place from its home on."""
        at = self._home(self._rows[left])
        while len(left):
            free = self._places[at] == UNKNOWN
            self._places[at[free]] = left[free]
            on = self._places[at] != left
            left, at = left[on], self._next(at[on])

    def _home(self, rows: npt.NDArray[np.int32]) -> Ints:
        """The place where each is looked for first."""
        mixed = np.zeros(len(rows), dtype=np.uint64)
        for column in rows.T:
            mixed = (mixed ^ column.astype(np.uint64)) * ODD
        shift = np.uint64(65 - len(self._places).bit_length())
        return (mixed >> shift).astype(np.int64)

    def _next(self, at: Ints) -> Ints:
        return (at + 1) & (len(self._places) - 1)
