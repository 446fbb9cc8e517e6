"""From the strangeness of views to that of a row: log10 of once in so many days."""

import numpy as np

from detectors.tails import Floats

BODY_MOST = 2.1
"""What the bodies alone can say at most: without a dear window they never pass once in 126 days."""

AGREED = 0.2
"""What is added where costs and bodies agree, to the mean of what they say."""

YOUNG = ((7, 0.36), (14, 0.70))
"""Before so many days what is said counts for so much less: until each weekday was seen, and then
seen twice, days are not alike, and what is new is seldom strange.
"""

FALL_MOST = 2.5
"""What records of falls say at most: a public holiday is a record too; the CUSUM goes beyond."""

CUSUM_TEN = 31.25
"""The CUSUM that counts as once in ten days."""

CUSUM_DAYS = 14
"""Days before the CUSUM is heard."""

RAW, TRUE = (0.0, 2.0, 2.12, 2.3, 2.54, 2.75), (-0.1, 1.9, 2.05, 2.27, 2.7, 3.0)
"""What was said, and what it was found to be worth on simulated usual weeks (docs/detection.md)."""


def rise(costs: Floats, bodies: Floats, days: int) -> Floats:
    """Too much: the dearest view, or the bodies, or both together."""
    said = np.maximum(costs, np.minimum(bodies, BODY_MOST))
    said = np.maximum(said, (costs + bodies) / 2 + AGREED)
    return calibrated(said - youth(days))


def youth(days: int) -> float:
    """How much less what is said of a series of that age counts, log10 of days."""
    return next((less for until, less in YOUNG if days < until), 0.0)


def fall(records: Floats, cusum: Floats, days: int) -> Floats:
    """Too little: records up to what they can say, the CUSUM, and both together."""
    far = cusum / CUSUM_TEN if days >= CUSUM_DAYS else np.zeros(len(cusum))
    said = np.maximum(np.minimum(records, FALL_MOST), far)
    return np.maximum(said, (records + far) / 2)


def calibrated(said: Floats) -> Floats:
    """What it is worth; beyond the last measured value it goes on at the same pace."""
    true: Floats = np.interp(said, RAW, TRUE) + np.maximum(0.0, said - RAW[-1])
    return true


def said_for(true: float, days: int) -> float:
    """What has to be said of a series of that age for it to be worth that much."""
    return float(np.interp(true, TRUE, RAW)) + max(0.0, true - TRUE[-1]) + youth(days)
