"""Sums of costs over windows that end with a bucket."""

from collections.abc import Sequence
from itertools import accumulate
from operator import sub


def largest(costs: Sequence[int], windows: Sequence[int], stretch: int) -> list[int]:
    """For each growing window its largest sum among those that end in the last `stretch` costs."""
    missing = stretch + windows[-1] - 1 - len(costs)
    sums = [0] * max(missing, 0) + list(accumulate(costs, initial=0))
    ends = sums[-stretch:]
    return [max(map(sub, ends, sums[-stretch - window : -window])) for window in windows]
