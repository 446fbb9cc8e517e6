"""The views of a shape side by side: what they say of rows, by the days that are known."""

import numpy as np

from detectors.aside import GUARD, Guard, kept, set_aside
from detectors.days import Days
from detectors.shapes import FALLS, HOURS, MINUTES, RISES, Form, Group, Shape
from detectors.tails import ABSENT, Bools, Floats, Ints, Tails, tails

EVIDENCE = {Group.COST: 8, Group.BODY: 8, Group.FALL: 4}
"""Days of evidence that a view's usual tail is worth."""


class Panel:
    """One column a view; the same for all series."""

    def __init__(self, shape: Shape, guard: Guard = GUARD) -> None:
        self.shape, self.guard, of = shape, guard, shape.views
        self.groups = {
            group: [at for at, view in enumerate(of) if view.group is group] for group in Group
        }
        self.ratios = np.array([view.form is Form.RATIO for view in of])
        self.dear = np.array([view.group is Group.COST for view in of])
        self.short = np.array([view.group is Group.FALL for view in of])
        self.handicaps = np.array([view.handicap for view in of])
        self._spills = [view.spill if view.group is not Group.FALL else None for view in of]
        self._tail = np.array([view.tail for view in of])
        self._evidence = np.array([EVIDENCE[view.group] for view in of])
        self._learns = np.array([view.learns for view in of])
        self._speaks = np.array([view.speaks for view in of])
        lengths = [view.minutes for view in of]
        self._ends = np.array([lengths.index(view.end or view.minutes) for view in of])
        self._times: Floats = np.array([view.minutes / (view.end or view.minutes) for view in of])
        """How many times as long as its end each view is."""

    def __len__(self) -> int:
        """How many views there are."""
        return len(self.handicaps)

    def counting(self, days: Days, today: int) -> Bools:
        """Days by views: which records count today."""
        aside = set_aside(days.bodies, days.dates, self.guard)
        return kept(aside, days.dates, today, self._spills, self.guard.due)

    def tails(self, records: Floats) -> Tails:
        """The tails of records: days by views, or mornings by days by views."""
        return tails(records, self._tail, self._evidence)

    def speaking(self, days: int | Ints) -> Bools:
        """The views that are heard of a series of so many days."""
        heard: Bools = self._speaks <= np.asarray(days)[..., None]
        return heard

    def going_on(self, over: Floats) -> Bools:
        """The views whose end is as far over the usual, by its length, as all of it."""
        on: Bools = over[:, self._ends] * self._times >= over
        return on

    def least(self, over: Floats) -> Floats:
        """What a row costs at the least if each view goes on after it; `over` are windows without
        the row.
        """
        least = (over - self._times * over[:, self._ends]) / np.maximum(self._times - 1, 1.0)
        return np.where(self._times > 1, least, 0.0)

    def said(self, values: Floats, known: Tails, heard: Bools) -> Floats:
        """What each view says of rows, where it is heard."""
        said = np.maximum(0.0, known.strangeness(values) - self.handicaps)
        return np.where(heard, said, 0.0)

    def most(self, said: Floats, group: Group) -> Floats:
        """The most that a view of the group says of each row."""
        most: Floats = np.max(said[:, self.groups[group]], axis=1, initial=0.0)
        return most

    def beyond(self, values: Floats, known: Tails, heard: Bools) -> Bools:
        """Views by rows: where one that is heard is dearer than on any day that counts."""
        above: Bools = known.beyond(values) & heard & ~self.short
        return above

    def learnt(self, values: Floats, firsts: Ints, days: Ints) -> Floats:
        """The records of days that begin with those rows: the largest of each view that learns by
        then, of a series that knows so many `days`.
        """
        largest = np.maximum.reduceat(values, firsts - firsts[0], axis=0)
        return np.where(self._learns <= days[:, None], largest, ABSENT)


PANELS = {shape: Panel(shape) for shape in (RISES, FALLS, HOURS, MINUTES)}
