"""Hourly spend of a simulated organisation, in dollars: eight kinds of series, all from one seed.

Hour 0 is a Monday 00:00. What is drawn, and in which order, is part of a series: draw once more and
every figure of `detection` is of other series.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DAY, WEEK = 24, 168
"""Hours."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Series(NamedTuple):
    """Dollars a bucket, and what it is: a kind, a model or a trace."""

    label: str
    dollars: Floats


def nano(dollars: Floats) -> Floats:
    """Rounded to the nano-dollar."""
    rounded: Floats = np.round(dollars, 9)
    return rounded


def wander(
    rng: np.random.Generator, days: int, spread: float, hold: float = 0.9, drift: float = 0.004
) -> Floats:
    """The logarithm of each day's level: an AR(1) about a slow organic trend."""
    out, at, slope = np.empty(days), 0.0, rng.normal(0, drift)
    for day in range(days):
        at = hold * at + rng.normal(0, spread * np.sqrt(1 - hold**2))
        out[day] = at + slope * day
    return out


def office(hour: Ints, low_night: float, low_weekend: float) -> Floats:
    """The shape of a working week; nights and weekends are a share of the day."""
    bump = np.exp(-0.5 * ((hour % DAY - 13.5) / 3.6) ** 4)
    weekday = (hour // DAY) % 7 < 5
    busy = np.maximum(bump, low_night)
    shape: Floats = np.where(weekday, busy, low_weekend * busy)
    return shape


@dataclass(frozen=True)
class Canvas:
    """What a kind is drawn on: `shift` is the hour as its people live it."""

    rng: np.random.Generator
    hour: Ints
    shift: Ints
    noise: Floats


def _office(on: Canvas) -> Floats:
    return office(on.shift, 0.04, 0.12) * on.noise


def _always(on: Canvas) -> Floats:
    day = 0.8 + 0.2 * np.cos(2 * np.pi * (on.hour % DAY - 15) / DAY)
    week = np.where((on.hour // DAY) % 7 < 5, 1, 0.85)
    drawn: Floats = day * week * on.rng.gamma(25, 1 / 25, len(on.hour))
    return drawn


def _batch(on: Canvas) -> Floats:
    rng, x = on.rng, np.zeros(len(on.hour))
    start, span = rng.integers(0, 6), rng.integers(2, 5)
    for day in range(len(x) // DAY):
        at = day * DAY + start + rng.integers(0, 2)
        size = np.exp(rng.normal(0, 0.2)) * (3 if day % 7 == 6 else 1)
        if rng.random() > 0.03:
            x[at : at + span] += size * rng.gamma(20, 1 / 20, len(x[at : at + span]))
    return x


def _agentic(on: Canvas) -> Floats:
    rng, hours = on.rng, len(on.hour)
    x: Floats = 0.02 * rng.gamma(2, 0.5, hours) * (rng.random(hours) < 0.5)
    busy = office(on.hour, 0.15, 0.3)
    for at in np.flatnonzero(rng.random(hours) < 0.25 * busy):
        span = 1 + rng.geometric(0.45)
        size = min((1 - rng.random()) ** (-1 / 2.2), 30)
        x[at : at + span] += size * rng.gamma(4, 1 / 4, len(x[at : at + span]))
    return x


def _sparse(on: Canvas) -> Floats:
    rng, hours = on.rng, len(on.hour)
    drawn, often = rng.random(hours), rng.uniform(0.02, 0.10)
    there = np.where(drawn < often * office(on.hour, 0.3, 0.5) * 2, 1.0, 0.0)
    sizes: Floats = there * np.exp(rng.normal(0, 0.8, hours))
    return sizes


def _weekend_off(on: Canvas) -> Floats:
    x = office(on.shift, 0.0, 0.0) * on.noise
    x[x < 0.02] = 0
    return x


def _month_end(on: Canvas) -> Floats:
    phase = on.rng.integers(0, 30)
    closing = ((on.hour // DAY + phase) % 30) >= 27
    usual = office(on.shift, 0.1, 0.3) * on.noise
    return usual * np.where(closing, on.rng.uniform(2.5, 4), 1)


def _team(on: Canvas) -> Floats:
    log, at = np.empty(len(on.hour)), 0.0
    for hour in range(len(log)):
        at = 0.7 * at + on.rng.normal(0, 0.5 * np.sqrt(1 - 0.49))
        log[hour] = at
    return office(on.shift, 0.1, 0.3) * np.exp(log)


KINDS: Mapping[str, Callable[[Canvas], Floats]] = {
    "office": _office,
    "always": _always,
    "batch": _batch,
    "agentic": _agentic,
    "sparse": _sparse,
    "weekend_off": _weekend_off,
    "month_end": _month_end,
    "team": _team,
}

SHIFTED = ("office", "weekend_off", "team", "month_end")
"""Kinds whose people live a few hours before or after."""

HOLIDAY = ("office", "weekend_off", "team")
"""Kinds of which half have a day at a tenth."""


def simulate(kind: str, rng: np.random.Generator, weeks: int) -> Floats:
    """Dollars of each hour of so many weeks."""
    hour, days = np.arange(weeks * WEEK), weeks * 7
    shift = hour + rng.integers(-3, 4) if kind in SHIFTED else hour
    level = np.exp(rng.normal(np.log(3), 1.2))
    base = np.repeat(_days(rng, days), DAY)
    x = KINDS[kind](Canvas(rng, hour, shift, rng.gamma(12, 1 / 12, len(hour))))
    if kind in HOLIDAY and rng.random() < 0.5:
        day = rng.integers(7, days)
        x[day * DAY : (day + 1) * DAY] *= 0.1
    return nano(level * base * x)


def _days(rng: np.random.Generator, count: int) -> Floats:
    """The level of each day; three in ten series change theirs for good."""
    days = np.exp(wander(rng, count, rng.uniform(0.05, 0.15)))
    if rng.random() < 0.3:
        days[rng.integers(7, count) :] *= np.exp(rng.normal(0, 0.15))
    return days


def organisation(seed: int, weeks: int = 8, count: int = 200) -> list[Series]:
    """So many series, the kinds in turn."""
    kinds = [list(KINDS)[number % len(KINDS)] for number in range(count)]
    return [
        Series(kind, simulate(kind, np.random.default_rng([seed, number]), weeks))
        for number, kind in enumerate(kinds)
    ]
