"""What is known of a plain series: what it says of days of rows, then what it learns of them.

A day says nothing of itself, so days that follow one another are first lived one by one (rhythm,
CUSUM, days set aside), then looked at together, in columns.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from detectors.days import LEVEL_DAYS, Days
from detectors.falls import Falls
from detectors.mornings import Morning, Mornings
from detectors.panel import Panel
from detectors.price import KEPT_DAYS
from detectors.rhythm import Rhythm
from detectors.shapes import Group
from detectors.tails import ABSENT, Bools, Floats, Ints, Tails
from detectors.verdicts import USUAL, Scored, fall, once, rise, said_for
from detectors.views import Seen, Views

MOST = 1e300
"""Above every value."""


class Spent(NamedTuple):
    """What a day cost: a row counts for no more than the dearest before its day."""

    rows: int
    active: int
    """Those with a cost."""

    spent: float


class Lived(NamedTuple):
    """A day that was lived."""

    morning: Morning
    age: int
    """Days known before it."""

    counting: Bools
    """Of those, by views: whose records count."""

    cusum: Floats
    """Of falls, after each of its rows."""


class History:
    """One series. `bounds`: log10 of the days in which a value is a finding, up and down."""

    def __init__(self, panel: Panel, views: Views, bounds: tuple[float, float]) -> None:
        self._panel, self._views, self._bounds = panel, views, bounds
        self._spent: list[Spent] = []
        self._falls, self._rhythm = Falls.none() if panel.shape.falls else None, Rhythm.blank()
        self._days, self._records = Days.none(), np.full((KEPT_DAYS, len(panel)), ABSENT)

    def days(self, spans: Sequence[tuple[int, int]]) -> Scored:
        """What is said of the rows of days, which are then learnt; of each the first row, and the
        one past its last.
        """
        lived = [self._live(first, last) for first, last in spans]
        mornings, panel = Mornings.of([one.morning for one in lived]), self._panel
        day, ages = mornings.day, np.array([one.age for one in lived])
        seen = self._views.seen(mornings)
        known = self._known(lived, panel.learnt(seen.values, mornings.firsts, ages))
        now, old = known.of(day), ages[day]
        heard = panel.speaking(old) & panel.going_on(seen.held - seen.usual)
        said = panel.said(seen.values, now, heard)
        dear, bodies, falls = (panel.most(said, group) for group in Group)
        cusum = np.concatenate([one.cusum for one in lived])
        up, down = rise(dear, bodies, old), fall(falls, cusum, old)
        costs = self._views.costs[mornings.rows]
        expected = mornings.weeks[day, self._views.hours[mornings.rows]]
        low, high = self._band(seen, known, ages, day, costs)
        beyond = panel.beyond(seen.values, now, heard).any(axis=1)
        # A row that only follows a dear one, in a window that is still full of it, says nothing.
        ups = once(up, beyond & (costs > expected))
        return Scored(expected, low, high, ups, once(down, (down >= USUAL) & (costs < expected)))

    def _live(self, first: int, last: int) -> Lived:
        """What is known of a day's rows before they come; then they are learnt."""
        views, days, rows = self._views, self._days, slice(first, last)
        level, busy = self._levels()
        week, slots, costs = self._rhythm.usual(level), views.hours[rows], views.costs[rows]
        today, usual = int(views.dates[first]), np.minimum(costs, days.most())
        self._rhythm = self._rhythm.and_then(slots, usual)
        self._days = days.and_then(today, costs, self._panel.guard.rank)
        self._spent.append(Spent(len(costs), int((costs > 0).sum()), float(usual.sum())))
        counting = self._panel.counting(days, today)
        morning = Morning(first, last, week, level, busy)
        return Lived(morning, len(days), counting, self._cusum(slots, costs, level))

    def _levels(self) -> tuple[float, float]:
        """What a row costs on average, and one that has a cost."""
        some = self._spent[-LEVEL_DAYS:]
        spent = sum(one.spent for one in some)
        rows, active = sum(one.rows for one in some), sum(one.active for one in some)
        return spent / max(1, rows), spent / max(1, active)

    def _cusum(self, slots: Ints, costs: Floats, level: float) -> Floats:
        if self._falls is None:
            return np.zeros(len(costs))
        self._falls, sums = self._falls.and_then(slots, costs, self._falls.coming(slots, level))
        return sums

    def _known(self, lived: Sequence[Lived], largest: Floats) -> Tails:
        """The tails of the records that count on each day; `largest` are those of the days."""
        records = np.concatenate([self._records, largest])
        self._records = records[-KEPT_DAYS:]
        held = sliding_window_view(records[:-1], KEPT_DAYS, axis=0).swapaxes(1, 2).copy()
        for at, one in enumerate(lived):
            held[at, KEPT_DAYS - one.age :][~one.counting] = ABSENT
        return self._panel.tails(held)

    def _band(
        self, seen: Seen, known: Tails, ages: Ints, day: Ints, costs: Floats
    ) -> tuple[Floats, Floats]:
        """Between which a row is no finding, for what its windows hold already."""
        panel = self._panel
        spoken = panel.speaking(ages)
        dear, short = (panel.dear & spoken)[day], (panel.short & spoken)[day]
        before = seen.held - costs[:, None]
        bound = said_for(self._bounds[0], ages)[:, None]
        most = known.limits(bound + panel.handicaps)[day]
        least = known.limits(np.full(len(panel), self._bounds[1]))[day]
        roofs = np.where(panel.ratios, most * (seen.usual + seen.offsets) - seen.offsets, most)
        floors = (seen.usual + seen.offsets) / np.maximum(least, 1.0) - seen.offsets
        rooms = np.maximum(roofs - before, panel.least(before - seen.usual))
        high = np.min(rooms, axis=1, where=dear, initial=MOST)
        high = np.maximum(np.where(dear.any(axis=1), high, costs), 0.0)
        low = np.max(floors - before, axis=1, where=short, initial=0.0)
        return np.minimum(low, high), high
