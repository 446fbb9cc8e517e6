"""What the hours of a week usually cost, in columns: profile.py's two profiles over plain numbers.

Means of each hour of the week and of each hour of a working or weekend day, learnt a day at a time.
"""

from typing import Self

import numpy as np

from detectors.profile import DAY_RATE, DAY_WORTH, MONDAY, WEEK_RATE
from detectors.tails import Floats, Ints

WEEK = 168
DAY = 24

ALIKE = np.arange(WEEK) % DAY + np.where(np.arange(WEEK) >= 5 * DAY, DAY, 0)
"""For each hour of the week the hour of its kind of day; weekends come second."""

OTHER = (np.arange(2 * DAY) + DAY) % (2 * DAY)
"""The same hour on a day of the other kind."""


def slots(hours: Ints) -> Ints:
    """The hours of the week, from Monday midnight, of hours since 1970."""
    return (hours + MONDAY * DAY) % WEEK


def slot(hour: int) -> int:
    """The same of one hour."""
    return (hour + MONDAY * DAY) % WEEK


class Rhythm:
    """The usual cost of a row by its hour of the week."""

    def __init__(self, means: Floats, seen: Floats) -> None:
        """Means and how often each was seen: the hours of the week, then those of the day."""
        self.means, self.seen = means, seen
        self._week, self._weeks = means[:WEEK], seen[:WEEK]
        self._day, self._days = means[WEEK:], seen[WEEK:]

    @classmethod
    def blank(cls) -> Self:
        """Of a series that was never seen."""
        return cls(np.zeros(WEEK + 2 * DAY), np.zeros(WEEK + 2 * DAY))

    def usual(self, level: float) -> Floats:
        """For each hour of the week; `level` where nothing like it was seen."""
        spare = np.where(self._days[OTHER] > 0, self._day[OTHER], level)
        alike = np.where(self._days > 0, self._day, spare)[ALIKE]
        usual: Floats = (self._weeks * self._week + DAY_WORTH * alike) / (self._weeks + DAY_WORTH)
        return usual

    def and_then(self, hours: Ints, costs: Floats) -> Self:
        """With a day's rows by their hour of the week; rows of one hour count as their mean."""
        seen = np.bincount(hours, minlength=WEEK)
        found = np.flatnonzero(seen)
        costs = np.bincount(hours, weights=costs, minlength=WEEK)[found] / seen[found]
        one = type(self)(self.means.copy(), self.seen.copy())
        one._move(found, costs, WEEK_RATE)
        one._move(WEEK + ALIKE[found], costs, DAY_RATE)
        return one

    def _move(self, slots: Ints, costs: Floats, least: float) -> None:
        self.seen[slots] += 1
        rates = np.maximum(least, 1 / self.seen[slots])
        self.means[slots] += rates * (costs - self.means[slots])
