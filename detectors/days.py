"""The days of a series that are remembered, oldest first: what each was like."""

from typing import NamedTuple, Self

import numpy as np

from detectors.price import KEPT_DAYS
from detectors.tails import Floats, Ints

LEVEL_DAYS = 28
"""Days of which the level, and the level of rows with a cost, are the mean."""


class Days(NamedTuple):
    """Of each remembered day the date, its body, and its dearest row."""

    dates: Ints
    """Days since 1970, rising."""

    bodies: Floats
    dearest: Floats

    @classmethod
    def none(cls) -> Self:
        """Of a series that has no day yet."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))

    def __len__(self) -> int:
        """How many days are remembered."""
        return len(self.dates)

    def most(self) -> float:
        """The dearest row of all; infinite before there is one."""
        return float(self.dearest.max()) if len(self.dearest) else np.inf

    def and_then(self, date: int, costs: Floats, rank: int) -> Self:
        """With one more day, whose rows cost so much and whose body is the dearest but `rank` - 1;
        the oldest is forgotten.
        """
        ordered = np.sort(costs)
        return type(self)(
            np.append(self.dates[1 - KEPT_DAYS :], date),
            np.append(self.bodies[1 - KEPT_DAYS :], ordered[-min(rank, len(costs))]),
            np.append(self.dearest[1 - KEPT_DAYS :], ordered[-1]),
        )
