"""The tables of `detection` that need no seed: NAB, and what a bucket costs."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from time import process_time

import numpy as np

from benchmarks import _detection_shown as shown
from benchmarks._detection_bench import Bench, Figures, days
from benchmarks._detection_measure import Scorer
from benchmarks._nab import File, Score, load, score
from benchmarks._spend_minutes import minutes
from benchmarks._spend_simulated import Floats, Series, organisation
from detectors.scoring import FORMS, LEVELS

PUBLISHED = {
    "ARTime": (77.0, 71.1, 81.1),
    "numenta": (70.9, 66.1, 74.6),
    "contextOSE": (69.2, 66.0, 72.8),
    "htmjava": (64.9, 56.1, 70.5),
    "numentaTM": (63.8, 56.2, 69.2),
    "earthgeckoSkyline": (58.1, 44.4, 64.2),
    "knncad": (56.9, 39.7, 64.8),
    "randomCutForest": (54.0, 39.9, 60.9),
    "relativeEntropy": (52.2, 45.3, 56.0),
    "twitterADVec": (47.1, 32.0, 53.8),
    "windowedGaussian": (31.1, 9.0, 39.9),
}
"""NAB's own results of other detectors, scored on the 32 files of the development half."""

FIXED = (100, 200)
"""Once in so many days, fixed beforehand."""

ROUNDS = 3


def nab(bench: Bench) -> Figures:
    """Ours on NAB: at the best threshold of each profile, as NAB does, and at fixed ones.

    All files as levels, and each in the form that fits: hours are taken for spend.
    """
    files = load(bench.data / "nab")
    rows = {}
    for name, forms in {LEVELS: (LEVELS,), "as fits": FORMS}.items():
        found = bench.mapped(partial(strangeness, forms), files.values())
        scores = dict(zip(files, found, strict=True))
        rows[name] = _profiles(score(scores, files))
        for once in FIXED:
            rows[f"{name} T={once}"] = _profiles(score(scores, files, np.log10(once)))
    shown.nab(rows)
    shown.nab(PUBLISHED, ", published")
    return rows


def strangeness(forms: Collection[str], file: File) -> Floats:
    """The larger of both sides' scores, a row each."""
    every = int(np.median(np.diff(file.times)).astype("timedelta64[us]").astype(int))
    strangest: Floats = days(file.times.astype(np.int64), file.values, every, forms).max(axis=1)
    return strangest


def _profiles(scores: Mapping[str, Score]) -> list[float]:
    return [one.score for one in scores.values()]


def cost(bench: Bench) -> Figures:
    """CPU microseconds a bucket of every detector, in this process; the median of rounds."""
    hours, by_minute = organisation(1, count=2), minutes(1, bench.data, count=1)
    figures = {
        "hours": {name: _spent(one, hours) for name, one in bench.hourly().items()},
        "minutes": {name: _spent(one, by_minute) for name, one in bench.by_minute().items()},
    }
    shown.cost(figures)
    return figures


def _spent(scorer: Scorer, series: list[Series]) -> float:
    rounds = [spent_once(scorer, series) for _ in range(ROUNDS)]
    return float(np.median(rounds))


def spent_once(scorer: Scorer, series: list[Series]) -> float:
    """CPU microseconds a bucket, in this process."""
    started = process_time()
    for one in series:
        scorer(one.dollars, ())
    return (process_time() - started) * 1e6 / sum(len(one.dollars) for one in series)


ONCE: Mapping[str, Callable[[Bench], Figures]] = {"nab": nab, "cost": cost}
