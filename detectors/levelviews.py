"""The views of a series of levels: a metric that may go both ways, below 0 too.

Each view is looked at both ways. Which there are was chosen on the development data of
docs/detection.md, the same for every series.
"""

from typing import NamedTuple

import numpy as np

from detectors.spans import before, gathered, means
from detectors.tails import Floats

BLOCK = 48
"""Rows of a block: of each the largest value of every view is a record."""

LONG = 3 * BLOCK
"""Rows that all have to be high, or all low, for the slowest view."""

SHORT = 12


class LevelViews(NamedTuple):
    """Rows by views: upwards in the first half of the columns, downwards in the second."""

    values: Floats
    share: Floats
    """Of a row's own value in each upward view; 0 where it is no fixed share."""

    size: Floats
    """The farthest from 0 that was met in the last LONG rows: how large the numbers are."""


def level_views(values: Floats, day_rows: int) -> LevelViews:
    """The views of all rows, each of rows up to its own; `day_rows` a day's rows.

    The row itself, and the mean of a block; what they rose by, in one row, since the day before,
    from SHORT rows to the next, from a block to the next; and the least of LONG rows, or their
    largest: what none of them fell short of, or passed.
    """
    block, short = means(values, BLOCK), means(values, SHORT)
    rises = [
        values - before(values, 1),
        _since_yesterday(values, day_rows),
        short - before(short, SHORT),
        block - before(block, BLOCK),
    ]
    least, most = gathered(np.minimum, values, LONG), gathered(np.maximum, values, LONG)
    both = [values, block, *rises]
    shares = [1.0, 1 / BLOCK, 1.0, 1.0, 1 / SHORT, 1 / BLOCK, 0.0]
    columns = [*both, least, *(-one for one in both), -most]
    size = np.maximum(np.abs(least), np.abs(most))
    return LevelViews(np.stack(columns, axis=1), np.array(shares), size)


def _since_yesterday(values: Floats, day_rows: int) -> Floats:
    risen = values - before(values, day_rows)
    risen[:day_rows] = 0.0
    return risen
