"""What a series' past says of the coming day, as rules of hours keep it from midnight on.

Of its memory the parts `days`, `records` and `rhythm` are what was learnt; the others follow from
them and from the costs of the week before:

- `expected`: running sums of what the hours of a week usually cost, nano-dollars;
- `known`: the level, the level of hours with a cost, and the tail of each view;
- `logs`: running sums of logarithms, and of hours with a cost, going back from midnight; for views
  that ask for them.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, Self

import numpy as np

from detectors import holidays
from detectors.base import Detector
from detectors.days import LEVEL_DAYS, Days
from detectors.held import usual_hour
from detectors.mornings import Morning, Mornings
from detectors.panel import Panel
from detectors.price import KEPT_DAYS
from detectors.rhythm import DAY, WEEK, Rhythm
from detectors.tails import ABSENT, Floats, Tails
from detectors.views import Views
from schemas.moments import HOUR_MINUTES, MINUTE
from schemas.rules import Memory, Past
from schemas.states import Model


class Levels(NamedTuple):
    """What each remembered day cost, and in how many of its hours; whole nano-dollars. An hour
    counts for no more than the dearest before its day: one wild hour is no new level.
    """

    sums: tuple[int, ...]
    active: tuple[int, ...]

    def and_then(self, spent: int, active: int) -> Self:
        """With a day more; the oldest is forgotten."""
        return type(self)(
            (*self.sums[1 - KEPT_DAYS :], spent), (*self.active[1 - KEPT_DAYS :], active)
        )

    def level(self, hours: int) -> float:
        """What an hour costs on average, of a series of so many hours."""
        counted = LEVEL_DAYS * DAY if len(self.sums) > LEVEL_DAYS else max(1, hours)
        return sum(self.sums[-LEVEL_DAYS:]) / counted

    def busy(self) -> float:
        """The same of hours with a cost."""
        return sum(self.sums[-LEVEL_DAYS:]) / max(1, sum(self.active[-LEVEL_DAYS:]))


class Learnt(NamedTuple):
    """What was learnt of a series."""

    days: Days
    records: Floats
    """Days by views; ABSENT where a view did not learn that day."""

    levels: Levels
    rhythm: Rhythm


def learnt(memory: Memory, panel: Panel) -> Learnt:
    """What a memory holds; blank where it is empty."""
    if "days" not in memory:
        return Learnt(Days.none(), np.zeros((0, len(panel))), Levels((), ()), Rhythm.blank())
    days, rhythm = memory["days"], memory["rhythm"]
    last, *costs = days.longs
    count = len(costs) // 2
    bodies, dearest = np.array(days.doubles).reshape(2, count)
    return Learnt(
        Days(np.arange(last + 1 - count, last + 1), bodies, dearest),
        np.array(memory["records"].doubles).reshape(count, len(panel)),
        Levels(tuple(costs[:count]), tuple(costs[count:])),
        Rhythm(np.array(rhythm.doubles), np.array(rhythm.longs, dtype=np.float64)),
    )


class Hours(NamedTuple):
    """Closed hours that follow one another, of a series."""

    first: int
    """The series' first hour, since 1970."""

    end: int
    """The hour after the last of them."""

    costs: Sequence[int]
    """Nano-dollars; as many of the latest as are at hand."""

    def day(self, known: int) -> Sequence[int]:
        """The costs of the latest day, which is the first of more than a day if none is `known`."""
        count = DAY if known else min(self.end - self.first, len(self.costs))
        return self.costs[-count:]

    def views(self, panel: Panel) -> Views:
        """What is seen of them."""
        size = HOUR_MINUTES * MINUTE
        times = np.arange(self.end - len(self.costs), self.end) * size
        return Views(panel.shape, times, np.array(self.costs, dtype=np.float64), size)


def and_then(one: Learnt, panel: Panel, hours: Hours) -> Learnt:
    """With a day more: the hours since the last one that was learnt."""
    views, day = hours.views(panel), hours.day(len(one.days))
    first, last = len(hours.costs) - len(day), len(hours.costs)
    level = one.levels.level(hours.end - len(day) - hours.first)
    known = Morning(first, last, one.rhythm.usual(level), level, one.levels.busy())
    days = Mornings.of([known])
    largest = panel.learnt(views.seen(days).values, days.firsts, np.array([len(one.days)]))
    costs, most = views.costs[days.rows], one.days.most()
    return Learnt(
        one.days.and_then(hours.end // DAY - 1, costs, panel.guard.rank),
        np.vstack([one.records[1 - KEPT_DAYS :], largest]),
        one.levels.and_then(sum(int(min(cost, most)) for cost in day), sum(map(bool, day))),
        one.rhythm.and_then(views.hours[days.rows], np.minimum(costs, most)),
    )


def kept(one: Learnt, panel: Panel, hours: Hours) -> dict[str, Model]:
    """The memory for the day that comes after those hours, but for logarithms."""
    days, records, levels, rhythm = one
    level = levels.level(hours.end - hours.first)
    usual = np.rint(rhythm.usual(level)).astype(np.int64)
    counting = np.where(panel.counting(days, hours.end // DAY), records, ABSENT)
    known = panel.tails(counting)
    tail = np.concatenate([known.days, known.largest, known.spread, known.evidence])
    return {
        "days": Model(
            longs=(int(days.dates[-1]), *levels.sums, *levels.active),
            doubles=(*days.bodies.tolist(), *days.dearest.tolist()),
        ),
        "records": Model(doubles=tuple(records.ravel().tolist())),
        "rhythm": Model(
            longs=tuple(rhythm.seen.astype(np.int64).tolist()),
            doubles=tuple(rhythm.means.tolist()),
        ),
        "expected": Model(longs=(0, *np.cumsum(usual).tolist())),
        "known": Model(doubles=(level, levels.busy(), *tail.tolist())),
    }


def filled(rule: Detector, memory: Memory, past: Past, cost: int) -> Sequence[int]:
    """The past costs and that of the hour as they are learnt: no holiday is cheap."""
    if not rule.holidays or "expected" not in memory:
        return (*past.costs, cost)
    return holidays.filled(rule.holidays, partial(usual_hour, memory), past, cost)


def logs(hours: Hours) -> Model:
    """Running sums back from the last hour, of hours with a cost and of their logarithms."""
    back = np.array(hours.costs[:-WEEK:-1], dtype=np.float64)
    active = back > 0
    sums = np.cumsum(np.log(back, out=np.zeros(len(back)), where=active))
    return Model(longs=(0, *np.cumsum(active).tolist()), doubles=(0.0, *sums.tolist()))


def known_days(memory: Memory) -> int:
    """How many days a memory holds."""
    return len(memory["days"].doubles) // 2


def tails(known: Model) -> Tails:
    """The tails of the views, as the part `known` has them."""
    days, largest, spread, evidence = np.array(known.doubles[2:]).reshape(4, -1)
    return Tails(days.astype(np.int64), largest, spread, evidence.astype(np.int64))
