"""A series' CUSUM of falls, kept from one midnight to the next and followed hour by hour.

Of the memory

- `past`: the last four costs of each hour of the week, and how often each was seen;
- `moments`: of the last 28 days what deviations are made of;
- `cusum`: what is known of the coming day's hours (falls.Coming).
"""

import numpy as np

from detectors.coming import Hours, Levels
from detectors.falls import WEEKS, Coming, Falls
from detectors.rhythm import DAY, slots
from schemas.rules import Memory, Past
from schemas.states import Model


def after(memory: Memory, past: Past, cost: int) -> float:
    """The CUSUM with an hour, of a day whose hours before it are the latest of the past."""
    known, today = memory["cusum"], past.at % DAY
    total, mean, deviation, floor, *usual = known.doubles
    seen = np.array(known.longs, dtype=np.bool_)
    day = Coming(total, mean, deviation, floor, np.array(usual), seen)
    costs = (*past.costs[-today:], cost) if today else (cost,)
    return float(day.sums(day.residuals(np.array(costs, dtype=np.float64)))[-1])


def parts(memory: Memory, hours: Hours, before: Levels, now: Levels) -> dict[str, Model]:
    """The parts with one day more: `before` and `now` are the levels without and with it."""
    falls, day = _falls(memory), hours.day(len(before.sums))
    start = hours.end - len(day)
    at = slots(np.arange(start, hours.end))
    known = falls.coming(at, before.level(start - hours.first))
    later, _ = falls.and_then(at, np.array(day, dtype=np.float64), known)
    coming = later.coming(
        slots(np.arange(hours.end, hours.end + DAY)), now.level(hours.end - hours.first)
    )
    numbers = (coming.sum, coming.mean, coming.deviation, coming.floor)
    return {
        "past": Model(longs=tuple(later.seen.tolist()), doubles=tuple(later.past.ravel().tolist())),
        "moments": Model(doubles=tuple(later.moments.ravel().tolist())),
        "cusum": Model(
            longs=tuple(coming.known.astype(np.int64).tolist()),
            doubles=(*numbers, *coming.usual.tolist()),
        ),
    }


def _falls(memory: Memory) -> Falls:
    if "cusum" not in memory:
        return Falls.none()
    past, moments = memory["past"], memory["moments"]
    return Falls(
        np.array(past.doubles).reshape(-1, WEEKS),
        np.array(past.longs, dtype=np.int64),
        np.array(moments.doubles).reshape(-1, 3),
        memory["cusum"].doubles[0],
    )
