"""An amount over time: whole parts that sum to it exactly."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from schemas.moments import HOUR_MINUTES, MINUTE, SECOND

HOUR = HOUR_MINUTES * MINUTE
"""Microseconds."""


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in proportion to weights, in whole parts that sum to it.

    Each part is what rounding the running total down adds, so it is off by less than 1, and the
    parts of -total are the negated parts of total. Raises ValueError where a weight is negative or
    all are 0.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights are not negative, and one is above 0")
    if total < 0:
        return [-part for part in spread(-total, weights)]
    running = [total * weight // whole for weight in accumulate(weights, initial=0)]
    return [after - before for before, after in pairwise(running)]


def gpu_minutes(start_micros: int, duration_s: int) -> list[tuple[int, int]]:
    """The minutes since 1970 of `[start, start + duration)` with the microseconds in each.

    No duration is a moment: its minute, with weight 1.
    """
    if duration_s == 0:
        return [(start_micros // MINUTE, 1)]
    end = start_micros + duration_s * SECOND
    return [(at // MINUTE, weight) for at, weight in _cut(start_micros, end, MINUTE)]


def seat_hours(period_start_micros: int, period_end_micros: int) -> list[tuple[int, int]]:
    """The hours UTC of `[start, end)` with the microseconds in each; an hour is its first minute.

    So a seat accrues evenly, day by day and within the day: what is paid for a month is no burst
    of one minute. Raises ValueError where the period does not end after it starts.
    """
    if period_end_micros <= period_start_micros:
        raise ValueError("the period does not end after it starts")
    hours = _cut(period_start_micros, period_end_micros, HOUR)
    return [(at // MINUTE, weight) for at, weight in hours]


def _cut(start: int, end: int, length: int) -> Iterator[tuple[int, int]]:
    """Stretches of a length, aligned to 1970, with how much of each lies in `[start, end)`."""
    for at in range(start - start % length, end, length):
        yield at, min(end, at + length) - max(start, at)
