"""From how many false alarms an organisation bears to how seldom an alarm must be usual.

The relation was counted on clean weeks of simulated and of real series (docs/detection.md): from
once in 100 days on it is 7 / T a series-week within a factor of two. Below it every bare record of
56 days passes, so there are many more, and the T that follows goes no lower than 90. A shorter one
that a detector sets for itself is read from what was counted at 50; it grows as 7 / T below.
"""

from collections.abc import Iterable
from itertools import pairwise
from math import exp, log

COUNTED = (
    (90, 0.150),
    (100, 0.128),
    (120, 0.097),
    (200, 0.035),
    (500, 0.016),
    (1_000, 0.008),
    (100_000, 0.00008),
)
"""Once in T days, and false alarms upwards a series-week: the worse of both sets, at 90 between
what was counted at 50 and 100, from 1,000 on in proportion."""

LEAST = COUNTED[0][0]
"""No shorter T follows from false alarms, days."""

EAGER = (50, 0.392)
"""The shortest T that was counted, and its false alarms, as those of the table."""

MONTH_WEEKS = 30 / 7


def once_in_days(false_alarms: float, series: int) -> int:
    """T for so many false alarms a month over all of so many series."""
    return round(_read(false_alarms / MONTH_WEEKS / max(1, series), [(b, a) for a, b in COUNTED]))


def false_alarms(once_in: int, series: int) -> float:
    """False alarms a month to be expected of so many series at T."""
    return _week(once_in) * MONTH_WEEKS * series


def _week(once_in: int) -> float:
    """False alarms a series-week at T."""
    shortest, most = EAGER
    if once_in < shortest:
        return most * shortest / once_in
    return _read(once_in, (EAGER, *COUNTED))


def _read(value: float, table: Iterable[tuple[float, float]]) -> float:
    """The second column at a value of the first, between rows by logarithms."""
    rows = sorted(table)
    value = min(max(value, rows[0][0]), rows[-1][0])
    (low, first), (high, last) = next(pair for pair in pairwise(rows) if value <= pair[1][0])
    return first * exp(log(last / first) * log(value / low) / log(high / low))
