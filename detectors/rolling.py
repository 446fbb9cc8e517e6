"""Rolling views over the rows of a series, each made of rows up to its own only."""

import numpy as np

from detectors.shapes import Form
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

    def sums(self, window: int) -> Floats:
        """What the window of so many rows that ends with each row holds."""
        starts, ends = self._spans(window)
        return np.maximum(self._sums[ends] - self._sums[starts], 0.0)

    def _spans(self, window: int) -> tuple[Ints, Ints]:
        """The first row of each window, and the one past its last."""
        ends = np.arange(1, len(self.costs) + 1)
        return np.maximum(0, ends - window), ends

    def body(self, form: Form, window: int) -> Floats:
        """What most rows of each window do."""
        return self.least(window) if form is Form.LEAST else self.geometric(window)

    def least(self, window: int) -> Floats:
        """The cheapest row of each full window."""
        out, rows = np.zeros(len(self.costs)), len(self.costs)
        if rows >= window:
            least = self.costs[window - 1 :].copy()
            for back in range(1, window):
                np.minimum(least, self.costs[window - 1 - back : rows - back], out=least)
            out[window - 1 :] = least
        return out

    def geometric(self, window: int) -> Floats:
        """The geometric mean of the rows of each window that have a cost; 0 where few have."""
        starts, ends = self._spans(window)
        active = self._active[ends] - self._active[starts]
        logs = self._logs[ends] - self._logs[starts]
        return np.where(active >= LEAST_ACTIVE, np.exp(logs / np.maximum(active, 1)), 0.0)

    def level(self, end: int, span: int) -> float:
        """The mean of the last rows before `end`."""
        start = max(0, end - span)
        return max(0.0, float(self._sums[end] - self._sums[start])) / max(1, end - start)

    def busy(self, end: int, span: int) -> float:
        """The mean of those among the last rows before `end` that have a cost."""
        start = max(0, end - span)
        active = int(self._active[end] - self._active[start])
        return max(0.0, float(self._sums[end] - self._sums[start])) / max(1, active)


def _running(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])
