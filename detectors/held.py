"""What is known when an hour of a series begins, and what its views leave it.

The same views as those of views.py, of one hour whose cost is not known yet: how dear may it be
before a view shows a value? Money in nano-dollars.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt

from detectors.rhythm import DAY, WEEK, slot
from detectors.rolling import LEAST_ACTIVE
from detectors.shapes import Form, View
from detectors.views import OFFSETS
from schemas.moments import HOUR_MINUTES
from schemas.money import dollars
from schemas.rules import Memory, Past

FARTHEST = 700.0
"""Largest exponent of a double."""


class Held:
    """The hours before an hour, and what hours usually cost; `windows` grow."""

    __slots__ = (
        "_active",
        "_known",
        "_logs",
        "_today",
        "busy",
        "costs",
        "expected",
        "level",
        "sums",
    )

    def __init__(self, memory: Memory, past: Past, windows: Sequence[int]) -> None:
        costs = self.costs = past.costs
        self.level, self.busy = memory["known"].doubles[:2]
        self.sums = sums_of(costs, windows)
        """By hours, what a window of so many holds before its last."""

        self.expected = expected_of(memory["expected"].longs, past, windows)
        """By hours, what it usually costs, the last included; no longer than the series is old."""

        self._known, self._today = memory["logs"], past.at % DAY
        active = [cost for cost in costs[-self._today :] if cost] if self._today else ()
        self._logs, self._active = sum(map(log, active)), len(active)

    def logs(self, hours: int) -> tuple[float, int]:
        """The sum of logarithms of the window's hours with a cost, and how many those are.

        The window begins before the last midnight, or with it.
        """
        before = self._known
        back = min(hours - 1 - self._today, len(before.longs) - 1)
        return before.doubles[back] + self._logs, before.longs[back] + self._active


def sums_of(costs: Sequence[int], windows: Sequence[int]) -> dict[int, int]:
    """By hours, what windows of so many, which grow, hold before their last."""
    sums, held, end = {}, 0, None
    for hours in windows:
        start = 1 - hours
        held += sum(costs[start:end]) if start else 0
        sums[hours], end = held, start or None
    return sums


def expected_of(sums: Sequence[int], past: Past, windows: Sequence[int]) -> dict[int, int]:
    """By hours, what windows that end with hour `past.at` usually cost; no longer than its age.

    `sums` are running sums of the hours of a week.
    """
    end, age = slot(past.at) + 1, past.at - past.first + 1
    here, week = sums[end], sums[WEEK]
    expected = {}
    for hours in windows:
        start = end - (hours if hours < age else age)
        expected[hours] = here - sums[start] if start >= 0 else here + week - sums[start + WEEK]
    return expected


def usual_hour(memory: Memory, hour: int) -> int:
    """What an hour usually costs, nano-dollars; 0 before a day is known."""
    if "expected" not in memory:
        return 0
    sums, at = memory["expected"].longs, slot(hour)
    return sums[at + 1] - sums[at]


@dataclass(frozen=True, slots=True)
class HourView(ABC):
    """A view of hours; `hours` is the length of its window, `end` see shapes.View."""

    hours: int
    end: int

    def goes_on(self, held: Held, cost: int) -> bool:
        """Whether its end is as far over the usual as all of it, if the hour costs so much."""
        return cost >= self.least(held)

    def least(self, held: Held) -> float:
        """What the hour has to cost for that."""
        if not self.end:
            return 0.0
        sums, expected, hours, end = held.sums, held.expected, self.hours, self.end
        over, ending = sums[hours] - expected[hours], sums[end] - expected[end]
        return (over * end - ending * hours) / (hours - end)

    @abstractmethod
    def value(self, held: Held, cost: int) -> float:
        """What it shows if the hour costs so much."""

    @abstractmethod
    def said(self, most: float) -> str:
        """The largest that it showed on a day, in words."""

    @abstractmethod
    def room(self, held: Held, value: float) -> float:
        """What the hour may cost before it shows that value, above 0; infinite if it never does."""


class Sum(HourView):
    """Dollars."""

    def value(self, held: Held, cost: int) -> float:
        """The sum, nano-dollars."""
        return float(held.sums[self.hours] + cost)

    def room(self, held: Held, value: float) -> float:
        """What is left of it."""
        return value - held.sums[self.hours]

    def said(self, most: float) -> str:
        """Dollars."""
        return f"largest {dollars(int(most))}"


class Ratio(HourView):
    """Dollars over what they usually are."""

    def _offset(self, held: Held) -> float:
        return OFFSETS[Form.RATIO] * held.level * sqrt(self.hours)

    def value(self, held: Held, cost: int) -> float:
        """A number; 1 where nothing is usual and nothing was spent."""
        offset = self._offset(held)
        usual = held.expected[self.hours] + offset
        return (held.sums[self.hours] + cost + offset) / usual if usual > 0 else 1.0

    def room(self, held: Held, value: float) -> float:
        """What is left of so many times the usual."""
        offset = self._offset(held)
        return value * (held.expected[self.hours] + offset) - offset - held.sums[self.hours]

    def said(self, most: float) -> str:
        """A number."""
        return f"largest {most:.2f} times the usual"


class Least(HourView):
    """The cheapest hour, above what an hour with a cost usually is."""

    def _before(self, held: Held) -> int:
        costs = held.costs[1 - self.hours :]
        return min(costs) if len(costs) == self.hours - 1 else 0

    def value(self, held: Held, cost: int) -> float:
        """Nano-dollars."""
        return min(self._before(held), cost) + held.busy

    def room(self, held: Held, value: float) -> float:
        """The same for this hour as for those before it, if they are so dear."""
        room = value - held.busy
        return room if self._before(held) >= room else inf

    def said(self, most: float) -> str:
        """Dollars; what stands beside it, the level of the day, is left out."""
        return f"largest cheapest hour of {self.hours}, with a usual one, {dollars(int(most))}"


class Geometric(HourView):
    """The geometric mean of hours with a cost."""

    def value(self, held: Held, cost: int) -> float:
        """Nano-dollars; 0 where few hours have a cost."""
        logs, active = held.logs(self.hours)
        if cost:
            logs, active = logs + log(cost), active + 1
        return exp(logs / active) if active >= LEAST_ACTIVE else 0.0

    def room(self, held: Held, value: float) -> float:
        """What lifts the mean so far."""
        logs, active = held.logs(self.hours)
        if active + 1 < LEAST_ACTIVE:
            return inf
        power = log(value) * (active + 1) - logs
        return exp(power) if power < FARTHEST else inf

    def said(self, most: float) -> str:
        """Dollars."""
        return f"largest mean hour of {self.hours} {dollars(int(most))}"


WAYS: Mapping[Form, type[HourView]] = {
    Form.SUM: Sum,
    Form.RATIO: Ratio,
    Form.LEAST: Least,
    Form.GEOMETRIC: Geometric,
}


def hour_views(views: Sequence[View]) -> tuple[HourView, ...]:
    """The views of a shape, of hours."""
    return tuple(
        WAYS[view.form](view.minutes // HOUR_MINUTES, view.end // HOUR_MINUTES) for view in views
    )
