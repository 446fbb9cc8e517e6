"""Known detectors behind one method, `step(t, x) -> (up, down)`: scored, then learnt."""

import math
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from river import anomaly, time_series

from benchmarks._detection_measure import Stepper
from benchmarks._detection_seasonal import Moments, Seasonal, Sided
from benchmarks._detection_spot import Spot
from benchmarks._spend_simulated import DAY, WEEK

GAUSSIAN: Callable[..., Any] = anomaly.GaussianScorer
LODA: Callable[..., Any] = anomaly.LODA
HOLT_WINTERS: Callable[..., Any] = time_series.HoltWinters

MONTH = 4 * WEEK
"""Hours over which residuals have their deviation."""


class ZScore:
    """As alert rules are written: `(x - avg_over_time[7d]) / stddev_over_time[7d]`."""

    def __init__(self, span: int = WEEK) -> None:
        self._moments = Moments(span)

    def step(self, _t: int, x: float) -> tuple[float, float]:
        """Deviations above and below."""
        z = self._moments.z(x)
        self._moments.add(x)
        return max(z, 0.0), max(-z, 0.0)


class SeasonalZ(Sided):
    """As GitLab's and Grafana's seasonal rules: against the same hour of earlier weeks."""

    def __init__(self) -> None:
        super().__init__()
        self._moments = Moments(MONTH)

    def rate(self, log: float, residual: float) -> float:
        """Deviations of the residual."""
        z = abs(self._moments.z(residual))
        self._moments.add(residual)
        return z


class Cusum:
    """CUSUM of the seasonal residual in deviations, slack 0.5."""

    def __init__(self, slack: float = 0.5) -> None:
        self._of, self._moments, self._slack = Seasonal(), Moments(MONTH), slack
        self._high = self._low = 0.0

    def step(self, t: int, x: float) -> tuple[float, float]:
        """Both sums."""
        residual = self._of.residual(t, x)
        z = min(max(self._moments.z(residual), -5), 5)
        self._moments.add(residual)
        self._high = max(0.0, self._high + z - self._slack)
        self._low = max(0.0, self._low - z - self._slack)
        self._of.learn(t, x)
        return self._high, self._low


class Gaussian(Sided):
    """River's GaussianScorer on the seasonal residual.

    Its score is 1.0 in floating point from 8.3 deviations on: from there on deviations rank.
    """

    def __init__(self) -> None:
        super().__init__()
        self._model = GAUSSIAN(window_size=MONTH, grace_period=72)

    def rate(self, log: float, residual: float) -> float:
        """River's score, and a thousandth of the deviations beyond."""
        score: float = self._model.score_one(None, residual)
        if score >= 1 - 1e-9:
            of = self._model.gaussian
            score = 1 + abs(residual - of.mu) / (of.sigma + 1e-9) * 1e-3
        self._model.learn_one(None, residual)
        return score


class Loda(Sided):
    """River's LODA on log cost, the seasonal residual and the mean of the last day."""

    def __init__(self) -> None:
        super().__init__()
        self._model = LODA(n_random_cuts=30, seed=1)
        self._day = deque[float](maxlen=DAY)

    def rate(self, log: float, residual: float) -> float:
        """River's score, from the second day on."""
        self._day.append(log)
        features = {"a": log, "r": residual, "d": sum(self._day) / len(self._day)}
        score: float = self._model.score_one(features) if self.seasonal.seen > DAY else 0.0
        self._model.learn_one(features)
        return score if math.isfinite(score) else 0.0


class HoltWinters:
    """River's HoltWinters of log cost: the error of the hour's forecast, in deviations.

    The first season must not be zero, because it is divided by: hence log cost and one.
    """

    def __init__(self, season: int = DAY) -> None:
        self._model = HOLT_WINTERS(alpha=0.1, beta=0.01, gamma=0.2, seasonality=season)
        self._of, self._moments, self._warm = Seasonal(), Moments(MONTH), 2 * season + 2

    def step(self, t: int, x: float) -> tuple[float, float]:
        """Deviations above and below."""
        log = self._of.log(x)
        score = self._rated(log) if self._of.seen > self._warm else 0.0
        self._model.learn_one(log + 1)
        self._of.learn(t, x)
        return max(score, 0.0), max(-score, 0.0)

    def _rated(self, log: float) -> float:
        error = log + 1 - self._model.forecast(horizon=1)[0]
        error = min(max(error, -20), 20) if math.isfinite(error) else 0.0
        score = self._moments.z(error)
        self._moments.add(error)
        return score


HOURLY: Mapping[str, Callable[[], Stepper]] = {
    "cusum": Cusum,
    "loda": Loda,
    "spot": Spot,
    "seasonal spot": partial(Spot, seasonal=True),
    "seasonal z": SeasonalZ,
    "gaussian": Gaussian,
    "z": ZScore,
    "holtwinters": HoltWinters,
}

MINUTE: Mapping[str, Callable[[], Stepper]] = {
    "spot": partial(Spot, start=DAY * 60),
    "z": partial(ZScore, DAY * 60),
}
"""A day of minutes is what they begin with."""

SLOW = ("loda",)
"""Peers that take a tenth of a millisecond a bucket: only in the tables of hours."""
