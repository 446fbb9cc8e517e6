"""The price of a record: how seldom a usual day goes above a value, told from its largest days.

With exchangeable days the next one is the largest of n + 1 with chance 1 / (n + 1), whatever the
distribution. How much seldomer a value beyond the largest is follows from the spread of the
largest days themselves. Sources: Renyi 1953 and Hill 1975 (spacings, tails), Glick 1978 (records).
"""

from collections.abc import Sequence
from math import exp, fsum, log

KEPT_DAYS = 56
"""Records are forgotten after so many days."""

PRIOR_TAIL = 0.20
PRIOR_DAYS = 4
"""Before it has records a series is taken to have a tail of 0.20, worth four days of evidence."""

GUARD_DAYS = 6
GUARD_ONCE_IN = 500
"""A day rarer than once in 500 is kept as if once in 500, from the seventh record on: one wild day
must not blind the detector, while honest wild days still widen its band."""

FARTHEST = 40.0
"""Exponent at which a limit stops growing: past every amount of money."""


def limit(records: Sequence[float], once_in: int) -> float:
    """The value that a usual day goes above once in `once_in` days; at least the largest record.

    `records` are the largest values of past days in any order, none below 0, at least one.
    """
    ordered = sorted(records, reverse=True)
    return beyond(ordered[0], *_tail(ordered), len(ordered), once_in)


def beyond(most: float, spread: float, evidence: int, days: int, once_in: float) -> float:
    """The same of the largest of `days` records, with the spread of their tail and its evidence."""
    rate = days / (once_in - 1)
    return most * exp(min(FARTHEST, spread * max(0.0, rate ** (-1 / evidence) - 1)))


def chance(records: Sequence[float], value: float) -> float:
    """The chance that a usual day goes above `value`, which is not below the largest record.

    0 where all records are 0: there is no scale by which to price the first cost ever.
    """
    ordered = sorted(records, reverse=True)
    if ordered[0] <= 0:
        return 0.0
    spread, days = _tail(ordered)
    rate = (1 + log(value / ordered[0]) / spread) ** -days
    return rate / (len(ordered) + rate)


def _tail(ordered: Sequence[float]) -> tuple[float, int]:
    """Spread of the tail and the evidence for it; days without cost say nothing of it.

    The sum of rank times log(M_rank / M_(rank + 1)), written as one sum of logarithms.
    """
    ranks = min(len(ordered) // 2, len(ordered) - ordered.count(0) - 1)
    if ranks < 1:
        return PRIOR_DAYS * PRIOR_TAIL, PRIOR_DAYS
    above = fsum(map(log, ordered[:ranks])) - ranks * log(ordered[ranks])
    return PRIOR_DAYS * PRIOR_TAIL + max(0.0, above), PRIOR_DAYS + ranks


def guarded(records: Sequence[float], value: float) -> float:
    """What is kept of a new day whose largest value was `value` (see GUARD_ONCE_IN)."""
    if len(records) <= GUARD_DAYS or not 0 < max(records) < value:
        return value
    return min(value, limit(records, GUARD_ONCE_IN))
