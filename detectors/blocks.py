"""The memory of block records, in nano-dollars, beside that of profile.py:

- `records.<window>`: the largest sum of each of the last 56 days, oldest first;
- `limits`: for each window the sum that a usual day passes once in T days, set at midnight;
- `expected`: running sums of the hours' usual costs about the coming day, set at midnight;
- `today`: for each window the largest sum since the last day that joined the records.
"""

from collections.abc import Sequence
from itertools import accumulate
from math import ceil
from operator import sub

from detectors import price, profile
from detectors.windows import Shape
from schemas.rules import Memory
from schemas.states import Model
from schemas.sums import largest

MOST = 2**63 - 1
"""What an Avro long holds."""

Longs = tuple[int, ...]


def records(memory: Memory, window: int) -> Longs:
    """The largest sums of a window, oldest day first."""
    return memory.get(f"records.{window}", Model()).longs


def tamed(memory: Memory, shape: Shape, spent: int) -> int:
    """An hour's cost, at most the largest known: one wild hour must not lift the profile."""
    return min(spent, max(records(memory, shape.hour), default=spent))


def today(memory: Memory, shape: Shape, costs: Sequence[int]) -> Longs:
    """The day's largest sums with the last stretch of costs."""
    sums = largest(costs, shape.windows, shape.stretch)
    known = memory.get("today")
    return tuple(map(max, sums, known.longs)) if known else tuple(sums)


def midnight(
    memory: Memory, shape: Shape, today: Longs, day: int, once_in: int
) -> dict[str, Model]:
    """The day's largest sums join the records, and the bars of the coming `day` are set."""
    old = [records(memory, window) for window in shape.windows]
    new = [_joined(*both) for both in zip(old, today, strict=True)]
    return {
        **_kept(shape, new, once_in),
        "expected": Model(longs=profile.summed(memory, day - shape.before, day + 1)),
        "today": Model(longs=(0,) * len(today)),
    }


def taught(memory: Memory, shape: Shape, costs: Sequence[int], once_in: int) -> dict[str, Model]:
    """The newest days' records are at least the sums of those costs, as high as they were.

    It is not told when they were; records are kept for so long that a few days matter little.
    """
    if "limits" not in memory or not costs:
        return {}
    known, found = [records(memory, window) for window in shape.windows], tops(memory, shape, costs)
    new = [_raised(*both) for both in zip(known, found.values(), strict=True)]
    latest = map(max, memory["today"].longs, [days[-1] for days in found.values()])
    kept = _kept(shape, new, once_in)
    # Raised records lie closer together, from which a lower limit might follow.
    limits = map(max, memory["limits"].longs, kept["limits"].longs)
    return {**kept, "limits": Model(longs=tuple(limits)), "today": Model(longs=tuple(latest))}


def tops(memory: Memory, shape: Shape, costs: Sequence[int]) -> dict[int, list[int]]:
    """By window, the largest sum of each day of costs; there is a record of each window."""
    return {
        window: _tops(costs, window, max(records(memory, window)), shape.day)
        for window in shape.windows
    }


def _tops(costs: Sequence[int], window: int, most: int, day: int) -> list[int]:
    """The largest sum of each day of costs, where what was before them went at the highest pace."""
    before = [-(-most // window)] * (window - 1)
    sums = list(accumulate([*before, *costs], initial=0))
    rolled = list(map(sub, sums[window:], sums))
    first = len(rolled) % day or day
    return [max(rolled[max(0, end - day) : end]) for end in range(first, len(rolled) + 1, day)]


def _raised(records: Longs, tops: Sequence[int]) -> Longs:
    newest = tops[-len(records) :]
    return (*records[: -len(newest)], *map(max, records[-len(newest) :], newest))


def _kept(shape: Shape, records: Sequence[Longs], once_in: int) -> dict[str, Model]:
    parts = zip(shape.windows, records, strict=True)
    limits = tuple(_limit(longs, once_in) for longs in records)
    return {
        **{f"records.{window}": Model(longs=longs) for window, longs in parts},
        "limits": Model(longs=limits),
    }


def _joined(records: Longs, largest: int) -> Longs:
    return (*records[1 - price.KEPT_DAYS :], int(price.guarded(records, largest)))


def _limit(records: Longs, once_in: int) -> int:
    return min(MOST, max(max(records) + 1, ceil(price.limit(records, once_in))))
