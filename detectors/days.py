"""The days of a series that are remembered, oldest first: what each was like."""

from typing import NamedTuple, Self

import numpy as np

from detectors.price import KEPT_DAYS
from detectors.tails import Floats, Ints

BODY_RANK = 4
"""A day's body is its fourth dearest row: three wild ones do not lift it."""


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

    def and_then(self, date: int, costs: Floats) -> Self:
        """With one more day, whose rows cost so much; the oldest is forgotten."""
        ordered = np.sort(costs)
        return type(self)(
            np.append(self.dates[1 - KEPT_DAYS :], date),
            np.append(self.bodies[1 - KEPT_DAYS :], ordered[-min(BODY_RANK, len(costs))]),
            np.append(self.dearest[1 - KEPT_DAYS :], ordered[-1]),
        )
