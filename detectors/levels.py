"""Scores of a series of levels: a metric of any unit, whose values may be below 0.

Of each block of rows the largest value of every view is a record; a row is as strange as its
strangest view, priced against the records of the blocks before its own. Method and figures:
docs/detection.md.
"""

from math import log10
from typing import NamedTuple

import numpy as np

from detectors.leveltails import YOUNG_BLOCKS, LevelTails, level_tails
from detectors.levelverdicts import SCALE, heard
from detectors.levelviews import BLOCK, LevelViews, level_views
from detectors.spans import means
from detectors.tails import Floats, Ints
from detectors.verdicts import USUAL, Scored, once
from schemas.moments import DAY_MINUTES, MINUTE


class _Rows(NamedTuple):
    """Rows that are scored together: their numbers, and the block of each."""

    rows: Ints
    at: Ints


def levels(values: Floats, every: int, bounds: tuple[float, float]) -> Scored:
    """What is said of all rows, `every` so many microseconds.

    `bounds`: log10 of the days in which a value is a finding, up and down, the second not below
    the first. Once in so many days is once in so many blocks over the blocks of a day.
    """
    day_rows = DAY_MINUTES * MINUTE / every
    a_day = log10(day_rows / BLOCK)
    series = _Series(values, level_views(values, max(1, round(day_rows))))
    said, low, high = series.priced(*(SCALE.said_for(max(0.0, bound + a_day)) for bound in bounds))
    days = SCALE.calibrated(said) - a_day
    days[~heard(days.max(axis=1), (USUAL, *bounds))] = 0.0
    up, down = once(days, days >= USUAL).T
    return Scored(_expected(values), low, high, up, down)


class _Series:
    """The rows of a series and their views."""

    def __init__(self, values: Floats, views: LevelViews) -> None:
        self._values, self._views = values, views
        self._own = np.flatnonzero(views.share)
        self._share = views.share[self._own]

    def priced(self, up: float, down: float) -> tuple[Floats, Floats, Floats]:
        """log10 of once in so many blocks, up and down in two columns; the ends of the band.

        `up` and `down` are those of a finding.
        """
        values = self._values
        said, low, high = np.zeros((len(values), 2)), values.copy(), values.copy()
        first = 0
        for known in level_tails(*self._records()):
            rows = np.arange(first, min(len(values), first + len(known.blocks) * BLOCK))
            some = _Rows(rows, (rows - first) // BLOCK)
            said[rows] = self._said(known, some)
            low[rows], high[rows] = self._band(known, some, known.limits(up), known.limits(down))
            first += len(known.blocks) * BLOCK
        return said, low, high

    def _records(self) -> tuple[Floats, Floats]:
        """The largest value of every view, and the size of the numbers, of all whole blocks."""
        whole, columns = len(self._values) // BLOCK, self._views.values.shape[1]
        past = self._views.values[: whole * BLOCK].reshape(whole, BLOCK, columns)
        sizes = self._views.size[: whole * BLOCK].reshape(whole, BLOCK)
        return past.max(axis=1), sizes.max(axis=1)

    def _said(self, known: LevelTails, some: _Rows) -> Floats:
        views = self._views
        strange = known.strangeness(views.values[some.rows], some.at, views.size[some.rows])
        most: Floats = strange.reshape(len(some.rows), 2, -1).max(axis=2)
        return most

    def _band(
        self, known: LevelTails, some: _Rows, most: Floats, least: Floats
    ) -> tuple[Floats, Floats]:
        """Between which no view makes the row a finding, after the rows before; young: itself."""
        values = self._values[some.rows]
        rest = self._views.values[some.rows[:, None], self._own] - self._share * values[:, None]
        roofs, floors = most[:, self._own], -least[:, self._own + len(self._views.share)]
        high = ((roofs[some.at] - rest) / self._share).min(axis=1)
        low = np.minimum(((floors[some.at] - rest) / self._share).max(axis=1), high)
        young = known.blocks[some.at, 0] < YOUNG_BLOCKS
        return np.where(young, values, low), np.where(young, values, high)


def _expected(values: Floats) -> Floats:
    """The mean of the block before; in the first block the first value."""
    ends = np.maximum(np.arange(len(values)) // BLOCK * BLOCK - 1, 0)
    return means(values, BLOCK)[ends]
