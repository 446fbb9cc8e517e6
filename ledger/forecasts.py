"""What will have been spent when the month ends: spent so far, and what its hours usually cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import isqrt

from schemas.money import divided

HOUR = 60
"""Minutes."""

DAY = 24
WEEK = 168
"""Hours."""

WEEKS = 4
"""No more of the past is asked, so that a lasting change is believed within a month."""

TWELFTHS = 12
"""Divisible by 1 to 4, the times an hour of the week can have been seen: means stay whole."""

STUDENT = (3078, 1886, 1638, 1533, 1476, 1440, 1415, 1397, 1383, 1372, 1363, 1356)
"""The 90 % point of Student's t for 1, 2, ... degrees of freedom, in thousandths: eight in ten lie
between it and its negative (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2). From the
last on it falls to 1282 only, and is kept."""


class Basis(StrEnum):
    """What a forecast rests on."""

    ENDED = "ended"
    """The period is over: nothing is left to be guessed."""

    NOTHING = "nothing"
    """No hour is known: the forecast is what is spent."""

    RATE = "rate"
    """Less than a week is known: every hour to come costs what the known ones did on average."""

    PROFILE = "profile"
    """Each hour to come costs what that hour of the week did, over up to four weeks."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Nano-dollars at the end of the period; eight in ten end in `[low, high]`."""

    expected: int
    low: int
    high: int
    basis: Basis


def forecast(hours: Sequence[int], spent: int, now: int, end: int) -> Forecast:
    """The forecast at minute `now` of a period that ends at minute `end`, both since 1970.

    `hours` are the costs of the closed hours before that of `now`, oldest first without a gap,
    from the series' first on and never negative; `spent` is all that the period has cost up to
    `now`. An hour that is cut by `now` or `end` counts for its minutes.

    The band is as wide as whole weeks (days, hours, where less than two are known) have differed:
    totals that do not depend on each other vary as their number, and what is thought of their
    mean is off as well (prediction interval for the mean of future observations: Hahn and Meeker,
    Statistical Intervals, chapter 4). A trend is not followed.
    """
    left = end - now
    if left <= 0:
        return Forecast(spent, spent, spent, Basis.ENDED)
    known = hours[-WEEKS * WEEK :]
    if not known:
        return Forecast(spent, spent, spent, Basis.NOTHING)
    seasonal = len(known) >= WEEK
    rest = _profiled(known, now, end) if seasonal else divided(sum(known) * left, len(known) * HOUR)
    margin = _margin(known, left, rest)
    basis = Basis.PROFILE if seasonal else Basis.RATE
    return Forecast(spent + rest, spent + max(0, rest - margin), spent + rest + margin, basis)


def _profiled(known: Sequence[int], now: int, end: int) -> int:
    """What the minutes `[now, end)` cost by the mean of their hours of the week."""
    first = now // HOUR - len(known)
    means = [_mean(known[slot::WEEK]) for slot in range(WEEK)]
    parts = (minutes * means[(hour - first) % WEEK] for hour, minutes in _hours(now, end))
    return divided(sum(parts), TWELFTHS * HOUR)


def _mean(seen: Sequence[int]) -> int:
    """Twelve times the mean of one to four costs."""
    return sum(seen) * (TWELFTHS // len(seen))


def _hours(now: int, end: int) -> Iterator[tuple[int, int]]:
    """The hours since 1970 in `[now, end)`, and how many of their minutes lie in it."""
    for hour in range(now // HOUR, -(-end // HOUR)):
        yield hour, min(end, (hour + 1) * HOUR) - max(now, hour * HOUR)


def _margin(known: Sequence[int], left: int, rest: int) -> int:
    """Half the band; as much as the rest itself where a single hour is known."""
    size = next((size for size in (WEEK, DAY, 1) if len(known) >= 2 * size), 0)
    if not size:
        return rest
    totals = _totals(known, size)
    to_come = Fraction(left, size * HOUR)
    variance = _variance(totals) * to_come * (1 + to_come / len(totals))
    quantile = Fraction(STUDENT[min(len(totals) - 1, len(STUDENT)) - 1], 1000)
    return isqrt(int(variance * quantile**2))


def _totals(known: Sequence[int], size: int) -> list[int]:
    """The costs of whole blocks of `size` hours, the last of which ends now."""
    return [sum(known[at : at + size]) for at in range(len(known) % size, len(known), size)]


def _variance(totals: Sequence[int]) -> Fraction:
    """The unbiased variance of two totals or more."""
    mean = Fraction(sum(totals), len(totals))
    squares = sum(((total - mean) ** 2 for total in totals), Fraction(0))
    return squares / (len(totals) - 1)
