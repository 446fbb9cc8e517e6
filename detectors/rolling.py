"""Rolling views over the rows of a series, each made of rows up to its own only.

`ends` are the rows past those that are asked for; windows are lengths in rows: rows by windows.
"""

import numpy as np

from detectors.tails import Floats, Ints

LEAST_ACTIVE = 4
"""Rows with a cost that a geometric mean is made of at least."""


class Rolling:
    """A series' rows, none below 0, with their running sums."""

    def __init__(self, costs: Floats) -> None:
        self.costs = costs
        self._sums = _running(costs)
        active = costs > 0
        self._active = np.concatenate([[0], np.cumsum(active)])
        self._logs = _running(np.log(np.where(active, costs, 1.0)))

    def sums(self, ends: Ints, windows: Ints) -> Floats:
        """What the windows that end with each row hold."""
        starts = _starts(ends, windows)
        held: Floats = np.maximum(self._sums[ends][:, None] - self._sums[starts], 0.0)
        return held

    def least(self, ends: Ints, windows: Ints) -> Floats:
        """The cheapest row of each full window."""
        out = np.zeros((len(ends), len(windows)))
        for at, window in enumerate(windows.tolist()):
            full = ends[ends >= window]
            backs = (self.costs[full - back] for back in range(2, window + 1))
            least = self.costs[full - 1]
            for cost in backs:
                np.minimum(least, cost, out=least)
            out[len(ends) - len(full) :, at] = least
        return out

    def geometric(self, ends: Ints, windows: Ints) -> Floats:
        """The geometric mean of the rows of each window that have a cost; 0 where few have."""
        starts = _starts(ends, windows)
        active = self._active[ends][:, None] - self._active[starts]
        logs = self._logs[ends][:, None] - self._logs[starts]
        return np.where(active >= LEAST_ACTIVE, np.exp(logs / np.maximum(active, 1)), 0.0)


def _starts(ends: Ints, windows: Ints) -> Ints:
    """The first row of each window."""
    starts: Ints = np.maximum(0, ends[:, None] - windows)
    return starts


def _running(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])
