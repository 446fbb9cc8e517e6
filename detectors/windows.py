"""Sums of costs over windows that end with a bucket: whole nano-dollars, from past costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.rules import Grain


@dataclass(frozen=True, slots=True)
class Shape:
    """The windows that block records look through at one grain; lengths in buckets."""

    windows: tuple[int, ...]
    """Growing."""

    pieces: tuple[slice, ...]
    """Where they lie in past costs: a window holds, before its last bucket, the costs of its own
    piece and of all pieces before it."""

    stretch: int
    """Largest sums are taken once in so many buckets: learning is idle in between."""

    hour: int
    day: int

    before: int
    """Days that a window reaches back across midnight."""

    @property
    def memory(self) -> int:
        """Past buckets to which the windows of a stretch reach back."""
        return self.stretch + self.windows[-1] - 2


def shape(grain: Grain, windows: tuple[int, ...], stretch: int) -> Shape:
    """The shape of growing windows."""
    day = DAY_MINUTES // grain.minutes
    return Shape(
        windows=windows,
        pieces=_pieces(windows),
        stretch=stretch,
        hour=HOUR_MINUTES // grain.minutes,
        day=day,
        before=-(-windows[-1] // day),
    )


def _pieces(windows: Sequence[int]) -> tuple[slice, ...]:
    starts = [None, *(1 - window if window > 1 else None for window in windows)]
    return tuple(
        slice(0, 0) if start is None else slice(start, stop) for stop, start in pairwise(starts)
    )


def in_minutes(sums: Sequence[int], minute: int, windows: Sequence[int]) -> list[int]:
    """What windows that end with a minute hold, of running sums of hours; none is over an hour.

    `sums[i]` stands at minute 60 * i; an hour's cost is spread evenly over its minutes.
    """
    hour, rest = divmod(minute, HOUR_MINUTES)
    before = sums[hour] - sums[hour - 1]
    step, seen = sums[hour + 1] - sums[hour] - before, rest + 1
    return [
        (window * before + (window if window < seen else seen) * step) // HOUR_MINUTES
        for window in windows
    ]


MINUTES = shape(Grain.MINUTE, (5, 15, 60), stretch=60)
"""The windows of minutes that won (reference: detection, 2.2)."""
