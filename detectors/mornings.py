"""What is known of days of rows when each begins; side by side, so that views take many at once."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from detectors.tails import Floats, Ints


class Morning(NamedTuple):
    """What is known when a day of rows begins."""

    first: int
    """The day's first row, and the one past its last."""

    last: int
    week: Floats
    """What a row usually costs, by its hour of the week."""

    level: float
    """What a row costs on average, and one that has a cost."""

    busy: float


class Mornings(NamedTuple):
    """Of days that follow one another: one entry a day, but for `day`."""

    firsts: Ints
    lasts: Ints
    weeks: Floats
    levels: Floats
    busy: Floats
    day: Ints
    """Of each row which of the days it is in."""

    @classmethod
    def of(cls, days: Sequence[Morning]) -> Self:
        """Side by side."""
        firsts, lasts, weeks, levels, busy = map(np.array, zip(*days, strict=True))
        return cls(
            firsts, lasts, weeks, levels, busy, np.repeat(np.arange(len(days)), lasts - firsts)
        )

    @property
    def rows(self) -> slice:
        """All of their rows."""
        return slice(int(self.firsts[0]), int(self.lasts[-1]))
