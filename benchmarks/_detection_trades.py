"""What one goal of detection costs in another: the table `trades`, each part from one seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil, inf, log10
from statistics import fmean

import numpy as np

from benchmarks import _detection_shown as shown
from benchmarks._detection_bench import OURS, Bench, Figures, Ground
from benchmarks._detection_found import (
    SHARES,
    Limits,
    Outcome,
    by_kind,
    false_rate,
    limits,
    lost,
    outcomes,
    recall,
)
from benchmarks._detection_measure import Result, Scorer
from benchmarks._detection_once import spent_once
from benchmarks._detection_tables import COLD, DIRTY, FIXED, born, first_week, spoiled
from benchmarks._detection_variants import GUARDS, WINDOWS
from benchmarks._spend_overruns import DOWN, UP
from benchmarks._spend_simulated import DAY, organisation

BUDGETS = (0.02, 0.05, 0.1, 0.15, 0.25, 0.35, 0.5, 0.75, 1.0)
"""False alarms a series-week, four fifths of them upwards."""

CHOSEN, STRICT = 0.25, 0.05
"""Budgets at which guards are compared; windows at the first."""

PEERS = ("cusum", "loda")
"""The best others."""

EASIEST, CREEP = 0.8, "creep5%"
"""Of all cases of a kind: how soon they are found, whatever is found beside them."""

BETWEEN = 13
"""Weeks from one overrun of a series to the next, where what a false alarm saves is told."""

ROUNDS = 5

ONCE = (30, 60, 90, 120, 150, 200, 300)
"""Once in so many days, in a series' first week."""


def trades(bench: Bench, seed: int) -> Figures:
    """All four trades, printed on the way."""
    figures: Figures = {}
    for name, part in PARTS.items():
        figures[name] = part(bench, seed)
        shown.trades(f"{name}, seed {seed}", figures[name])
    return figures


def mean(tables: Sequence[Figures]) -> Figures:
    """The mean of tables of one form, figure by figure; None where one has none."""
    return {name: _mean([table[name] for table in tables]) for name in tables[0]}


def _mean(of: Sequence[Figures] | Sequence[float | None]) -> Figures | float | None:
    if isinstance(of[0], Mapping):
        return mean([one for one in of if isinstance(one, Mapping)])
    known = [one for one in of if isinstance(one, int | float)]
    return fmean(known) if len(known) == len(of) else None


def alarms(bench: Bench, seed: int) -> Figures:
    """What more false alarms buy: of ours and of the best others, at budgets that rise."""
    figures: Figures = {}
    for name, ground in bench.grounds(seed, kinds=UP).items():
        for scorer, one in bench.hourly().items():
            if scorer in (OURS, *PEERS):
                result = bench.run(one, ground)
                rows = {str(budget): _bought(result, budget) for budget in BUDGETS}
                figures[f"{name}, {scorer}"] = paid(rows)
    return figures


def _bought(result: Result, budget: float) -> Figures:
    at = limits(result, budget)
    table = outcomes(result, at)
    found, creep = by_kind(table), table.get(CREEP, ())
    return {
        "up": recall(found, UP),
        "lost": lost(found),
        "dollars": fmean(one.dollars for kind in UP for one in table.get(kind, ())),
        CREEP: recall(found, (CREEP,)),
        "days": days_until(creep),
        "easiest": days_until(creep, EASIEST),
    }


def paid(rows: Mapping[str, Figures]) -> Figures:
    """With the dollars that each false alarm more than a row above saves."""
    paid = {budget: {**row, "an alarm saves": None} for budget, row in rows.items()}
    for (less, dear), (more, cheap) in pairwise(rows.items()):
        false = SHARES[0] * (float(more) - float(less)) * BETWEEN
        paid[more]["an alarm saves"] = (dear["dollars"] - cheap["dollars"]) / false
    return paid


def days_until(rows: Sequence[Outcome], share: float | None = None) -> float | None:
    """In how many days half of those found are, or half of the easiest share of all cases."""
    hours = sorted(inf if one.row is None else one.row + 1 for one in rows)
    few = (
        [one for one in hours if one < inf] if share is None else hours[: ceil(share * len(hours))]
    )
    middle = float(np.median(few)) if few else inf
    return middle / DAY if middle < inf else None


def young(bench: Bench, seed: int) -> Figures:
    """Ours in a series' first week: false alarms a series against what is found."""
    grounds = bench.newcomers(seed, COLD)
    results = {name: born(bench, ground) for name, ground in grounds.items()}
    return {
        name: {str(once): _first(result, once) for once in ONCE} for name, result in results.items()
    }


def _first(result: Result, once: int) -> Figures:
    week = first_week(result, log10(once))
    found = {kind: one["recall"] for kind, one in week["kinds"].items()}
    dear = by_kind(outcomes(result, Limits(log10(once), inf)))
    return {"false": week["week_1"], **found, "lost": lost(dear, COLD)}


def guards(bench: Bench, seed: int) -> Figures:
    """Settings of the guard: what is kept after an overrun that nobody marked, and at what cost."""
    grounds = bench.grounds(seed, kinds=DIRTY, every=3)
    return {
        name: {title: _guarded(bench, ground, one) for title, one in GUARDS.items()}
        for name, ground in grounds.items()
    }


def _guarded(bench: Bench, ground: Ground, scorer: Scorer) -> Figures:
    dirty = ground._replace(plan=replace(ground.plan, past=spoiled))
    before, after = bench.run(scorer, ground), bench.run(scorer, dirty)
    figures: Figures = {"false": false_rate(before, 0, FIXED.up)}
    budgets = {str(budget): limits(before, budget) for budget in (CHOSEN, STRICT)}
    for title, at in {"T=120": FIXED, **budgets}.items():
        clean, hurt = (by_kind(outcomes(result, at)) for result in (before, after))
        most, found = recall(clean, UP), recall(hurt, UP)
        kept = found / most if found is not None and most else None
        figures |= {
            f"{title} clean": most,
            f"{title} kept": kept,
            f"{title} lost": lost(hurt),
        }
    return figures


def windows(bench: Bench, seed: int) -> Figures:
    """All windows, and all but one: what each pays for its cost."""
    cost = _micros()
    return {
        name: {
            title: {**_seen(bench.run(scorer, ground)), "us": cost[title]}
            for title, scorer in WINDOWS.items()
        }
        for name, ground in bench.grounds(seed).items()
    }


def _micros() -> Mapping[str, float]:
    """CPU microseconds a row: the least of rounds in which all take turns, alike for all."""
    series = organisation(1, count=2)
    rounds = [
        {title: spent_once(one, series) for title, one in WINDOWS.items()} for _ in range(ROUNDS)
    ]
    return {title: min(one[title] for one in rounds) for title in WINDOWS}


def _seen(result: Result) -> Figures:
    table = outcomes(result, limits(result, CHOSEN))
    found = by_kind(table)
    return {
        "up": recall(found, UP),
        "lost": lost(found),
        "down": recall(found, DOWN),
        CREEP: recall(found, (CREEP,)),
        "easiest": days_until(table.get(CREEP, ()), EASIEST),
    }


PARTS: Mapping[str, Callable[[Bench, int], Figures]] = {
    "alarms": alarms,
    "young": young,
    "guards": guards,
    "windows": windows,
}
