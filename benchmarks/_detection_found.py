"""Thresholds at an equal rate of false alarms, and what is found with them, when, at what loss."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks._detection_measure import Case, Result
from benchmarks._spend_overruns import DOWN, UP
from benchmarks._spend_simulated import WEEK, Floats, Ints

Alarms = npt.NDArray[np.bool_]

MERGE = 24
"""Hours: alarms closer than this are one incident."""

SHARES = (0.8, 0.2)
"""Of the budget of false alarms, upwards and downwards."""


class Limits(NamedTuple):
    """Scores from which on a bucket is an alarm."""

    up: float
    down: float


def begun(score: Floats, limit: float, merge: int) -> Ints:
    """Rows at which an incident begins."""
    hot = np.flatnonzero(score >= limit)
    return hot[np.append(True, np.diff(hot) > merge)] if len(hot) else hot


def false_rate(result: Result, side: int, limit: float, last: int | None = None) -> float:
    """False alarms a series-week on clean series, from the plan's first row up to `last`."""
    counted, scale = slice(result.plan.first, last), result.plan.scale
    rows = [scores[counted, side] for scores in result.clean]
    alarms = sum(len(begun(score, limit, MERGE * scale)) for score in rows)
    return alarms * WEEK * scale / sum(map(len, rows))


def lowest(result: Result, side: int, rate: float) -> float:
    """The lowest limit down to which false alarms stay within a rate, coming from above.

    From above, because a limit far too low merges all into one endless incident and looks quiet.
    """
    seen = [scores[result.plan.first :, side] for scores in result.clean]
    levels = np.unique(np.concatenate(seen))[::-1]
    levels = levels[levels > 0]
    good, step = -1, 1
    while good + step < len(levels):
        if false_rate(result, side, levels[good + step]) <= rate:
            good, step = good + step, step * 2
        elif step == 1:
            break
        else:
            step = max(step // 4, 1)
    if good >= 0:
        return float(levels[good])
    return float(np.nextafter(levels[0], np.inf)) if len(levels) else 1e-12


def limits(result: Result, budget: float) -> Limits:
    """The lowest limits within a budget of false alarms a series-week."""
    up, down = (lowest(result, side, share * budget) for side, share in enumerate(SHARES))
    return Limits(up, down)


class Outcome(NamedTuple):
    """The row of a twin in which it was found, and the loss up to it: a share, and dollars."""

    label: str
    row: int | None
    lost: float
    dollars: float


@dataclass(frozen=True)
class Found:
    """Of one kind of overrun; `hours` is the median of those found."""

    recall: float
    hours: float | None
    lost: float
    dollars: float
    cases: int


Table = Mapping[str, Sequence[Outcome]]
"""By kind of overrun."""


def outcomes(result: Result, at: Limits) -> Table:
    """What became of every twin."""
    table: dict[str, list[Outcome]] = {}
    for case in result.cases:
        side = int(case.kind in DOWN)
        hot = result.clean[case.series][:, side] >= at[side]
        row = _caught(case, hot, case.scores[:, side] >= at[side], MERGE * result.plan.scale)
        table.setdefault(case.kind, []).append(_outcome(case, row))
    return table


def _caught(case: Case, clean: Alarms, hurt: Alarms, merge: int) -> int | None:
    """The first alarm while the undisturbed twin was in no incident."""
    for row in np.flatnonzero(hurt):
        at = case.start + row
        if not clean[max(0, at - merge) : at + 1].any():
            return int(row)
    return None


def _outcome(case: Case, row: int | None) -> Outcome:
    total = float(abs(case.lost[-1])) or 1e-12
    if row is None:
        return Outcome(case.label, None, 1.0, total)
    lost = float(abs(case.lost[row]))
    return Outcome(case.label, row, lost / total, lost)


def by_kind(table: Table, scale: int = 1) -> dict[str, Found]:
    """Recall, delay and loss by kind of overrun; `scale` buckets an hour."""
    return {kind: _found(rows, scale) for kind, rows in table.items()}


def _found(rows: Sequence[Outcome], scale: int) -> Found:
    hits = [one.row + 1 for one in rows if one.row is not None]
    return Found(
        recall=len(hits) / len(rows),
        hours=float(np.median(hits)) / scale if hits else None,
        lost=mean(one.lost for one in rows),
        dollars=float(np.median([one.dollars for one in rows])),
        cases=len(rows),
    )


def by_label(table: Table, kinds: Iterable[str] = UP) -> dict[str, float]:
    """Recall by kind of series, over some kinds of overruns."""
    rows = [one for kind in kinds for one in table.get(kind, ())]
    return {
        label: mean(float(one.row is not None) for one in rows if one.label == label)
        for label in sorted({one.label for one in rows})
    }


def recall(found: Mapping[str, Found], kinds: Iterable[str]) -> float | None:
    """Mean recall of those kinds that happened; None if none did."""
    told = [found[kind].recall for kind in kinds if kind in found]
    return mean(told) if told else None


def lost(found: Mapping[str, Found], kinds: Iterable[str] = UP) -> float | None:
    """Mean share of an overrun's dollars spent before it was found; None if none happened."""
    told = [found[kind].lost for kind in kinds if kind in found]
    return mean(told) if told else None
