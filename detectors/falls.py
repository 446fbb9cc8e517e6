"""A CUSUM of hours that cost less than usual: what finds a long drop, and silence, at strict rates.

Each hour's log cost, less the log of the median of that hour of the week over four weeks, counted
in deviations of four weeks; C = max(0, C - z - 0.5). Source: Page 1954. Falls want it beside their
records, because a public holiday looks like a drop of nine tenths.
"""

from typing import NamedTuple, Self

import numpy as np

from detectors.tails import Bools, Floats, Ints

WEEKS = 4
HOURS = 168
DAYS = 7 * WEEKS
SLACK = 0.5
FARTHEST = 5.0
"""Deviations at which one hour stops counting for more."""

LEAST = 24
"""Hours that have to be known before deviations mean something."""

FLOOR = 0.1
"""Of the level, added to all costs, so that hours of almost nothing do not swing."""


class Coming(NamedTuple):
    """What is known of the rows of a day before they come: `usual` and `known` have one a row."""

    sum: float
    """The CUSUM when the day begins."""

    mean: float
    deviation: float
    """Of residuals; 0 while too few are known."""

    floor: float
    usual: Floats
    """The logarithm of what the row usually costs, the floor added; 0 where it was never seen."""

    known: Bools

    def residuals(self, costs: Floats) -> Floats:
        """How far the first rows of the day lie above what is usual, in logarithms."""
        known = self.known[: len(costs)]
        far: Floats = np.where(known, np.log(costs + self.floor) - self.usual[: len(costs)], 0.0)
        return far

    def sums(self, residuals: Floats) -> Floats:
        """max(0, C - z - slack) row by row, written as one running sum and its running least."""
        if not self.deviation:
            return np.full(len(residuals), self.sum)
        far = np.clip((residuals - self.mean) / self.deviation, -FARTHEST, FARTHEST)
        falls = np.where(self.known[: len(residuals)], -far - SLACK, 0.0)
        sums = self.sum + np.cumsum(falls)
        rising: Floats = sums - np.minimum.accumulate(np.minimum(sums, 0.0))
        return rising


class Falls(NamedTuple):
    """What is learnt of a series for its CUSUM."""

    past: Floats
    """The last four costs of each hour of the week, in turn."""

    seen: Ints
    """How often each hour of the week was seen."""

    moments: Floats
    """Of the last 28 days, oldest first: how many residuals, their sum, that of their squares."""

    sum: float

    @classmethod
    def none(cls) -> Self:
        """Of a series that was never seen."""
        blank = np.zeros(HOURS, dtype=np.int64)
        return cls(np.zeros((HOURS, WEEKS)), blank, np.zeros((0, 3)), 0.0)

    def coming(self, slots: Ints, level: float) -> Coming:
        """What is known of rows by their hours of the week; `level` is that of the series."""
        floor = FLOOR * level + float(np.finfo(np.float64).tiny)
        usual, known = self._medians(slots)
        count, total, squares = self.moments.sum(axis=0)
        mean = total / count if count else 0.0
        deviation = 0.0
        if count >= LEAST:
            deviation = (max(0.0, squares / count - mean * mean) + 1e-6) ** 0.5
        logs = np.where(known, np.log(usual + floor), 0.0)
        return Coming(self.sum, float(mean), float(deviation), floor, logs, known)

    def _medians(self, slots: Ints) -> tuple[Floats, Bools]:
        """What those hours of the week usually cost, and whether they were ever seen."""
        seen = np.minimum(self.seen[slots], WEEKS)
        blank = np.arange(WEEKS)[None, :] >= seen[:, None]
        ordered = np.sort(np.where(blank, np.inf, self.past[slots]), axis=1)
        rows, known = np.arange(len(slots)), seen > 0
        low = ordered[rows, np.maximum(seen - 1, 0) // 2]
        high = ordered[rows, seen // 2]
        return np.where(known, (low + high) / 2, 0.0), known

    def and_then(self, slots: Ints, costs: Floats, coming: Coming) -> tuple[Self, Floats]:
        """With a day's rows, and the CUSUM after each; `coming` is what was known of them."""
        residuals = coming.residuals(costs)
        sums = coming.sums(residuals)
        own = residuals[coming.known]
        moments = np.vstack([self.moments[1 - DAYS :], [len(own), own.sum(), own @ own]])
        past, seen = self.past.copy(), self.seen.copy()
        past[slots, seen[slots] % WEEKS] = costs
        seen[slots] += 1
        return type(self)(past, seen, moments, float(sums[-1])), sums
