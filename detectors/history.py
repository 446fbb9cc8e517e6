"""What is known of a plain series: what it says of a day's rows, then what it learns of them."""

from typing import NamedTuple

import numpy as np

from detectors.aside import kept, set_aside
from detectors.falls import Falls
from detectors.price import KEPT_DAYS
from detectors.rhythm import Rhythm
from detectors.shapes import Form, Group, Shape
from detectors.tails import ABSENT, Bools, Floats, Ints, Tails, tails
from detectors.verdicts import USUAL, Scored, fall, once, rise, said_for
from detectors.views import Seen, Views

EVIDENCE = {Group.COST: 8, Group.BODY: 8, Group.FALL: 4}
"""Days of evidence that a view's usual tail is worth."""

BODY_RANK = 4
"""A day's body is its fourth dearest row: three wild ones do not lift it."""

MOST = 1e300
"""Above every value."""


class Learnt(NamedTuple):
    """What is kept of a day: the largest of each view, its body and its dearest row."""

    date: int
    records: Floats
    body: float
    dearest: float


class History:
    """One series. `bounds`: log10 of the days in which a value is a finding, up and down."""

    def __init__(self, shape: Shape, views: Views, bounds: tuple[float, float]) -> None:
        self._views, self._bounds = views, bounds
        self._falls, self._rhythm = Falls() if shape.falls else None, Rhythm()
        of = shape.views
        self._groups = {
            group: [at for at, view in enumerate(of) if view.group is group] for group in Group
        }
        self._spills = [view.spill if view.group is not Group.FALL else None for view in of]
        self._ratios = np.array([view.form is Form.RATIO for view in of])
        self._dear = np.array([view.group is Group.COST for view in of])
        self._short = np.array([view.group is Group.FALL for view in of])
        self._tail = np.array([view.tail for view in of])
        self._evidence = np.array([EVIDENCE[view.group] for view in of])
        self._handicaps = np.array([view.handicap for view in of])
        self._learns = np.array([view.learns for view in of])
        self._speaks = np.array([view.speaks for view in of])
        self._learnt: list[Learnt] = []

    def day(self, rows: Ints) -> Scored:
        """What is said of the rows of one day, which are then learnt."""
        views, days, first = self._views, len(self._learnt), int(rows[0])
        level = views.level(first)
        week = self._rhythm.usual(level)
        seen, known = views.seen(rows, week, level), self._known(int(views.dates[first]))
        said = self._said(seen.values, known)
        dear, bodies, falls = (self._most(said, group) for group in Group)
        up, down = rise(dear, bodies, days), fall(falls, self._cusum(rows, level), days)
        costs, expected = views.costs[rows], week[views.hours[rows]]
        low, high = self._band(seen, known, costs)
        beyond = self._beyond(seen.values, known)
        self._learn(rows, seen.values)
        # A row that only follows a dear one, in a window that is still full of it, says nothing.
        ups = once(up, beyond & (costs > expected))
        return Scored(expected, low, high, ups, once(down, (down >= USUAL) & (costs < expected)))

    def _beyond(self, values: Floats, known: Tails) -> Bools:
        """The rows in which some view that speaks is dearer than on any day that counts."""
        heard = (self._speaks <= len(self._learnt)) & ~self._short
        some: Bools = (known.beyond(values) & heard).any(axis=1)
        return some

    def _known(self, today: int) -> Tails:
        """The tails of the days that count today; of each view those that it has learnt."""
        days = self._learnt[-KEPT_DAYS:]
        if not days:
            return tails(np.full((1, len(self._tail)), ABSENT), self._tail, self._evidence)
        dates = np.array([day.date for day in days])
        records = np.stack([day.records for day in days])
        aside = set_aside(np.array([day.body for day in days]), dates)
        for column, days_kept in enumerate(kept(aside, dates, today, self._spills)):
            records[~days_kept, column] = ABSENT
        return tails(records, self._tail, self._evidence)

    def _said(self, values: Floats, known: Tails) -> Floats:
        """What each view says; nothing while it is too young to speak."""
        said: Floats = np.maximum(0.0, known.strangeness(values) - self._handicaps)
        said[:, self._speaks > len(self._learnt)] = 0.0
        return said

    def _most(self, said: Floats, group: Group) -> Floats:
        most: Floats = np.max(said[:, self._groups[group]], axis=1, initial=0.0)
        return most

    def _cusum(self, rows: Ints, level: float) -> Floats:
        if self._falls is None:
            return np.zeros(len(rows))
        return self._falls.day(self._views.hours[rows], self._views.costs[rows], level)

    def _band(self, seen: Seen, known: Tails, costs: Floats) -> tuple[Floats, Floats]:
        """Between which a row is no finding, for what its windows hold already."""
        spoken = self._speaks <= len(self._learnt)
        dear, short = self._dear & spoken, self._short & spoken
        before = seen.held - costs[:, None]
        bound = said_for(self._bounds[0], len(self._learnt))
        most = known.limits(bound + self._handicaps)
        least = known.limits(np.full(len(spoken), self._bounds[1]))
        roofs = np.where(self._ratios, most * (seen.usual + seen.offsets) - seen.offsets, most)
        floors = (seen.usual + seen.offsets) / np.maximum(least, 1.0) - seen.offsets
        high = np.min(roofs - before, axis=1, where=dear, initial=MOST) if dear.any() else costs
        low = np.max(floors - before, axis=1, where=short, initial=0.0)
        high = np.maximum(high, 0.0)
        return np.minimum(low, high), high

    def _learn(self, rows: Ints, values: Floats) -> None:
        views, costs = self._views, self._views.costs[rows]
        dearest = max((day.dearest for day in self._learnt[-KEPT_DAYS:]), default=np.inf)
        self._rhythm.learn(views.hours[rows], np.minimum(costs, dearest))
        records = np.where(self._learns <= len(self._learnt), values.max(axis=0), ABSENT)
        body = np.sort(costs)[-min(BODY_RANK, len(costs))]
        day = Learnt(int(views.dates[rows[0]]), records, float(body), float(costs.max()))
        self._learnt.append(day)
