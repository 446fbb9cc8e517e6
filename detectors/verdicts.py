"""From the strangeness of views to that of a row: log10 of once in so many days."""

from typing import NamedTuple

import numpy as np

from detectors.scale import Scale
from detectors.tails import Bools, Floats, Ints

BODY_MOST = 2.1
"""What the bodies alone can say at most: without a dear window they never pass once in 126 days."""

AGREED = 0.2
"""What is added where costs and bodies agree, to the mean of what they say."""

YOUTH = np.repeat((0.36, 0.70, 0.0), (7, 7, 1))
"""By days, how much less what is said counts: until each weekday was seen, and then seen twice,
days are not alike, and what is new is seldom strange.
"""

FALL_MOST = 2.5
"""What records of falls say at most: a public holiday is a record too; the CUSUM goes beyond."""

CUSUM_TEN = 31.25
"""The CUSUM that counts as once in ten days."""

CUSUM_DAYS = 14
"""Days before the CUSUM is heard."""

SCALE = Scale((0.0, 2.0, 2.12, 2.3, 2.54, 2.75), (-0.1, 1.9, 2.05, 2.27, 2.7, 3.0))
"""As counted on simulated usual weeks (docs/detection.md)."""

USUAL = 1.0
"""log10 of days: what a usual day shows once in less than ten days is usual."""

FARTHEST_DAYS = 1_000_000
"""Days beyond which it makes no difference how seldom it is."""

FARTHEST = 30.0
"""log10 of days at which strangeness stops growing."""


class Scored(NamedTuple):
    """What is said of rows, one number each; `expected`, `low`, `high` in the unit of the values.

    `up` and `down`: once in so many days; 0 while the value is usual.
    """

    expected: Floats
    low: Floats
    high: Floats
    up: Floats
    down: Floats


def rise(costs: Floats, bodies: Floats, days: int | Ints) -> Floats:
    """Too much: the dearest view, or the bodies, or both together."""
    said = np.maximum(costs, np.minimum(bodies, BODY_MOST))
    said = np.maximum(said, (costs + bodies) / 2 + AGREED)
    return SCALE.calibrated(said - youth(days))


def youth(days: int | Ints) -> Floats:
    """How much less what is said of a series of that age counts, log10 of days."""
    less: Floats = YOUTH[np.minimum(days, len(YOUTH) - 1)]
    return less


def fall(records: Floats, cusum: Floats, days: int | Ints) -> Floats:
    """Too little: records up to what they can say, the CUSUM, and both together."""
    far = np.where(np.asarray(days) >= CUSUM_DAYS, cusum / CUSUM_TEN, 0.0)
    said = np.maximum(np.minimum(records, FALL_MOST), far)
    return np.maximum(said, (records + far) / 2)


def said_for(true: float, days: int | Ints) -> Floats:
    """What has to be said of a series of that age for it to be worth that much."""
    return SCALE.said_for(true) + youth(days)


def days_of(worth: float) -> int:
    """Once in so many whole days, of log10 of days; 0 while that is usual."""
    return int(min(10**worth, FARTHEST_DAYS)) if worth >= USUAL else 0


def once(said: Floats, strange: Bools) -> Floats:
    """Once in so many days; 0 where it is not strange."""
    return np.where(strange, 10.0 ** np.minimum(said, FARTHEST), 0.0)
