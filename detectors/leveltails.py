"""The price of a record where what is added counts, not what it is multiplied by.

As tails.py, but with the distance to the largest record in place of its logarithm: numbers may be
below 0, and twice of almost nothing is nothing.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from detectors.tails import TINY, Floats, Ints

KEPT_BLOCKS = 112
"""Records are forgotten after so many blocks."""

PRIOR_BLOCKS = 12
PRIOR_TAIL = 0.1
"""Before it has records a view is taken to have a tail of a tenth of the distance between the
quarters of its records, worth twelve blocks of evidence.
"""

YOUNG_BLOCKS = 8
"""Blocks before any view is heard."""

ROUNDING = 1e-12
"""Of the largest number met: what is less beyond a record is the rounding of sums."""

FARTHEST_TIMES = 1e15
"""Times its scale at which a distance stops growing."""

AT_ONCE = 64
"""Blocks that are priced together."""


class LevelTails(NamedTuple):
    """What is known of each view at the begin of blocks; blocks by views, or one a block."""

    blocks: Floats
    largest: Floats
    spread: Floats
    evidence: Floats
    least: Floats
    """Distances that are none."""

    def strangeness(self, values: Floats, at: Ints, size: Floats) -> Floats:
        """log10 of the blocks in which a usual block goes above values once; rows by views.

        `at` is the block of each row, `size` how large its numbers are. 0 up to the largest record,
        and while the series is young.
        """
        beyond = values - self.largest[at]
        scale = np.maximum(self.spread[at], beyond / FARTHEST_TIMES)
        ratio = np.maximum(beyond, 0.0) / np.maximum(scale, TINY)
        seldom = np.exp(np.minimum(self.evidence[at] * np.log1p(ratio), 600.0))
        told = np.log10(self.blocks[at] * seldom + 1)
        heard = beyond > np.maximum(self.least[at], ROUNDING * size[:, None])
        out: Floats = np.where(heard & (self.blocks[at] >= YOUNG_BLOCKS), told, 0.0)
        return out

    def limits(self, strangeness: float) -> Floats:
        """The values that are so strange, blocks by views; at least the largest records."""
        rate = self.blocks / max(10.0**strangeness - 1, TINY)
        root = np.maximum(rate, TINY) ** (-1 / self.evidence) - 1
        out: Floats = self.largest + self.spread * np.maximum(root, 0.0) + self.least
        return out


def level_tails(records: Floats, sizes: Floats) -> Iterator[LevelTails]:
    """What is known at the begin of each block and of the one after the last, AT_ONCE together.

    `records` are the largest values of past blocks, blocks by views; `sizes` one a block.
    """
    none = np.full((KEPT_BLOCKS, records.shape[1]), -np.inf)
    held = np.lib.stride_tricks.sliding_window_view(np.vstack([none, records]), KEPT_BLOCKS, axis=0)
    nothing = np.concatenate([np.zeros(KEPT_BLOCKS), sizes])
    largest = np.lib.stride_tricks.sliding_window_view(nothing, KEPT_BLOCKS).max(axis=1)
    for first in range(0, len(held), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        yield _tails(held[some], np.arange(len(held))[some], largest[some])


def _tails(held: Floats, passed: Ints, sizes: Floats) -> LevelTails:
    blocks = np.minimum(passed, KEPT_BLOCKS)
    ordered = -np.sort(-held, axis=2)
    ordered[np.isneginf(ordered)] = 0.0
    ranks = np.maximum(blocks // 2, np.minimum(blocks - 1, 1)).clip(0)
    above = np.cumsum(ordered, axis=2)
    spacings = _ranked(above, ranks - 1) - ranks[:, None] * _ranked(ordered, ranks)
    spacings[ranks == 0] = 0.0
    quarters = _ranked(ordered, blocks // 4) - _ranked(ordered, blocks * 3 // 4)
    return LevelTails(
        blocks=blocks[:, None].astype(np.float64),
        largest=ordered[:, :, 0],
        spread=PRIOR_BLOCKS * PRIOR_TAIL * np.maximum(quarters, 0.0) + np.maximum(spacings, 0.0),
        evidence=PRIOR_BLOCKS + ranks[:, None].astype(np.float64),
        least=ROUNDING * sizes[:, None],
    )


def _ranked(ordered: Floats, ranks: Ints) -> Floats:
    """The value of each view that has a rank, its block's own."""
    found: Floats = np.take_along_axis(ordered, ranks.clip(0)[:, None, None], axis=2)[:, :, 0]
    return found
