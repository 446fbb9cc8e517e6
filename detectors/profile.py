"""What an hour usually costs: moving means by hour of the week and by hour of the day.

The mean of the hour of the week leads once it has been seen; until then the same hour of other
weekdays, or of the weekend, speaks for it. Means are doubles in nano-dollars; what leaves here is
whole nano-dollars. One part of memory holds the 24 hours of a weekday (`week.0` is Monday), two
more those of all weekdays (`day.0`) and of the weekend (`day.1`), so that little changes an hour.
"""

from collections.abc import Sequence
from itertools import accumulate, chain

from schemas.moments import HOUR_MINUTES
from schemas.rules import Memory
from schemas.states import Model

HOURS = 24
MONDAY = 3
"""1970 began on a Thursday, three days after Monday."""

WEEK_RATE = 0.15
DAY_RATE = 0.0375
"""Least weight of the newest cost in a mean; a day's slot is fed five times as often."""

DAY_WORTH = 1.5
"""The hour of the day counts as so many sightings of the hour of the week."""

WEEK = tuple(f"week.{day}" for day in range(7))
WORKING, WEEKEND = "day.0", "day.1"
OTHER = {WORKING: WEEKEND, WEEKEND: WORKING}

BLANK = Model(longs=(0,) * HOURS, doubles=(0.0,) * HOURS)
"""Sightings and mean of each hour."""


def expected(memory: Memory, hour: int) -> int:
    """What that hour since 1970 usually costs, nano-dollars; 0 where nothing like it was seen."""
    day, slot = divmod(hour, HOURS)
    one = slice(slot, slot + 1)
    return _costs(memory.get(_weekday(day), BLANK), _alike(memory, _kind(day), one), one)[0]


def expected_minute(memory: Memory, minute: int) -> int:
    """A sixtieth of what the hour of that minute since 1970 usually costs, nano-dollars."""
    return expected(memory, minute // HOUR_MINUTES) // HOUR_MINUTES


def summed(memory: Memory, first: int, last: int) -> tuple[int, ...]:
    """Running sums, from 0, of what the hours of the days `[first, last)` usually cost."""
    alike = {kind: _alike(memory, kind) for kind in OTHER}
    week = [_costs(memory.get(_weekday(day), BLANK), alike[_kind(day)]) for day in range(7)]
    costs = chain.from_iterable(week[day % 7] for day in range(first, last))
    return tuple(accumulate(costs, initial=0))


def _costs(week: Model, alike: Sequence[float], hours: slice = slice(None)) -> list[int]:
    return [
        int((seen * mean + like) / (seen + DAY_WORTH) + 0.5)
        for seen, mean, like in zip(week.longs[hours], week.doubles[hours], alike, strict=True)
    ]


def _alike(memory: Memory, kind: str, hours: slice = slice(None)) -> list[float]:
    """What hours of the day speak for, by their weight; of the other kind of day if need be."""
    own, other = memory.get(kind, BLANK), memory.get(OTHER[kind], BLANK)
    rows = zip(own.longs[hours], own.doubles[hours], other.doubles[hours], strict=True)
    return [DAY_WORTH * (mean if seen else spare) for seen, mean, spare in rows]


def learnt(memory: Memory, hour: int, cost: int) -> dict[str, Model]:
    """The parts that change when that hour has cost so much: it was seen once more."""
    day, slot = divmod(hour, HOURS)
    rates = ((_weekday(day), WEEK_RATE), (_kind(day), DAY_RATE))
    return {part: _moved(memory.get(part, BLANK), slot, cost, rate) for part, rate in rates}


def _moved(part: Model, slot: int, cost: int, least: float) -> Model:
    longs, doubles = part.longs, part.doubles
    seen, mean = longs[slot] + 1, doubles[slot]
    mean += max(least, 1 / seen) * (cost - mean)
    return Model(
        longs=(*longs[:slot], seen, *longs[slot + 1 :]),
        doubles=(*doubles[:slot], mean, *doubles[slot + 1 :]),
    )


def _weekday(day: int) -> str:
    return WEEK[(day + MONDAY) % 7]


def _kind(day: int) -> str:
    return WEEKEND if (day + MONDAY) % 7 >= 5 else WORKING
