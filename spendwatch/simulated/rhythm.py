"""When an application is busy: the week, the day's level, the hour's wobble and bursts.

Every factor is bounded, so that a usual day looks like the days before it.
"""

from enum import StrEnum
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from spendwatch.simulated.chance import chance
from spendwatch.simulated.spreads import Floats

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
"""Milliseconds, the unit of time in here."""

WEEK = 7 * 1440
MONDAY = 3 * 1440
"""Minutes in a week, and those from the Monday before 1970-01-01, a Thursday."""

Moments = NDArray[np.int64]
"""Milliseconds since 1970."""

LEVEL, WOBBLE = 0.05, 0.06
"""Spread of a day's level and of an hour's wobble, as a share; clipped at two of them."""


class Rhythm(StrEnum):
    """How a week goes; 1 is the busiest minute."""

    OFFICE = "office"
    """A bump about 13:30 UTC on weekdays; a little at night, an eighth at weekends."""

    SHOPPERS = "shoppers"
    """Day and night, weekends at 0.85."""

    NIGHTLY = "nightly"
    """A job from 01:00 to 04:00 UTC, smaller at weekends."""

    STEADY = "steady"
    """A machine: always the same."""


SHOPPERS_BY_HOUR = (
    0.757, 0.733, 0.672, 0.649, 0.641, 0.595, 0.522, 0.516, 0.579, 0.681, 0.786, 0.953,
    0.841, 0.880, 0.920, 0.946, 0.990, 0.956, 0.900, 0.866, 0.943, 0.914, 1.000, 0.883,
)  # fmt: skip
"""ServeGen m-large (Alibaba, Apache-2.0; Xiang et al. 2025, arXiv 2505.09999): requests of an hour
as a share of its day, mean of the 14 days, over the busiest hour's. Hour 0 is the trace's first."""

LOW_NIGHT, LOW_WEEKEND = 0.04, 0.125


@cache
def week(rhythm: Rhythm) -> Floats:
    """The factor of each minute of the week from Monday 00:00 UTC."""
    minute = np.arange(WEEK)
    weekend = minute >= 5 * 1440
    hours = minute % 1440 / 60
    if rhythm is Rhythm.OFFICE:
        bump = np.maximum(np.exp(-0.5 * ((hours - 13.5) / 3.6) ** 4), LOW_NIGHT)
        return np.where(weekend, LOW_WEEKEND, 1.0) * bump
    if rhythm is Rhythm.SHOPPERS:
        centres = np.arange(24) + 0.5
        return np.where(weekend, 0.85, 1.0) * np.interp(hours, centres, SHOPPERS_BY_HOUR, period=24)
    if rhythm is Rhythm.NIGHTLY:
        edges = np.interp(hours, (1.0, 1.25, 3.75, 4.0), (0.0, 1.0, 1.0, 0.0))
        return np.where(weekend, 0.6, 1.0) * edges
    return np.ones(WEEK)


def factors(rhythm: Rhythm, at: Moments) -> Floats:
    """The week's factor at each moment."""
    return week(rhythm)[(at // MINUTE + MONDAY) % WEEK]


@cache
def busy_minutes(rhythm: Rhythm) -> float:
    """How many of the busiest minutes a weekday is worth."""
    return float(week(rhythm)[:1440].sum())


@lru_cache(maxsize=65_536)
def swing(seed: int, application: str, what: str, index: int, spread: float) -> float:
    """A factor about 1 for one day or hour of an application."""
    normal = chance(seed, application, what, index).standard_normal()
    return float(np.exp(spread * np.clip(normal, -2, 2)))


def noise(seed: int, application: str, at: Moments) -> Floats:
    """The day's level times the wobble, which runs straight from hour to hour.

    The moments are in order, at least one.
    """
    first, last = int(at[0]) // HOUR, int(at[-1]) // HOUR + 1
    wobbles = [swing(seed, application, "hour", h, WOBBLE) for h in range(first, last + 1)]
    levels = [swing(seed, application, "day", h // 24, LEVEL) for h in range(first, last)]
    edges = np.arange(first, last + 1) * HOUR
    return np.array(levels)[at // HOUR - first] * np.interp(at, edges, wobbles)


def bursts(seed: int, caller: str, at: Moments) -> Floats:
    """Factors of the bursts that may be about at each moment; they are in order, at least one."""
    factor = np.ones(len(at))
    for hour in range(int(at[0]) // HOUR, int(at[-1]) // HOUR + 1):
        start, end, size = burst(seed, caller, hour)
        factor[(at >= start) & (at < end)] = size
    return factor


def burst(seed: int, caller: str, hour: int) -> tuple[float, float, float]:
    """Start, end and size of an hour's burst: one hour in four is 1.5 to 2.5 times as busy for 8
    to 20 minutes; the others have a burst of 1."""
    draw = chance(seed, caller, "burst", hour).random(4)
    start = hour * HOUR + (2 + 36 * draw[1]) * MINUTE
    size = 1.5 + draw[3] if draw[0] < 0.25 else 1.0
    return float(start), float(start + (8 + 12 * draw[2]) * MINUTE), float(size)
