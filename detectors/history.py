"""What is known of a plain series: what it says of a day's rows, then what it learns of them."""

import numpy as np

from detectors.days import Days
from detectors.falls import Falls
from detectors.panel import Panel
from detectors.rhythm import Rhythm
from detectors.shapes import Group
from detectors.tails import Floats, Ints, Tails
from detectors.verdicts import USUAL, Scored, fall, once, rise, said_for
from detectors.views import Seen, Views

LEVEL_DAYS = 28
"""Days of which the level, and the level of rows with a cost, are the mean."""

MOST = 1e300
"""Above every value."""


class History:
    """One series. `bounds`: log10 of the days in which a value is a finding, up and down."""

    def __init__(self, panel: Panel, views: Views, bounds: tuple[float, float]) -> None:
        self._panel, self._views, self._bounds = panel, views, bounds
        self._rows: list[int] = []
        self._falls, self._rhythm = Falls.none() if panel.shape.falls else None, Rhythm.blank()
        self._days = Days.none(len(panel))

    def day(self, rows: Ints) -> Scored:
        """What is said of the rows of one day, which are then learnt."""
        views, panel, days = self._views, self._panel, len(self._days)
        first, known = int(rows[0]), panel.known(self._days, int(views.dates[rows[0]]))
        span = sum(self._rows[-LEVEL_DAYS:])
        level = views.rolling.level(first, span)
        week = self._rhythm.usual(level)
        seen = views.seen(rows, week, level, views.rolling.busy(first, span))
        said = panel.said(seen.values, known, days)
        dear, bodies, falls = (panel.most(said, group) for group in Group)
        up, down = rise(dear, bodies, days), fall(falls, self._cusum(rows, level), days)
        costs, expected = views.costs[rows], week[views.hours[rows]]
        low, high = self._band(seen, known, costs)
        beyond = panel.beyond(seen.values, known, days).any(axis=1)
        self._learn(rows, seen.values)
        # A row that only follows a dear one, in a window that is still full of it, says nothing.
        ups = once(up, beyond & (costs > expected))
        return Scored(expected, low, high, ups, once(down, (down >= USUAL) & (costs < expected)))

    def _cusum(self, rows: Ints, level: float) -> Floats:
        if self._falls is None:
            return np.zeros(len(rows))
        slots, costs = self._views.hours[rows], self._views.costs[rows]
        self._falls, sums = self._falls.and_then(slots, costs, self._falls.coming(slots, level))
        return sums

    def _band(self, seen: Seen, known: Tails, costs: Floats) -> tuple[Floats, Floats]:
        """Between which a row is no finding, for what its windows hold already."""
        panel, days = self._panel, len(self._days)
        spoken = panel.speaking(days)
        dear, short = panel.dear & spoken, panel.short & spoken
        before = seen.held - costs[:, None]
        most = known.limits(said_for(self._bounds[0], days) + panel.handicaps)
        least = known.limits(np.full(len(panel), self._bounds[1]))
        roofs = np.where(panel.ratios, most * (seen.usual + seen.offsets) - seen.offsets, most)
        floors = (seen.usual + seen.offsets) / np.maximum(least, 1.0) - seen.offsets
        high = np.min(roofs - before, axis=1, where=dear, initial=MOST) if dear.any() else costs
        low = np.max(floors - before, axis=1, where=short, initial=0.0)
        high = np.maximum(high, 0.0)
        return np.minimum(low, high), high

    def _learn(self, rows: Ints, values: Floats) -> None:
        views, costs = self._views, self._views.costs[rows]
        usual = np.minimum(costs, self._days.most())
        self._rhythm = self._rhythm.and_then(views.hours[rows], usual)
        records = self._panel.learnt(values, len(self._days))
        self._rows.append(len(rows))
        self._days = self._days.and_then(int(views.dates[rows[0]]), costs, records)
