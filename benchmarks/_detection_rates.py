"""False alarms of ours: what is expected, and what was counted on series of usual days."""

from collections.abc import Mapping, Sequence
from math import log10

from benchmarks import _detection_shown as shown
from benchmarks._detection_bench import OURS_HOURLY, Bench, Figures
from benchmarks._detection_found import false_rate
from benchmarks._detection_measure import Result
from detectors.calibration import MONTH_WEEKS, once_in_days

BORNE, HUNDRED = (1, 2, 4, 8, 16, 32), 100
"""False alarms a month that so many series are to bear."""


def rates(bench: Bench, seed: int) -> Figures:
    """Ours: false alarms that were expected of once in T days, and those that were counted."""
    results = _clean(bench, seed)
    figures = {
        f"T={once}": {"expected": 7 / once, **_counted(results, once)}
        for once in (50, 100, 120, 200, 500, 1000)
    }
    shown.rates(f"false alarms a series-week, seed {seed}", figures)
    return figures


def borne(bench: Bench, seed: int) -> Figures:
    """Ours: false alarms a month that a hundred series are to bear, and those that were counted."""
    results = _clean(bench, seed)
    figures = {}
    for wanted in BORNE:
        once = once_in_days(wanted, HUNDRED)
        counted = {
            name: [rate * MONTH_WEEKS * HUNDRED for rate in rates]
            for name, rates in _counted(results, once).items()
        }
        figures[f"T={once}"] = {"expected": wanted, **counted}
    shown.rates(f"false alarms a month of 100 series, seed {seed}", figures)
    return figures


def _clean(bench: Bench, seed: int) -> Mapping[str, Result]:
    """Ours on series to which nothing happens."""
    grounds = bench.grounds(seed, kinds=())
    return {name: bench.run(OURS_HOURLY, ground) for name, ground in grounds.items()}


def _counted(results: Mapping[str, Result], once: int) -> Mapping[str, Sequence[float]]:
    """False alarms a series-week up and down, at once in so many days."""
    return {
        name: [false_rate(result, side, log10(once)) for side in (0, 1)]
        for name, result in results.items()
    }
