"""A CUSUM of hours that cost less than usual: what finds a long drop, and silence, at strict rates.

Each hour's log cost, less the log of the median of that hour of the week over four weeks, counted
in deviations of four weeks; C = max(0, C - z - 0.5). Source: Page 1954. Falls want it beside their
records, because a public holiday looks like a drop of nine tenths.
"""

import numpy as np

from detectors.tails import Bools, Floats, Ints

WEEKS = 4
HOURS = 168
SLACK = 0.5
FARTHEST = 5.0
"""Deviations at which one hour stops counting for more."""

LEAST = 24
"""Hours that have to be known before deviations mean something."""

FLOOR = 0.1
"""Of the level, added to all costs, so that hours of almost nothing do not swing."""


class Falls:
    """The CUSUM of one series, fed day by day."""

    def __init__(self) -> None:
        self._past = np.zeros((HOURS, WEEKS))
        self._seen = np.zeros(HOURS, dtype=np.int64)
        self._residuals = np.zeros(0)
        self._sum = 0.0

    def day(self, slots: Ints, costs: Floats, level: float) -> Floats:
        """The CUSUM after each row of a day, which is then learnt; `slots`: hours of the week."""
        floor = FLOOR * level + np.finfo(np.float64).tiny
        usual, known = self._medians(slots)
        residuals = np.log(costs + floor) - np.log(usual + floor)
        sums = self._sums(np.where(known, residuals, 0.0), known)
        self._residuals = np.append(self._residuals, residuals[known])[-WEEKS * HOURS :]
        self._past[slots, self._seen[slots] % WEEKS] = costs
        self._seen[slots] += 1
        self._sum = float(sums[-1])
        return sums

    def _medians(self, slots: Ints) -> tuple[Floats, Bools]:
        """What those hours of the week usually cost, and whether they were ever seen."""
        seen = np.minimum(self._seen[slots], WEEKS)
        blank = np.arange(WEEKS)[None, :] >= seen[:, None]
        ordered = np.sort(np.where(blank, np.inf, self._past[slots]), axis=1)
        rows, known = np.arange(len(slots)), seen > 0
        low = ordered[rows, np.maximum(seen - 1, 0) // 2]
        high = ordered[rows, seen // 2]
        return np.where(known, (low + high) / 2, 0.0), known

    def _sums(self, residuals: Floats, known: Bools) -> Floats:
        """max(0, C - z - slack) row by row, written as one running sum and its running least."""
        if len(self._residuals) < LEAST:
            return np.full(len(residuals), self._sum)
        mean = float(self._residuals.mean())
        spread = float(self._residuals @ self._residuals) / len(self._residuals) - mean * mean
        deviation = (max(0.0, spread) + 1e-6) ** 0.5
        far = np.clip((residuals - mean) / deviation, -FARTHEST, FARTHEST)
        sums = self._sum + np.cumsum(np.where(known, -far - SLACK, 0.0))
        least = np.minimum.accumulate(np.minimum(sums, 0.0))
        rising: Floats = sums - least
        return rising
