"""Series as numbers, so that what is asked of all series of a tally is asked at once."""

from collections.abc import Mapping, Sequence
from itertools import repeat

import numpy as np

from schemas.states import Series
from streams.steps.intake import Ints
from streams.steps.tables import longer

MOST = 2**62
"""Amounts stay below, so that two of them can be added up in 64 bits."""

NOT_YET = MOST
"""Later than any minute."""


class Numbers:
    """The number of each series that watch knows; one is never given to another."""

    __slots__ = ("begins", "left", "lowest", "names", "of")

    def __init__(self) -> None:
        self.of: dict[str, int] = {}
        self.names: list[str] = []
        self.begins: Ints = np.zeros(0, dtype=np.int64)
        """The first minute since 1970 that is watched and not closed, of each."""

        self.lowest: Ints = np.zeros(0, dtype=np.int64)
        """The lowest ceiling of each one's first open minute, nano-dollars."""

        self.left: Ints = np.zeros(0, dtype=np.int64)
        """What is left of what each one that rests may cost, nano-dollars; 0: it does not rest."""

    @property
    def room(self) -> int:
        """For how many there is room."""
        return len(self.begins)

    def find(self, names: Sequence[str]) -> Ints:
        """The numbers of some, -1 for one that has none."""
        return np.fromiter(map(self.of.get, names, repeat(-1)), dtype=np.int64, count=len(names))

    def take(self, changes: Mapping[str | int, Series | None]) -> list[str]:
        """Series as they now stand; those that are new."""
        fresh = [str(name) for name in changes if name not in self.of]
        for name in fresh:
            self.of[name] = len(self.names)
            self.names.append(name)
        if len(self.names) > self.room:
            size = 2 * len(self.names)
            self.begins = longer(self.begins, size)
            self.lowest = longer(self.lowest, size)
            self.left = longer(self.left, size)
        if changes:
            at = self.find([str(name) for name in changes])
            self.begins[at] = [_begins(one) for one in changes.values()]
            self.lowest[at] = [_lowest(one) for one in changes.values()]
        return fresh

    def rest(self, changes: Mapping[str | int, int | None]) -> None:
        """What is left of what series may cost."""
        for name, left in changes.items():
            if name in self.of:
                self.left[self.of[str(name)]] = min(left or 0, MOST)


def _begins(known: Series | None) -> int:
    return NOT_YET if known is None else max(known.closed, known.first)


def _lowest(known: Series | None) -> int:
    """Anything is too much where no ceiling is known yet."""
    if known is None or not known.rulebook:
        return -MOST
    return min(max(min(known.ceilings.values(), default=MOST), -MOST), MOST)
