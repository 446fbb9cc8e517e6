"""Block records: windows of hours against the largest of the last 56 days.

An hour is as strange as its strangest view (shapes.py), priced against the records of the days
before (tails.py). It is a breach where a usual day shows such a one once in T days or more seldom,
it costs more than such an hour usually does, and a view that is beyond all days holds the money
floor more than usual. Method and figures: docs/detection.md. Minutes: see minute_records.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log10
from operator import sub
from typing import Literal

import numpy as np

from detectors import coming, price
from detectors.base import (
    AS_USUAL,
    LEARNING,
    Calibrated,
    Floor,
    differing,
    floor_at,
)
from detectors.daily import Daily
from detectors.held import Held, HourView, hour_views, usual_hour
from detectors.minute_records import MinuteRecords
from detectors.panel import PANELS
from detectors.quiet import dear
from detectors.rhythm import DAY, WEEK
from detectors.shapes import RISES, Group
from detectors.tails import BEYOND
from detectors.verdicts import AGREED, days_of, rise, said_for
from schemas.moments import HOUR_MINUTES
from schemas.money import dollars, nano
from schemas.rules import ANY, Grain, Memory, Past, Rule, Verdict
from schemas.states import Bucket
from schemas.wording import counted, span

PANEL = PANELS[RISES]
VIEWS = hour_views(RISES.views)
WINDOWS = tuple(sorted({1, *(view.hours for view in VIEWS)}))

ROUNDING = 1 - 1e-9
"""A ceiling says when to ask: it is no higher than the least cost that may be a breach."""


class RecordsSettings(Calibrated):
    """Finds windows that cost more than any of the last 56 days, by far."""

    kind: Literal["records"] = "records"
    grain: Literal[Grain.MINUTE, Grain.HOUR] = Grain.HOUR
    floor_usd: Floor = Floor(20)

    def rule(self, series: str) -> Rule:
        """The same for every series."""
        once_in, floor = self.once_in, nano(self.floor_usd)
        if self.grain is Grain.MINUTE:
            return MinuteRecords(name=self.name, once_in=once_in, floor=floor)
        return Records(name=self.name, grain=Grain.HOUR, once_in=once_in, floor=floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Records(Daily):
    """The detector; its memory is that of coming.py."""

    cause: str = "records"
    memory: int = WEEK + DAY - 2
    version: str = "2"

    def ceiling(self, memory: Memory, past: Past) -> int | None:
        """The least cost that may be a breach; None while it only learns."""
        if "known" not in memory:
            return None
        return self._ceiling(memory, past, Held(memory, past, WINDOWS))

    def _ceiling(self, memory: Memory, past: Past, held: Held) -> int:
        limits = _limits(memory["known"].doubles, coming.known_days(memory), self.once_in)
        rooms = (
            max(view.least(held), view.room(held, limit) if limit else 0.0)
            for view, limit in limits
        )
        strange = min(rooms, default=float(ANY))
        over = max(strange * ROUNDING, self._enough(held, past), held.expected[1])
        return min(ANY, int(over) + 1) if over > 1 else 1

    def _enough(self, held: Held, past: Past) -> int:
        """What has to be spent before some window holds the money floor more than usual."""
        floor = floor_at(self.floor, past.at - past.first, DAY)
        left: int = min(map(sub, held.expected.values(), held.sums.values()))
        return floor - 1 + left

    def quiet(self, memory: Memory, past: Past, costs: Sequence[int]) -> bool:
        """No hour that is dear enough is a breach."""
        if "known" not in memory:
            return True
        floor = floor_at(self.floor, past.at + len(costs) - past.first, DAY)
        return not any(
            self.verdict(
                memory, _later(past, costs[:at], self.memory), Bucket(cost=costs[at])
            ).breach
            for at in dear(memory, past, costs, WINDOWS, floor)
        )

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Speaks of the dearest window among those that are beyond all days."""
        if "known" not in memory:
            return LEARNING
        cost, usual = bucket.cost, usual_hour(memory, past.at)
        if cost <= usual:
            return Verdict(False, 1, cost, usual, 0, usual, AS_USUAL)
        held = Held(memory, past, WINDOWS)
        above = self._beyond(memory, held, cost)
        once_in = self._once_in(memory, held, cost) if above else 0
        if not once_in:
            return Verdict(False, 1, cost, usual, 0, cost, AS_USUAL)
        at = max(above, key=lambda at: self._excess(held, at, cost))
        window = VIEWS[at].hours
        observed, expected = held.sums[window] + cost, held.expected[window]
        floor = max(1, floor_at(self.floor, past.at - past.first, DAY))
        high = observed - cost + self._ceiling(memory, past, held)
        return Verdict(
            breach=once_in >= self.once_in and observed - expected >= floor,
            window=window,
            observed=observed,
            expected=expected,
            low=0,
            high=high,
            reason=self._reason(memory, at, (observed, expected, high), once_in),
            once_in=once_in,
        )

    def _excess(self, held: Held, at: int, cost: int) -> int:
        hours = VIEWS[at].hours
        return held.sums[hours] + cost - held.expected[hours]

    def _beyond(self, memory: Memory, held: Held, cost: int) -> list[int]:
        """The views that are heard and show more than on any day that counts."""
        known, count, days = memory["known"].doubles, len(VIEWS), coming.known_days(memory)
        shown = ((at, of.speaks, known[2 + at :: count]) for at, of in enumerate(RISES.views))
        return [
            at
            for at, speaks, (seen, most, *_) in shown
            if speaks <= days
            and seen
            and VIEWS[at].goes_on(held, cost)
            and VIEWS[at].value(held, cost) > BEYOND * most
        ]

    def _once_in(self, memory: Memory, held: Held, cost: int) -> int:
        """How seldom a usual day shows such an hour, days; 0 while it is usual."""
        days, tails = coming.known_days(memory), coming.tails(memory["known"])
        values = np.array([[view.value(held, cost) for view in VIEWS]])
        on = np.array([view.goes_on(held, cost) for view in VIEWS])
        said = PANEL.said(values, tails, PANEL.speaking(days) & on)
        costs, bodies = (PANEL.most(said, group) for group in (Group.COST, Group.BODY))
        return days_of(float(rise(costs, bodies, days)[0]))

    def _reason(self, memory: Memory, at: int, money: tuple[int, int, int], once_in: int) -> str:
        known, view = memory["known"].doubles, VIEWS[at]
        seen, most = known[2 + at], known[2 + at + len(VIEWS)]
        observed, expected, high = map(dollars, money)
        return (
            f"{observed} in the last {span(view.hours * HOUR_MINUTES)}; expected {expected}; "
            f"band to {high} (once in {self.once_in} days; this once in {once_in:,}); "
            f"{view.said(most)} of {counted(int(seen), 'day')}"
        )

    def usual(self, memory: Memory, minute: int) -> int:
        """A sixtieth of its hour's usual cost."""
        return usual_hour(memory, minute // HOUR_MINUTES) // HOUR_MINUTES

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """Nothing but at the end of a day."""
        hours = self.day_over(memory, past, bucket.cost)
        if hours is None:
            return {}
        now = coming.and_then(coming.learnt(memory, PANEL), PANEL, hours)
        parts = coming.kept(now, PANEL, hours) | {"logs": coming.logs(hours)}
        return differing(memory, parts)

    def taught(self, memory: Memory, costs: Sequence[int]) -> None:
        """All hours that are kept are to be learnt anew."""


def _later(past: Past, costs: Sequence[int], count: int) -> Past:
    """What is known after hours of these costs, of so many."""
    return past._replace(at=past.at + len(costs), costs=[*past.costs, *costs][-count:])


@lru_cache(maxsize=65536)
def _limits(known: Sequence[float], days: int, once_in: int) -> Sequence[tuple[HourView, float]]:
    """The views that speak of a series of so many days, and what each has to show at the least for
    all together to say once in so many (see verdicts.rise); 0 where all days were of nothing, so
    that any cost is a record.

    `known` is the part of that name. It is the same for all hours of a day.
    """
    found, worth = [], float(said_for(log10(once_in), days)) - AGREED
    for at, (view, of) in enumerate(zip(VIEWS, RISES.views, strict=True)):
        seen, most, spread, evidence = known[2 + at :: len(VIEWS)]
        rare = 10 ** (worth + of.handicap)
        if of.speaks > days or not seen or (most <= 0 and rare > seen + 1):
            continue
        limit = price.beyond(most, spread, int(evidence), int(seen), rare) if most > 0 else 0.0
        found.append((view, limit))
    return tuple(found)
