"""The views of a series' rows, day by day: one column a view of its shape."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from detectors.mornings import Mornings
from detectors.rhythm import slots
from detectors.rolling import Rolling
from detectors.shapes import Form, Shape
from detectors.tails import Floats, Ints
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, MINUTE

OFFSETS = {Form.RATIO: 0.5, Form.SHORTFALL: 0.1}
"""Of the level, times the root of the rows, added above and below a ratio."""

LEAST = 1e-200
"""Added as well: a ratio of nothing to nothing is 1."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Rows by views."""

    values: Floats
    held: Floats
    """What the windows hold, the row itself included."""

    usual: Floats
    """What they usually hold."""

    offsets: Floats
    """What is added to ratios on both sides."""


class Layout:
    """The views of a shape over rows that are so many microseconds apart."""

    def __init__(self, shape: Shape, every: int) -> None:
        rows = [max(1, round(view.minutes * MINUTE / every)) for view in shape.views]
        self.windows = np.array(rows)
        shares = np.array([OFFSETS.get(view.form, 0.0) for view in shape.views])
        self.offsets: Floats = shares * np.sqrt(self.windows)
        self.columns = {
            form: np.array([at for at, view in enumerate(shape.views) if view.form is form], int)
            for form in Form
        }


layout = lru_cache(Layout)
"""Of a shape and a spacing; the same for all series that have it."""


class Views:
    """The rows of one series, none below 0; `every` is their nominal spacing, microseconds."""

    def __init__(self, shape: Shape, times: Ints, costs: Floats, every: int) -> None:
        self.costs, self._layout = costs, layout(shape, every)
        self.hours = slots(times // (HOUR_MINUTES * MINUTE))
        self.dates = times // (DAY_MINUTES * MINUTE)
        self.rolling = Rolling(costs)

    def seen(self, days: Mornings) -> Seen:
        """The rows of days that follow one another."""
        of, columns, day = self._layout, self._layout.columns, days.day
        ends = np.arange(days.firsts[0], days.lasts[-1]) + 1
        held, usual = self.rolling.sums(ends, of.windows), self._usual(days, ends)
        offsets = (of.offsets * days.levels[:, None] + LEAST)[day]
        values, above, below = held.copy(), held + offsets, usual + offsets
        ratio, short = columns[Form.RATIO], columns[Form.SHORTFALL]
        least, mean = columns[Form.LEAST], columns[Form.GEOMETRIC]
        values[:, ratio] = above[:, ratio] / below[:, ratio]
        values[:, short] = below[:, short] / above[:, short]
        values[:, mean] = self.rolling.geometric(ends, of.windows[mean])
        values[:, least] = self.rolling.least(ends, of.windows[least]) + days.busy[day][:, None]
        return Seen(values, held, usual, offsets)

    def _usual(self, days: Mornings, ends: Ints) -> Floats:
        """What windows that end with the rows usually hold, each by what its own day knows."""
        starts = np.maximum(0, days.firsts + 1 - self._layout.windows.max())
        counts = days.lasts - starts
        before = np.cumsum(counts) - counts
        rows = np.arange(before[-1] + counts[-1]) + np.repeat(starts - before, counts)
        weeks = days.weeks[np.repeat(np.arange(len(counts)), counts), self.hours[rows]]
        here = (ends + (before - starts)[days.day])[:, None]
        return _added(
            weeks, np.maximum(before[days.day][:, None], here - self._layout.windows), here
        )


def _added(values: Floats, begins: Ints, ends: Ints) -> Floats:
    """The sums from each place to another, each by itself: what is far apart is not subtracted."""
    pairs = np.stack(np.broadcast_arrays(begins, ends), axis=-1)
    added = np.add.reduceat(np.append(values, 0.0), pairs.ravel())[::2]
    return added.reshape(begins.shape)
