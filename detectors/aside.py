"""Days set aside: those that stand apart from all others and say nothing of a usual day.

A month's end that costs three times the rest would hide every overrun of the weeks between, and so
would an overrun that nobody marked. Such days are told by themselves: a run of days, of which all
but the few dearest hours are dearer than on any other day, against other days of their kind. They
are left out of the records, until a month later: then a month's end is expected, and they count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detectors.profile import MONDAY
from detectors.tails import LEAST, Bools, Floats, Ints

LEAST_DAYS = 21
"""Days that have to be known before any is set aside."""

MONTH = range(26, 35)
"""Days from one run to the next, if there are several: calendar months, give or take a weekend."""

FLOOR = 0.2
"""Of the median day, added to all, so that days of almost nothing do not stand apart."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Which days are set aside, and for how long; others: docs/detection.md, "Trades"."""

    rank: int = 4
    """A day's body is its so many dearest row: three wild ones do not lift it."""

    run: float = 1.2
    """How many times the dearest other day the days of a run have to be."""

    lone: float = 1.5
    """The same of a day by itself."""

    longest: int = 6
    """Days of a run; what lasts longer is a new level."""

    most: int = 12
    """Days that are set aside at most, and no more than a third of those known."""

    due: range = range(27, 34)
    """Days after which a run may come again, and counts."""


GUARD = Guard()


def set_aside(bodies: Floats, dates: Ints, guard: Guard = GUARD) -> Ints:
    """The dates that stand apart; `bodies` is what each day's hours cost but for its dearest.

    `dates` are days since 1970, rising.
    """
    if len(bodies) < LEAST_DAYS or _median(bodies) <= LEAST:
        return dates[:0]  # days of which most are nothing say nothing of what stands apart
    kinds = _against_kind(bodies, (dates + MONDAY) % 7 >= 5)
    order = np.argsort(-kinds, kind="stable")
    ranked = kinds[order]
    most = min(guard.most, len(bodies) // 3)
    apart = ranked[:most] > guard.run * ranked[1 : most + 1]
    for count in np.flatnonzero(apart)[::-1] + 1:
        found = np.sort(order[:count])
        times = ranked[count - 1] / ranked[count]
        if _is_run(found, dates, float(times), guard):
            return dates[found]
    return dates[:0]


def _against_kind(bodies: Floats, weekend: Bools) -> Floats:
    """Each day against the median of the working days, or of the weekends."""
    floor = FLOOR * _median(bodies)
    out = np.ones(len(bodies))
    for kind in (weekend, ~weekend):
        if kind.any():
            out[kind] = (bodies[kind] + floor) / (_median(bodies[kind]) + floor)
    return out


def _median(values: Floats) -> float:
    """numpy's own takes ten times as long for so few."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _is_run(found: Ints, dates: Ints, times: float, guard: Guard) -> bool:
    """Whether the days are one run, or several a month apart."""
    runs = np.split(found, np.flatnonzero(np.diff(found) > 1) + 1)
    if max(map(len, runs)) > guard.longest:
        return False
    cut = [run for run in runs if len(run) == 1 and 0 < run[0] < len(dates) - 1]
    if cut and (len(runs) > 1 or times <= guard.lone):
        return False
    return all(gap in MONTH for gap in np.diff([dates[run[0]] for run in runs]))


def kept(
    aside: Ints, dates: Ints, today: int, spills: Sequence[int | None], due: range = GUARD.due
) -> Bools:
    """Which days' records count today, days by views; `spills`: see shapes.View.spill, None for a
    view that keeps all.
    """
    counting = np.ones((len(dates), len(spills)), dtype=np.bool_)
    if len(aside):
        for spill in {spill for spill in spills if spill is not None}:
            columns = [at for at, one in enumerate(spills) if one == spill]
            counting[:, columns] = _kept(aside, dates, today, spill, due)[:, None]
    return counting


def _kept(aside: Ints, dates: Ints, today: int, spill: int, due: range) -> Bools:
    everything = np.ones(len(dates), dtype=np.bool_)
    ago = today - aside
    again = (ago >= due.start) & (ago < due.stop + spill)
    if again.any() or ago.min() <= 1 + spill:
        return everything
    since = dates[:, None] - aside[None, :]
    clean: Bools = np.logical_not(((since >= 0) & (since <= spill)).any(axis=1))
    return clean if clean.any() else everything
