"""Plain series: how seldom a usual day shows a value, upwards and downwards.

Block records over one view: how far a value lies from the mean of its hour of the day. Each day's
farthest joins the records, and price.py says how seldom a usual day goes beyond them.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from detectors import price
from schemas.moments import HOUR_MINUTES, MINUTE

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

UP_DAYS = 90
DOWN_DAYS = 200
"""A value is a finding where a usual day shows such a one once in so many days or more seldom."""

HOURS = 24
RATE = 0.0375
"""Least weight of the newest value in the mean of an hour of the day."""

FARTHEST = 1e15
"""Times the largest record at which a value stops growing: 0 is no measure of much."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One number a row; `expected`, `low` and `high` are in the unit of the values."""

    expected: FloatArray
    low: FloatArray
    high: FloatArray
    up: FloatArray
    """Once in so many days; 0 while the value is usual."""

    down: FloatArray


def scored(times: IntArray, values: FloatArray, every: int) -> Scored:
    """The scores of a series; those of a row follow from the rows up to it alone.

    `times` are microseconds since 1970, one a row in the order of the rows, whatever their gaps
    and repeats; `every` is the nominal time between rows, microseconds. Values are finite.
    """
    series = _Series()
    rows = zip((times // (HOUR_MINUTES * MINUTE)).tolist(), values.tolist(), strict=True)
    found = [series.row(hour, value) for hour, value in rows]
    return Scored(*np.array(found, dtype=np.float64).reshape(-1, 5).T)


@dataclass(slots=True)
class _Side:
    """What is known of one direction."""

    once_in: int
    records: list[float] = field(default_factory=list)
    today: float = 0.0
    limit: float = 0.0

    def score(self, beyond: float) -> float:
        self.today = max(self.today, beyond)
        top = max(self.records, default=0.0)
        return (
            1 / price.chance(self.records, min(beyond, FARTHEST * top)) if beyond > top > 0 else 0
        )

    def midnight(self) -> None:
        self.records = [*self.records[1 - price.KEPT_DAYS :], self.today]
        self.today, self.limit = 0.0, price.limit(self.records, self.once_in)


@dataclass(slots=True)
class _Series:
    """What is known of a series: it scores a value, then learns it."""

    up: _Side = field(default_factory=lambda: _Side(UP_DAYS))
    down: _Side = field(default_factory=lambda: _Side(DOWN_DAYS))
    day: int | None = None
    seen: list[int] = field(default_factory=lambda: [0] * HOURS)
    means: list[float] = field(default_factory=lambda: [0.0] * HOURS)

    def row(self, hour: int, value: float) -> tuple[float, float, float, float, float]:
        """Expected, low, high, up and down of the next value."""
        day, slot = divmod(hour, HOURS)
        if self.day not in {None, day}:
            self.up.midnight()
            self.down.midnight()
        self.day = day
        expected = self.means[slot] if self.seen[slot] else value
        self.seen[slot] += 1
        self.means[slot] += max(RATE, 1 / self.seen[slot]) * (value - self.means[slot])
        off = value - expected
        up, down = self.up.score(max(off, 0.0)), self.down.score(max(-off, 0.0))
        return expected, expected - self.down.limit, expected + self.up.limit, up, down
