"""What detectors are measured on, which ones, and what is told of one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks._detection_found import (
    Limits,
    by_kind,
    by_label,
    false_rate,
    lost,
    outcomes,
    recall,
)
from benchmarks._detection_measure import Mapped, Plan, Result, Scorer, Scores, Stepped, Whole, run
from benchmarks._detection_peers import HOURLY, MINUTE, SLOW
from benchmarks._spend_minutes import minutes
from benchmarks._spend_overruns import DOWN, UP
from benchmarks._spend_real import clients, looped
from benchmarks._spend_simulated import DAY, WEEK, Floats, Ints, Series, organisation
from detectors.scoring import FORMS, scored
from schemas import moments

Figures = dict[str, Any]
"""What ends up in the last line."""

OURS = "spendwatch"
MINUTE_MICROS = moments.MINUTE
HOUR_MICROS = moments.HOUR_MINUTES * moments.MINUTE

HISTORY = 5 * WEEK
"""Hours that are learnt before anything counts."""

START = moments.micros(datetime(2026, 1, 5, tzinfo=UTC))
"""A Monday 00:00."""


def days(times: Ints, values: Floats, every: int, forms: Collection[str] = FORMS) -> Scores:
    """Our scores: log10 of once in how many days, up and down; 0 where it is usual."""
    told = scored(times, values, every, forms)
    scores: Scores = np.log10(np.maximum(np.column_stack((told.up, told.down)), 1.0))
    return scores


def ours(every: int, dollars: Floats) -> Scores:
    """Our scores of a series that begins on a Monday, `every` so many microseconds."""
    return days(START + every * np.arange(len(dollars), dtype=np.int64), dollars, every)


OURS_HOURLY, OURS_MINUTE = (Whole(partial(ours, every)) for every in (HOUR_MICROS, MINUTE_MICROS))


class Ground(NamedTuple):
    """Series, and what happens to them."""

    series: Sequence[Series]
    plan: Plan


@dataclass(frozen=True)
class Bench:
    """One run: data, peers, `most` series a set, and what maps work over series."""

    data: Path
    peers: Sequence[str] = tuple(HOURLY)
    most: int | None = None
    mapped: Mapped = map

    def hourly(self, slow: bool = True) -> Mapping[str, Scorer]:
        """Ours and the peers that score hours."""
        names = [name for name in self.peers if slow or name not in SLOW]
        return {OURS: OURS_HOURLY, **{name: Stepped(HOURLY[name]) for name in names}}

    def by_minute(self) -> Mapping[str, Scorer]:
        """Ours and the peers that score minutes."""
        names = [name for name in self.peers if name in MINUTE]
        return {OURS: OURS_MINUTE, **{name: Stepped(MINUTE[name]) for name in names}}

    def grounds(self, seed: int, **changed: Any) -> dict[str, Ground]:
        """The simulated organisation and the real clients made longer, by name."""
        plan = replace(Plan(seed, HISTORY), **changed)
        real = looped(seed, clients_of(self.data))
        return {"sim": self._of(organisation(seed), plan), "real": self._of(real, plan)}

    def fortnight(self, seed: int) -> Ground:
        """The real clients as they were: a week is learnt, a week is watched."""
        return self._of(clients_of(self.data), Plan(seed, WEEK, spread=4 * DAY))

    def newcomers(self, seed: int, kinds: Sequence[str]) -> dict[str, Ground]:
        """The simulated organisation and the real clients as they were, from their first day on."""
        series = [one._replace(dollars=one.dollars[: 2 * WEEK]) for one in organisation(seed)]
        plan = Plan(seed, DAY, spread=2 * DAY, kinds=kinds, every=2)
        return {"sim": self._of(series, plan), "real": self._of(clients_of(self.data), plan)}

    def traces(self, seed: int, kinds: Sequence[str]) -> Ground:
        """Minutes of real requests: seven days are learnt, three are watched."""
        day = DAY * 60
        plan = Plan(seed, 7 * day, spread=day, kinds=kinds, every=1, scale=60)
        return self._of(minutes(seed, self.data), plan)

    def _of(self, series: Sequence[Series], plan: Plan) -> Ground:
        return Ground(series[: self.most], plan)

    def run(self, scorer: Scorer, on: Ground) -> Result:
        """All series and their twins through a scorer."""
        return run(scorer, on.series, on.plan, self.mapped)


@cache
def clients_of(data: Path) -> Sequence[Series]:
    """The real clients, read once."""
    return clients(data)


def told(result: Result, at: Limits) -> Figures:
    """False alarms a series-week, and what was found of each kind."""
    table = outcomes(result, at)
    found = by_kind(table, result.plan.scale)
    return {
        "limits": list(at),
        "false": [false_rate(result, side, limit) for side, limit in enumerate(at)],
        "up": recall(found, UP),
        "down": recall(found, DOWN),
        "lost": lost(found),
        "kinds": {kind: asdict(one) for kind, one in found.items()},
        "labels": by_label(table),
    }
