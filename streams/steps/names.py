"""Texts by number, so that what is said of many texts is a column of numbers."""

from collections.abc import Iterable
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streams.steps.intake import Ints, whole

EIGHTH = 8
"""All texts are put in order anew when so large a part of them has come since: one of so many."""


class _Counted(dict[str, int]):
    """The next number for each text that has none."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number


class Names:
    """Texts; each keeps the number that it was given first."""

    __slots__ = ("_array", "_of", "_rank")

    def __init__(self) -> None:
        self._of = _Counted()
        self._array = pa.array([], pa.string())
        self._rank: Ints = np.zeros(0, dtype=np.int64)
        """The place of each of the first texts among these, in their order."""

    def __len__(self) -> int:
        return len(self._of)

    def numbers(self, texts: Iterable[str]) -> Ints:
        """The number of each text; new texts get one."""
        return np.fromiter(map(self._of.__getitem__, texts), dtype=np.int64)

    @property
    def array(self) -> pa.StringArray:
        """All texts by number."""
        have = len(self._array)
        if have < len(self):
            more = pa.array(list(islice(self._of, have, None)), pa.string())
            self._array = pa.concat_arrays([self._array, more]) if have else more
        return self._array

    def order(self, numbers: Ints) -> Ints:
        """Which of some numbers comes first by its text, which next and so on."""
        if EIGHTH * (len(self) - len(self._rank)) > len(self):
            self._rank = np.empty(len(self), dtype=np.int64)
            self._rank[whole(pc.sort_indices(self.array))] = np.arange(len(self))
        if numbers.max(initial=-1) < len(self._rank):
            return np.argsort(self._rank[numbers])
        return whole(pc.sort_indices(self.array.take(pa.array(numbers))))
