"""The views of a series' rows, day by day: one column a view of its shape."""

from dataclasses import dataclass

import numpy as np

from detectors.rhythm import slots
from detectors.rolling import Rolling
from detectors.shapes import Form, Group, Shape
from detectors.tails import Floats, Ints
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, MINUTE

OFFSETS = {Form.RATIO: 0.5, Form.SHORTFALL: 0.1}
"""Of the level, times the root of the rows, added above and below a ratio."""

LEAST = 1e-200
"""Added as well: a ratio of nothing to nothing is 1."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A day's rows by views."""

    values: Floats
    held: Floats
    """What the windows hold, the row itself included."""

    usual: Floats
    """What they usually hold."""

    offsets: Floats
    """What is added to ratios on both sides."""


class Views:
    """The rows of one series, none below 0."""

    def __init__(self, shape: Shape, times: Ints, costs: Floats, every: int) -> None:
        self.views, self.costs = shape.views, costs
        self.hours = slots(times // (HOUR_MINUTES * MINUTE))
        self.dates = times // (DAY_MINUTES * MINUTE)
        self.rolling = Rolling(costs)
        self._windows = [max(1, round(view.minutes * MINUTE / every)) for view in self.views]
        self._bodies = {
            index: self.rolling.body(view.form, self._windows[index])
            for index, view in enumerate(self.views)
            if view.group is Group.BODY
        }
        self._lengths = sorted(set(self._windows))
        self._place = [self._lengths.index(window) for window in self._windows]
        sums = np.stack(list(map(self.rolling.sums, self._lengths)), axis=1)
        self._held: Floats = sums[:, self._place]
        shares = np.array([OFFSETS.get(view.form, 0.0) for view in self.views])
        self._offsets: Floats = shares * np.sqrt(self._windows)

    def seen(self, rows: Ints, week: Floats, level: float, busy: float) -> Seen:
        """A day's rows; `week` is the usual cost of a row by its hour of the week.

        `level` and `busy`: what a row costs on average, and one that has a cost.
        """
        held, usual = self._held[rows], self._usual(rows, week)
        offsets = self._offsets * level + LEAST
        values = np.empty_like(held)
        for index, view in enumerate(self.views):
            if view.group is Group.BODY:
                body = self._bodies[index][rows]
                values[:, index] = body + busy if view.form is Form.LEAST else body
            elif view.form is Form.SUM:
                values[:, index] = held[:, index]
            else:
                values[:, index] = _ratio(
                    view.form, held[:, index], usual[:, index], offsets[index]
                )
        return Seen(values, held, usual, offsets)

    def _usual(self, rows: Ints, week: Floats) -> Floats:
        """What windows that end with the rows usually hold."""
        start = max(0, int(rows[0]) + 1 - max(self._windows))
        sums = np.concatenate([[0.0], np.cumsum(week[self.hours[start : int(rows[-1]) + 1]])])
        ends = rows + 1 - start
        last = sums[ends]
        usual = [last - sums[np.maximum(0, ends - window)] for window in self._lengths]
        return np.stack(usual, axis=1)[:, self._place]


def _ratio(form: Form, held: Floats, usual: Floats, offset: float) -> Floats:
    """What windows hold over what they usually hold, or the other way round for a shortfall."""
    above, below = (usual, held) if form is Form.SHORTFALL else (held, usual)
    out: Floats = (above + offset) / (below + offset)
    return out
