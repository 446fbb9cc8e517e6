"""Spans of rows: what the last so many rows add up to, their largest and their least.

Within a span numbers are gathered anew rather than taken from one running sum: a value of 1e30
leaves no rounding behind once it is out of the span.
"""

import numpy as np

from detectors.tails import Floats


def gathered(how: np.ufunc, values: Floats, rows: int) -> Floats:
    """The values of each row and of the rows before it, so many in all, gathered by `how`.

    Before the first row come as many like it. A span is the end of one stretch of that many rows
    and the begin of the next (van Herk 1992): each row is touched three times, however many rows.
    """
    count = len(values)
    if not count:
        return values.copy()
    ahead = np.full(rows, values[0])
    stretches = np.concatenate([ahead, values, np.zeros(-count % rows)]).reshape(-1, rows)
    begins = how.accumulate(stretches, axis=1).ravel()
    ends = how.accumulate(stretches[:, ::-1], axis=1)[:, ::-1].ravel()
    at = np.arange(rows, rows + count)
    whole = at % rows == rows - 1
    out: Floats = np.where(whole, begins[at], how(ends[at - rows + 1], begins[at]))
    return out


def means(values: Floats, rows: int) -> Floats:
    """The mean of so many rows up to each."""
    return gathered(np.add, values, rows) / rows


def before(values: Floats, rows: int) -> Floats:
    """The value so many rows earlier; the first, where there is none."""
    return values[np.maximum(np.arange(len(values)) - rows, 0)]
