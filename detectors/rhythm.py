"""What the hours of a week usually cost, in columns: profile.py's two profiles over plain numbers.

Means of each hour of the week and of each hour of a working or weekend day, learnt a day at a time.
"""

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


class Rhythm:
    """The usual cost of a row by its hour of the week."""

    def __init__(self) -> None:
        self._week, self._weeks = np.zeros(WEEK), np.zeros(WEEK)
        self._day, self._days = np.zeros(2 * DAY), np.zeros(2 * DAY)

    def usual(self, level: float) -> Floats:
        """For each hour of the week; `level` where nothing like it was seen."""
        spare = np.where(self._days[OTHER] > 0, self._day[OTHER], level)
        alike = np.where(self._days > 0, self._day, spare)[ALIKE]
        usual: Floats = (self._weeks * self._week + DAY_WORTH * alike) / (self._weeks + DAY_WORTH)
        return usual

    def learn(self, hours: Ints, costs: Floats) -> None:
        """A day's rows by their hour of the week; rows of one hour count as their mean."""
        seen = np.bincount(hours, minlength=WEEK)
        found = np.flatnonzero(seen)
        means = np.bincount(hours, weights=costs, minlength=WEEK)[found] / seen[found]
        _move(self._week, self._weeks, found, means, WEEK_RATE)
        _move(self._day, self._days, ALIKE[found], means, DAY_RATE)


def _move(means: Floats, seen: Floats, slots: Ints, costs: Floats, least: float) -> None:
    seen[slots] += 1
    means[slots] += np.maximum(least, 1 / seen[slots]) * (costs - means[slots])
