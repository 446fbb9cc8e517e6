"""The days of a series that are remembered, oldest first: what each was like, view by view."""

from typing import NamedTuple, Self

import numpy as np

from detectors.price import KEPT_DAYS
from detectors.tails import Floats, Ints

BODY_RANK = 4
"""A day's body is its fourth dearest row: three wild ones do not lift it."""


class Days(NamedTuple):
    """Of each remembered day the date, its body, its dearest row, and the largest of each view."""

    dates: Ints
    """Days since 1970, rising."""

    bodies: Floats
    dearest: Floats
    records: Floats
    """Days by views; ABSENT where a view did not learn that day."""

    @classmethod
    def none(cls, views: int) -> Self:
        """Of a series that has no day yet."""
        blank = np.zeros(0)
        return cls(np.zeros(0, dtype=np.int64), blank, blank, np.zeros((0, views)))

    def __len__(self) -> int:
        """How many days are remembered."""
        return len(self.dates)

    def most(self) -> float:
        """The dearest row of all; infinite before there is one."""
        return float(self.dearest.max()) if len(self.dearest) else np.inf

    def and_then(self, date: int, costs: Floats, records: Floats) -> Self:
        """With one more day, whose rows cost so much; the oldest is forgotten."""
        body = np.sort(costs)[-min(BODY_RANK, len(costs))]
        return type(self)(
            np.append(self.dates[1 - KEPT_DAYS :], date),
            np.append(self.bodies[1 - KEPT_DAYS :], body),
            np.append(self.dearest[1 - KEPT_DAYS :], costs.max()),
            np.vstack([self.records[1 - KEPT_DAYS :], records]),
        )
