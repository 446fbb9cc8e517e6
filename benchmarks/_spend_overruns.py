"""Fourteen overruns, and how each changes a series from a bucket on."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from benchmarks._spend_simulated import DAY, WEEK, Floats, nano

LOOP_HOURS, PILOT_DAYS = 8, 5


class Overrun(NamedTuple):
    """What it does, how strongly, and the hours in which finding it counts."""

    shape: str
    size: float
    hours: int


OVERRUNS: Mapping[str, Overrun] = {
    "step1.5": Overrun("step", 1.5, WEEK),
    "step2": Overrun("step", 2, WEEK),
    "step3": Overrun("step", 3, WEEK),
    "step10": Overrun("step", 10, WEEK),
    "price+30%": Overrun("step", 1.3, WEEK),
    "loop2": Overrun("loop", 2, 10),
    "loop3": Overrun("loop", 3, 10),
    "loop10": Overrun("loop", 10, 10),
    "pilot": Overrun("pilot", 8, WEEK),
    "creep3%": Overrun("creep", 0.03, 2 * WEEK),
    "creep5%": Overrun("creep", 0.05, 2 * WEEK),
    "creep10%": Overrun("creep", 0.10, 2 * WEEK),
    "silence": Overrun("silence", 0, 3 * DAY),
    "drop60%": Overrun("step", 0.4, WEEK),
}
DOWN = ("silence", "drop60%")
UP = tuple(name for name in OVERRUNS if name not in DOWN)


class Hurt(NamedTuple):
    """A series with an overrun, and the row from which on finding it no longer counts."""

    dollars: Floats
    stop: int


Change = Callable[[Floats, Floats, float, int], Floats]
"""Dollars since and before the start, size and buckets an hour, to dollars since the start."""


def _step(since: Floats, _before: Floats, size: float, _scale: int) -> Floats:
    return since * size


def _creep(since: Floats, _before: Floats, size: float, scale: int) -> Floats:
    grown: Floats = (1 + size) ** (np.arange(len(since)) / (DAY * scale))
    return since * grown


def _pilot(since: Floats, _before: Floats, size: float, scale: int) -> Floats:
    """Grows to so many times itself, then stays."""
    share = np.minimum(np.arange(len(since)) / (PILOT_DAYS * DAY * scale), 1)
    return since * (1 + (size - 1) * share)


def _loop(since: Floats, before: Floats, size: float, scale: int) -> Floats:
    """Burns a flat rate of so many usual active buckets for eight hours."""
    active = before[before > 0]
    usual = active.mean() if len(active) else np.concatenate((before, since)).mean()
    changed = since.copy()
    changed[: LOOP_HOURS * scale] += size * usual
    return changed


def _silence(since: Floats, _before: Floats, _size: float, scale: int) -> Floats:
    changed = since.copy()
    changed[: OVERRUNS["silence"].hours * scale] = 0
    return changed


CHANGES: Mapping[str, Change] = {
    "step": _step,
    "loop": _loop,
    "pilot": _pilot,
    "creep": _creep,
    "silence": _silence,
}


def inject(dollars: Floats, name: str, start: int, scale: int = 1) -> Hurt:
    """The series with the overrun from `start` on; `scale` buckets an hour."""
    shape, size, hours = OVERRUNS[name]
    since = CHANGES[shape](dollars[start:], dollars[:start], size, scale)
    changed = np.concatenate((dollars[:start], nano(since)))
    return Hurt(changed, min(start + hours * scale, len(dollars)))
