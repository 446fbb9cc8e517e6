"""The tables of `detection`, each from one seed: figures, printed on the way."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf, log10

from benchmarks import _detection_shown as shown
from benchmarks._detection_bench import (
    HISTORY,
    OURS,
    OURS_HOURLY,
    OURS_MINUTE,
    Bench,
    Figures,
    Ground,
    told,
)
from benchmarks._detection_found import Limits, by_kind, false_rate, limits, lowest, outcomes
from benchmarks._detection_measure import Result, Scorer
from benchmarks._detection_rates import borne, rates
from benchmarks._spend_overruns import DOWN
from benchmarks._spend_simulated import DAY, WEEK, Floats

BUDGETS, MINUTE_BUDGET = (0.25, 0.05), 0.5
"""False alarms a series-week; minutes have only five series-weeks."""

FIXED = Limits(log10(120), log10(500))
"""Once in so many days, up and down."""

COLD = ("step3", "step10", "loop3", "loop10")
DIRTY = ("step1.5", "step2", "step3", "loop3", "loop10", "creep5%")
QUICK = ("loop2", "loop3", "loop10", "step2", "step3", "step10", "silence")
"""Overruns of newcomers, of series with an overrun in their past, and of minutes."""

AllLimits = Callable[[Result], Mapping[str, Limits]]
"""Limits by what they are called."""


def hours(bench: Bench, seed: int) -> Figures:
    """Every detector on hours, at equal false alarms."""
    grounds = bench.grounds(seed)
    return {
        name: _beside(bench.hourly(), bench, ground, f"{name}, hours", _by_budget)
        for name, ground in grounds.items()
    }


def down(bench: Bench, seed: int) -> Figures:
    """Every detector but slow ones on drops, with as many cases as there are."""
    grounds, scorers = bench.grounds(seed, kinds=DOWN, every=2), bench.hourly(slow=False)
    return {
        name: _beside(scorers, bench, ground, f"{name}, drops", _down_alone)
        for name, ground in grounds.items()
    }


def fortnight(bench: Bench, seed: int) -> Figures:
    """Real clients as they were, at equal false alarms and at once in 120 days."""
    ground, title = bench.fortnight(seed), "real 14 days"
    figures = _beside(bench.hourly(slow=False), bench, ground, title, _by_budget)
    return {**figures, "T=120": _fixed(OURS_HOURLY, bench, ground, title)}


def minutes(bench: Bench, seed: int) -> Figures:
    """Minutes of real requests, at equal false alarms and at once in 120 days."""
    ground, title = bench.traces(seed, QUICK), "minutes"
    figures = _beside(bench.by_minute(), bench, ground, title, _by_minute)
    return {**figures, "T=120": _fixed(OURS_MINUTE, bench, ground, title)}


def _fixed(scorer: Scorer, bench: Bench, ground: Ground, title: str) -> Figures:
    figures = {OURS: told(bench.run(scorer, ground), FIXED)}
    shown.kinds(f"{title}, seed {ground.plan.seed}, once in 120 days up, 500 down", figures)
    return figures


def _beside(
    scorers: Mapping[str, Scorer], bench: Bench, ground: Ground, title: str, at: AllLimits
) -> Figures:
    """What each scorer finds at its limits, by budget."""
    figures: Figures = {}
    for name, scorer in scorers.items():
        result = bench.run(scorer, ground)
        for budget, both in at(result).items():
            figures.setdefault(budget, {})[name] = told(result, both)
    for budget, by_scorer in figures.items():
        shown.kinds(f"{title}, seed {ground.plan.seed}, at {budget}", by_scorer)
    shown.labels(figures)
    return figures


def _by_budget(result: Result) -> dict[str, Limits]:
    return {str(budget): limits(result, budget) for budget in BUDGETS}


def _down_alone(result: Result) -> dict[str, Limits]:
    return {str(rate): Limits(inf, lowest(result, 1, rate)) for rate in (0.05, 0.01)}


def _by_minute(result: Result) -> dict[str, Limits]:
    return {str(MINUTE_BUDGET): limits(result, MINUTE_BUDGET)}


def cold(bench: Bench, seed: int) -> Figures:
    """Ours on series that have no history, at once in so many days."""
    result = born(bench, bench.newcomers(seed, COLD)["sim"])
    figures = {f"T={once}": first_week(result, log10(once)) for once in (50, 120, 300)}
    shown.cold(f"first week, seed {seed}", figures)
    return figures


def born(bench: Bench, ground: Ground) -> Result:
    """Ours on series that have no history; false alarms count from their first hour on."""
    result = bench.run(OURS_HOURLY, ground)
    return result._replace(plan=replace(result.plan, first=0))


def first_week(result: Result, limit: float) -> Figures:
    """False alarms a series, and what was found of newcomers, from a limit upwards on."""
    found = by_kind(outcomes(result, Limits(limit, inf)))
    return {
        "days_1_to_3": false_rate(result, 0, limit, 3 * DAY) * 3 * DAY / WEEK,
        "week_1": false_rate(result, 0, limit, WEEK),
        "kinds": {kind: {"recall": one.recall, "hours": one.hours} for kind, one in found.items()},
    }


def spoiled(dollars: Floats) -> Floats:
    """Six hours of an overrun that nobody marked, ten days before the end of the history."""
    changed, at = dollars.copy(), HISTORY - 10 * DAY + 11
    active = dollars[:HISTORY][dollars[:HISTORY] > 0]
    if len(active):
        changed[at : at + 6] = changed[at : at + 6] * 5 + 5 * active.mean()
    return changed


def contamination(bench: Bench, seed: int) -> Figures:
    """What an overrun in the past costs, at once in 120 days and at the clean past's limits."""
    clean = bench.grounds(seed, kinds=DIRTY, every=3)
    figures = {name: _spoilt(bench, ground) for name, ground in clean.items()}
    for name, rows in figures.items():
        shown.contamination(f"{name}, an overrun in the past, seed {seed}", rows)
    return figures


def _spoilt(bench: Bench, ground: Ground) -> Figures:
    rows: Figures = {}
    dirty = ground._replace(plan=replace(ground.plan, past=spoiled))
    for name, scorer in bench.hourly(slow=False).items():
        before, after = bench.run(scorer, ground), bench.run(scorer, dirty)
        fixed = {f"{name} T=120": FIXED} if name == OURS else {}
        for title, at in {**fixed, f"{name} 0.25": limits(before, 0.25)}.items():
            rows[title] = {"clean": told(before, at), "dirty": told(after, at)}
    return rows


TABLES: Mapping[str, Callable[[Bench, int], Figures]] = {
    "hours": hours,
    "down": down,
    "fortnight": fortnight,
    "cold": cold,
    "contamination": contamination,
    "minutes": minutes,
    "rates": rates,
    "borne": borne,
}
