"""SPOT: peaks over a quantile and a Pareto tail (Siffer et al. 2017)."""

import math
from dataclasses import dataclass

import numpy as np

from benchmarks._detection_seasonal import Seasonal
from benchmarks._spend_simulated import WEEK, Floats

FEWEST, EVERY = 10, 5
"""Peaks before there is a tail, and peaks after which it is fitted anew."""

TAUGHT = 5.0
"""A peak that strange is not learnt."""


def pareto(peaks: Floats) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto, by probability-weighted moments."""
    ordered, n = np.sort(peaks), len(peaks)
    mean = ordered.mean()
    upper = (ordered * (np.arange(n) / max(n - 1, 1))).mean()
    spread = 2 * upper - mean
    if spread <= 0:
        return 0.0, max(mean, 1e-9)
    return 2 - mean / spread, max(mean * (mean / spread - 1), 1e-9)


@dataclass
class Tail:
    """One side: values are taken `sign` times."""

    sign: int
    limit: float
    peaks: list[float]
    seen: int
    fit: tuple[float, float] | None = None

    def refit(self) -> None:
        """The tail of the peaks, once there are enough."""
        if len(self.peaks) >= FEWEST:
            self.fit = pareto(np.asarray(self.peaks))

    def score(self, value: float) -> float:
        """-log10 of the chance of such a value."""
        over = value - self.limit
        if over <= 0 or self.fit is None:
            return 0.0
        chance = len(self.peaks) / self.seen * _beyond(over, *self.fit)
        return -math.log10(max(chance, 1e-300))

    def step(self, value: float) -> float:
        """Scored, then learnt."""
        signed = self.sign * value
        score = self.score(signed)
        self.seen += 1
        if signed > self.limit and score < TAUGHT:
            self.peaks.append(signed - self.limit)
            if len(self.peaks) % EVERY == 0:
                self.refit()
        return score


def _beyond(over: float, shape: float, scale: float) -> float:
    if abs(shape) < 1e-3:
        return math.exp(-over / scale)
    inside = 1 + shape * over / scale
    return float(inside ** (-1 / shape)) if inside > 0 else 0.0


class Spot:
    """Of log cost, or of its residual by hour of the week; `start` buckets make the first fit."""

    def __init__(self, start: int = WEEK, seasonal: bool = False, level: float = 0.98) -> None:
        self._of, self._start, self._seasonal, self._level = Seasonal(), start, seasonal, level
        self._first: list[float] = []
        self._tails: tuple[Tail, ...] = ()

    def step(self, t: int, x: float) -> tuple[float, float]:
        """Scores up and down of bucket t that cost x dollars."""
        value = self._of.residual(t, x) if self._seasonal else self._of.log(x)
        self._of.learn(t, x)
        if self._tails:
            up, down = (tail.step(value) for tail in self._tails)
            return up, down
        self._first.append(value)
        if len(self._first) >= self._start + (WEEK if self._seasonal else 0):
            seen = np.asarray(self._first[-self._start :])
            self._tails = tuple(self._tail(sign, sign * seen) for sign in (1, -1))
        return 0.0, 0.0

    def _tail(self, sign: int, seen: Floats) -> Tail:
        limit = float(np.quantile(seen, self._level))
        peaks = [value - limit for value in seen.tolist() if value > limit]
        tail = Tail(sign, limit, peaks, len(seen))
        tail.refit()
        return tail
