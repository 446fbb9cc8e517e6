"""Scores of a series of levels: a metric of any unit, whose values may be below 0.

Of each block of rows the largest value of every view is a record; a row is as strange as its
strangest view, priced against the records of the blocks before its own. Method and figures:
docs/detection.md.
"""

import numpy as np

from detectors.history import Day, once
from detectors.leveltails import YOUNG_BLOCKS, LevelTails, level_tails
from detectors.levelviews import BLOCK, LevelViews, level_views
from detectors.spans import means
from detectors.tails import Floats, Ints
from schemas.moments import DAY_MINUTES, MINUTE

SILENT = 3 * BLOCK
"""Rows after a finding that say nothing: the same change goes through every view."""


def levels(values: Floats, every: int, bounds: tuple[float, float]) -> Day:
    """What is said of all rows, `every` so many microseconds; see scoring.Scored.

    `bounds`: log10 of the days in which a value is a finding, up and down. A block's once in so
    many is that of a day times the blocks of a day.
    """
    day_rows = DAY_MINUTES * MINUTE / every
    views = level_views(values, max(1, round(day_rows)))
    a_day = float(np.log10(day_rows / BLOCK))
    said, lows, highs = _priced(views, values, bounds[0] + a_day, bounds[1] + a_day)
    days = np.maximum(said - a_day, 0.0)
    days[_silent(days.max(axis=1), bounds[0])] = 0.0
    return Day(_expected(values), lows, highs, once(days[:, 0]), once(days[:, 1]))


def _priced(
    views: LevelViews, values: Floats, up: float, down: float
) -> tuple[Floats, Floats, Floats]:
    """log10 of once in so many blocks, up and down in two columns; the band's two ends.

    `up` and `down` are those of a finding.
    """
    full = len(values) // BLOCK
    past = views.values[: full * BLOCK].reshape(full, BLOCK, views.values.shape[1])
    sizes = views.size[: full * BLOCK].reshape(full, BLOCK).max(axis=1)
    said, low, high = np.zeros((len(values), 2)), values.copy(), values.copy()
    first = 0
    for known in level_tails(past.max(axis=1), sizes):
        rows = np.arange(first, min(len(values), first + len(known.blocks) * BLOCK))
        at = (rows - first) // BLOCK
        strange = known.strangeness(views.values[rows], at, views.size[rows])
        said[rows] = strange.reshape(len(rows), 2, -1).max(axis=2)
        low[rows], high[rows] = _band(known, views, values, rows, at, (up, down))
        first += len(known.blocks) * BLOCK
    return said, low, high


def _band(
    known: LevelTails, views: LevelViews, values: Floats, rows: Ints, at: Ints,
    bounds: tuple[float, float],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Between which a row is no finding, for the rows before it; the row itself while young."""
    own, count = views.share > 0, len(views.share)
    share = views.share[own]
    rest = views.values[rows][:, :count][:, own] - share * values[rows, None]
    most = known.limits(bounds[0])[:, :count][at][:, own]
    least = known.limits(bounds[1])[:, count:][at][:, own]
    high = ((most - rest) / share).min(axis=1)
    low = ((-least - rest) / share).max(axis=1)
    young = known.blocks[at, 0] < YOUNG_BLOCKS
    high = np.where(young, values[rows], high)
    return np.where(young, values[rows], np.minimum(low, high)), high


def _silent(days: Floats, bound: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The rows behind a finding either way."""
    silent, loud, place = np.zeros(len(days), dtype=np.bool_), np.flatnonzero(days >= bound), 0
    while place < len(loud):
        row = int(loud[place])
        silent[row + 1 : row + 1 + SILENT] = True
        place = int(np.searchsorted(loud, row + SILENT, side="right"))
    return silent


def _expected(values: Floats) -> Floats:
    """The mean of the block before; of the first row, in the first block."""
    ends = np.maximum(np.arange(len(values)) // BLOCK * BLOCK - 1, 0)
    return means(values, BLOCK)[ends]
