"""Climbs: steps of minutes each of which cost more than the one before. The memory of runaway.py:

- `climbs`: the steepest climb of each of the last 56 days, oldest first, in nano-dollars;
- `today`: the steepest of the day so far;
- `limit`: the climb that a usual day passes once in T days, set at midnight.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import ceil
from operator import sub
from typing import NamedTuple

from detectors import price
from schemas.rules import Memory
from schemas.states import Model

NONE, NOTHING = Model(), Model(longs=(0,))

MOST = 2**63 - 1
"""What an Avro long holds."""


class Steps(NamedTuple):
    """`after` steps of `minutes` after a first one; they end with any minute."""

    minutes: int
    after: int

    @property
    def window(self) -> int:
        """Minutes of the steps after the first."""
        return self.minutes * self.after

    @property
    def length(self) -> int:
        """Minutes of all steps."""
        return self.window + self.minutes

    def closed(self, costs: Sequence[int]) -> tuple[int, ...]:
        """What each step holds; the last one's last minute is still to come."""
        size = self.minutes
        held = (*(0,) * (self.length - 1 - len(costs)), *costs[1 - self.length :], 0)
        return tuple(sum(held[at : at + size]) for at in range(0, self.length, size))

    def ending(self, past: Sequence[int], costs: Sequence[int]) -> Iterator[Sequence[int]]:
        """For each of these costs, which follow `past`, what the steps that end with it hold."""
        known = past[1 - self.length :]
        missing = self.length - 1 - len(known)
        sums = list(accumulate((*(0,) * missing, *known, *costs), initial=0))
        held = [end - begin for begin, end in zip(sums, sums[self.minutes :], strict=False)]
        columns = (held[at * self.minutes :] for at in range(self.after + 1))
        return zip(*columns, strict=False)

    def steepest(self, past: Sequence[int], costs: Sequence[int]) -> int:
        """The steepest climb that ends with any of these costs; 0 where none does."""
        return max(0, max(map(climb, self.ending(past, costs)), default=0))


def climb(sums: Sequence[int]) -> int:
    """The second largest rise from step to step; 0 where one does not rise.

    Not the largest: a jump after a little more is no climb, and must not become a record of one.
    """
    rises = sorted(map(sub, sums[1:], sums))
    return rises[-2] if rises[0] > 0 else 0


def more(sums: Sequence[int], limit: int) -> int | None:
    """How much more than the one before the next step has to cost for a climb of `limit`.

    None: no climb goes on, or it is too slow so far.
    """
    rises = sorted(map(sub, sums[1:], sums))
    if rises[0] <= 0 or rises[-1] < limit:
        return None
    return 1 if len(rises) > 1 and rises[-2] >= limit else limit


def limit(memory: Memory) -> int:
    """The climb that a usual day passes once in T days."""
    return memory["limit"].longs[0]


def records(memory: Memory) -> tuple[int, ...]:
    """The largest climb of each day, oldest first."""
    return memory.get("climbs", NONE).longs


def today(memory: Memory, top: int) -> dict[str, Model]:
    """The day's largest so far, with one more."""
    return {"today": Model(longs=(max(top, memory.get("today", NOTHING).longs[0]),))}


def midnight(memory: Memory, once_in: int) -> dict[str, Model]:
    """The day's largest joins the records, and the limit follows."""
    known, top = records(memory), memory["today"].longs[0]
    kept = (*known[1 - price.KEPT_DAYS :], int(price.guarded(known, top)))
    return {"today": NOTHING, **_limited(kept, once_in)}


def raised(memory: Memory, top: int, once_in: int) -> dict[str, Model]:
    """The newest record is at least so high; no limit falls by that."""
    known = records(memory)
    if not known or top <= known[-1]:
        return {}
    changed = _limited((*known[:-1], top), once_in)
    return {**changed, "limit": Model(longs=(max(limit(changed), limit(memory)),))}


def _limited(known: tuple[int, ...], once_in: int) -> dict[str, Model]:
    found = min(MOST, max(max(known) + 1, ceil(price.limit(known, once_in))))
    return {"climbs": Model(longs=known), "limit": Model(longs=(found,))}
