"""From the strangest view of a row of levels to what is said of it."""

from collections.abc import Sequence

import numpy as np

from detectors.levelviews import BLOCK
from detectors.scale import Scale
from detectors.tails import Bools, Floats

SILENT = 3 * BLOCK
"""Rows after one that was heard in which only what is on a higher rung is: one change goes through
every view, and through some again when they leave it behind.
"""

SCALE = Scale(
    (0.0, 2.03, 2.28, 2.53, 2.78, 3.03, 3.28, 3.53, 3.78, 4.03, 4.28),
    (0.0, 1.16, 1.50, 1.82, 2.12, 2.39, 2.63, 2.79, 2.90, 3.05, 3.13),
)
"""log10 of the blocks that the strangest of all views says, and what that was found to be worth: on
80 simulated series of 110 days of five minutes that do not change, noise of eight kinds, normal to
heavy-tailed, with and without memory and a day's rhythm; their mean.
"""


def heard(strange: Floats, rungs: Sequence[float]) -> Bools:
    """The rows that are heard: on a higher rung than any that was in the SILENT rows before.

    `rungs`, ascending: how strange a row is on each of them; below the first none is heard.
    """
    reached = np.searchsorted(rungs, strange, side="right")
    last = [-SILENT - 1] * (len(rungs) + 1)
    out = np.zeros(len(strange), dtype=np.bool_)
    for row in np.flatnonzero(reached).tolist():
        rung = int(reached[row])
        if row - max(last[rung:]) > SILENT:
            last[rung], out[row] = row, True
    return out
