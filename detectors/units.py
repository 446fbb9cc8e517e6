"""What units cost: the memory of unit_cost.py.

Costs are nano-dollars, a unit's cost is pico-dollars, `units` are calls, tokens or whatever counts.

- `hours`: cost, units and usual cost of each of the last 23 hours, oldest first;
- `slots`: for each hour of the day how often it was seen, and its mean cost and units;
- `today`: for each window the largest cost of a unit since the last midnight, -1 before one could
  be told; whether anything was set aside today, and yesterday;
- `records.<window>`: the largest of each of the last 56 days that could tell, oldest first;
- `limits`: for each window what a usual day passes once in T days, 0 before it has its records;
- `aside`: index, cost and units of the hours that were found too dear, and not learnt.
"""

from collections.abc import Collection, Iterator, Sequence
from math import ceil

from detectors import price
from detectors.counting import MOST, Sums
from schemas.rules import Memory
from schemas.states import Model

WINDOWS = (1, 24)
"""Hours: one that is dear, and a day that is a little dearer than any."""

DAY, BEFORE = 24, 23
RATE = 0.1
"""Least weight of the newest hour in the means of its hour of the day."""

RIPE_DAYS = 7
"""Records that a window must have before it finds anything: all days of the week."""

STRICT = 50
"""Of a day on which something was found no more is kept than what a usual day passes once in so
many, and of those that follow nothing: such a day passed the money floor."""

KEPT_HOURS = 8 * 24
"""Hours that are kept aside: more than the patience."""

NONE, FRESH = Model(), Model(longs=(-1, -1, 0, 0))
BLANK = Model(longs=(0,) * DAY, doubles=(0.0,) * 2 * DAY)


def sums(memory: Memory, hour: Sums) -> list[Sums]:
    """For each window what it holds with this hour; nothing before the series is so old."""
    held = memory.get("hours", NONE).longs
    if len(held) < 3 * BEFORE:
        return [hour, Sums(0, 0, 0)]
    return [hour, Sums(*(own + sum(held[at::3]) for at, own in enumerate(hour)))]


def usual(memory: Memory, hour: int, units: int, least: int) -> int:
    """What so many units usually cost at that hour since 1970, nano-dollars.

    All hours of the day together speak for an hour of the day as `least` units of its own do.
    """
    slots, at = memory.get("slots", BLANK).doubles, hour % DAY
    counted = sum(slots[DAY:])
    if not counted:
        return 0
    overall = sum(slots[:DAY]) / counted
    each = (slots[at] + least * overall) / (slots[DAY + at] + least)
    return min(MOST, int(units * each + 0.5))


def hourly(memory: Memory, hour: int) -> int:
    """What that hour since 1970 usually costs altogether, nano-dollars."""
    return int(memory.get("slots", BLANK).doubles[hour % DAY] + 0.5)


def calmed(memory: Memory, at: int, hour: Sums) -> bool:
    """Whether an hour's units cost nearer to what is usual than to what was found within a day."""
    dear = [one for one in _aside(memory) if at - one[0] <= DAY]
    if not dear:
        return False
    burnt = Sums(sum(one[1] for one in dear), sum(one[2] for one in dear), 0)
    return 2 * hour.unit < burnt.unit + Sums(hour.expected, hour.units, 0).unit


def limits(memory: Memory) -> Sequence[int]:
    """For each window what a unit may cost, pico-dollars; 0 where it can't tell yet."""
    return memory.get("limits", NONE).longs or (0,) * len(WINDOWS)


def records(memory: Memory, window: int) -> tuple[int, ...]:
    """The largest of each day, oldest first."""
    return memory.get(f"records.{window}", NONE).longs


def passed(memory: Memory, hour: Sums, least: int, dear: bool) -> dict[str, Model]:
    """The parts that change when an hour has closed; `dear` says that it is set aside."""
    held = memory.get("hours", NONE).longs
    known = memory.get("today", FRESH).longs
    told = [one.unit if one.units >= least else -1 for one in sums(memory, hour)]
    return {
        "hours": Model(longs=(*held, *hour)[-3 * BEFORE :]),
        "today": Model(longs=(*map(max, known, told), known[-2] | dear, known[-1])),
    }


def learnt(memory: Memory, hour: int, cost: int, units: int) -> dict[str, Model]:
    """The means of the hour of the day, with one more."""
    part, at = memory.get("slots", BLANK), hour % DAY
    longs, doubles = list(part.longs), list(part.doubles)
    longs[at] += 1
    rate = max(RATE, 1 / longs[at])
    for place, value in ((at, cost), (DAY + at, units)):
        doubles[place] += rate * (value - doubles[place])
    return {"slots": Model(longs=tuple(longs), doubles=tuple(doubles))}


def set_aside(memory: Memory, hour: int, cost: int, units: int) -> dict[str, Model]:
    """The hour joins those that were not learnt, unless the last of them is over a day ago."""
    held = memory.get("aside", NONE).longs
    held = held if held and hour - held[-3] <= DAY else ()
    return {"aside": Model(longs=(*held, hour, cost, units)[-3 * KEPT_HOURS :])}


def midnight(memory: Memory, once_in: int) -> dict[str, Model]:
    """The day's largest join the records, and the limits follow."""
    *largest, dear, before = memory.get("today", FRESH).longs
    changed = {"today": Model(longs=(-1, -1, 0, dear))}
    for window, value in zip(WINDOWS, largest, strict=True):
        if value >= 0 and not (dear and before):
            old = records(memory, window)
            new = (*old[1 - price.KEPT_DAYS :], _kept(old, value, strict=bool(dear or before)))
            changed[f"records.{window}"] = Model(longs=new)
    return changed | _limited({**memory, **changed}, once_in)


def _kept(old: Sequence[int], value: int, strict: bool) -> int:
    if strict and len(old) >= RIPE_DAYS and max(old) > 0:
        return min(value, int(price.limit(old, STRICT)))
    return int(price.guarded(old, value))


def _limited(memory: Memory, once_in: int) -> dict[str, Model]:
    found = tuple(_limit(records(memory, window), once_in) for window in WINDOWS)
    return {"limits": Model(longs=found)} if any(found) else {}


def _limit(known: Sequence[int], once_in: int) -> int:
    if len(known) < RIPE_DAYS:
        return 0
    return min(MOST, max(max(known) + 1, ceil(price.limit(known, once_in))))


def taught(memory: Memory, costs: Collection[int], once_in: int) -> dict[str, Model]:
    """Hours that were set aside, known by what they cost, were usual after all."""
    hours, apart = list(_aside(memory)), frozenset(costs)
    usual = [one for one in hours if one[1] in apart]
    if not usual:
        return {}
    left = (part for one in hours if one not in usual for part in one)
    changed: dict[str, Model] = {"aside": Model(longs=tuple(left))}
    for hour, cost, units in usual:
        changed |= learnt({**memory, **changed}, hour, cost, units)
    for window in WINDOWS:
        changed |= _raised(memory, window, max(_units(usual, window)))
    now = _limited({**memory, **changed}, once_in).get("limits", NONE).longs
    return {**changed, "limits": Model(longs=tuple(map(max, now, limits(memory))))}


def _aside(memory: Memory) -> Iterator[tuple[int, int, int]]:
    held = memory.get("aside", NONE).longs
    return zip(held[::3], held[1::3], held[2::3], strict=True)


def _units(hours: Sequence[tuple[int, int, int]], window: int) -> Iterator[int]:
    """What a unit cost in the windows that end with each of these hours, pico-dollars."""
    for end, _, _ in hours:
        inside = [one for one in hours if end - window < one[0] <= end]
        yield Sums(sum(one[1] for one in inside), sum(one[2] for one in inside), 0).unit


def _raised(memory: Memory, window: int, value: int) -> dict[str, Model]:
    """The newest record is at least so high."""
    known = records(memory, window)
    if not known or value <= known[-1]:
        return {}
    return {f"records.{window}": Model(longs=(*known[:-1], value))}
