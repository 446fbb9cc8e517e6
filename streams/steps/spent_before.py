"""What a series had spent in a period when a budget of it is first seen, from the buckets kept.

Days count whole, and days that the period cuts by the hour, as far as hours are kept. Times are
minutes since 1970, money nano-dollars.
"""

from collections.abc import Iterable, Iterator

from ledger.periods import Period
from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.states import Bucket
from streams.steps import withheld
from streams.steps.amounts import direct
from streams.steps.step import Draft

Grained = tuple[int, int, Bucket]
"""A bucket with its first minute and its length."""


def directly(draft: Draft, name: str, period: Period, now: int) -> int:
    """What it had spent itself in the period's minutes before `now`, the first open one."""
    days = list(_within(draft, name, "day", DAY_MINUTES, period))
    full = {start for start, _, _ in days}
    hours = [
        one
        for one in _within(draft, name, "hour", HOUR_MINUTES, period)
        if one[0] // DAY_MINUTES * DAY_MINUTES not in full or now < one[0] + HOUR_MINUTES
    ]
    cut = [one for one in _within(draft, name, "minute", 1, period) if one[0] < now]
    minutes = [one for one in cut if _is_cut(one[0], period)]
    apart = ((at, direct(held)) for at, held in withheld.of(draft, name).items())
    return sum(direct(held) for _, _, held in (*days, *hours, *minutes)) + inside(
        apart, period, now
    )


def shared(draft: Draft, name: str, period: Period, final: int) -> int:
    """What it had got of pools in the period's days before the minute `final`."""
    days = _within(draft, name, "day", DAY_MINUTES, period)
    return sum(held.shared for start, _, held in days if start < final)


def _within(draft: Draft, name: str, grain: str, size: int, period: Period) -> Iterator[Grained]:
    """The buckets of a grain that lie in the period from their first minute to their last."""
    for index, held in draft.below(("bucket", name, grain)).items():
        start = int(index) * size
        if period.start <= start and start + size <= period.end:
            yield start, size, held


def _is_cut(minute: int, period: Period) -> bool:
    """Whether the period begins or ends within the minute's hour, as in zones of half an hour."""
    start = minute - minute % HOUR_MINUTES
    return start < period.start or start + HOUR_MINUTES > period.end


def inside(amounts: Iterable[tuple[int, int]], period: Period, until: int) -> int:
    """The amounts of the period's minutes before another."""
    return sum(cost for at, cost in amounts if period.start <= at < min(period.end, until))
