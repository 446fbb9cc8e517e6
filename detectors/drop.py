"""Drop: a series costs far less than it does, in hours that are quiet in no week.

Money missing is seldom money saved: a feed stopped, a deployment broke, or nobody reports usage any
more. It is told from a weekend by the hours of the week. A window of three days (shapes.FALLS) is
held against the records of past days, beside a CUSUM of hours (falls.py).
Method and figures: docs/detection.md.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal, NamedTuple

import numpy as np

from detectors import coming, cusums
from detectors.base import (
    AS_USUAL,
    LEARNING,
    Calibrated,
    Floor,
    differing,
    floor_at,
)
from detectors.daily import Daily
from detectors.held import expected_of, sums_of, usual_hour
from detectors.panel import PANELS
from detectors.rhythm import DAY
from detectors.shapes import FALLS, Form, Group
from detectors.verdicts import CUSUM_TEN, days_of, fall
from detectors.views import OFFSETS
from schemas.ends import Ends
from schemas.moments import HOUR_MINUTES
from schemas.money import dollars, nano
from schemas.rules import Grain, Memory, Past, Verdict
from schemas.states import Bucket
from schemas.wording import span

PANEL = PANELS[FALLS]
SPANS = tuple(view.minutes // HOUR_MINUTES for view in FALLS.views)
WINDOWS = (1, DAY, *SPANS)


class DropSettings(Calibrated):
    """Finds series that cost far less than they do."""

    kind: Literal["drop"] = "drop"
    floor_usd: Floor = Floor(20)

    def rule(self, series: str) -> "Drop":
        """The same for every series."""
        return Drop(name=self.name, once_in=self.once_in, floor=nano(self.floor_usd))


class Short(NamedTuple):
    """How far short a series falls with an hour: money in nano-dollars by hours of a window."""

    observed: dict[int, int]
    expected: dict[int, int]
    shortfalls: tuple[float, ...]
    """What was expected over what came, one a view."""

    cusum: float

    def missing(self, window: int) -> int:
        """What did not come in a window."""
        return self.expected[window] - self.observed[window]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Daily):
    """The detector; its memory is that of coming.py and of cusums.py."""

    cause: str = "drop"
    grain: Grain = Grain.HOUR
    ends: Ends = Ends.NEXT
    guards: bool = False
    memory: int = SPANS[-1] + DAY - 2

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Speaks of the window in which most is missing."""
        if "known" not in memory:
            return LEARNING
        *costs, cost = coming.filled(self, memory, past, bucket.cost)
        usual = usual_hour(memory, past.at)
        if cost >= usual:
            return Verdict(False, 1, cost, usual, usual, cost, AS_USUAL)
        short = self._short(memory, past._replace(costs=costs), cost)
        once_in = self._once_in(memory, short)
        if not once_in:
            return Verdict(False, 1, cost, usual, cost, usual, AS_USUAL)
        window = max(WINDOWS[1:], key=short.missing)
        observed, expected = short.observed[window], short.expected[window]
        floor = max(1, floor_at(self.floor, past.at - past.first, DAY))
        return Verdict(
            breach=once_in >= self.once_in and expected - observed >= floor,
            window=window,
            observed=observed,
            expected=expected,
            low=max(0, expected - floor),
            high=max(expected, observed),
            reason=self._reason(window, observed, expected, once_in),
            once_in=once_in,
        )

    def _short(self, memory: Memory, past: Past, cost: int) -> Short:
        held = sums_of(past.costs, WINDOWS)
        observed = {hours: spent + cost for hours, spent in held.items()}
        expected = expected_of(memory["expected"].longs, past, WINDOWS)
        level = memory["known"].doubles[0]
        offsets = [OFFSETS[Form.SHORTFALL] * level * sqrt(hours) for hours in SPANS]
        shortfalls = tuple(
            (expected[hours] + offset) / (observed[hours] + offset) if offset else 1.0
            for hours, offset in zip(SPANS, offsets, strict=True)
        )
        return Short(observed, expected, shortfalls, cusums.after(memory, past, cost))

    def _once_in(self, memory: Memory, short: Short) -> int:
        """How seldom a usual day shows as little, days; 0 while it is usual."""
        tails, days = coming.tails(memory["known"]), coming.known_days(memory)
        largest = tails.largest.tolist()
        small = all(map(float.__le__, short.shortfalls, largest))
        if small and short.cusum < CUSUM_TEN:
            return 0
        said = PANEL.said(np.array([short.shortfalls]), tails, PANEL.speaking(days))
        worth = fall(PANEL.most(said, Group.FALL), np.array([short.cusum]), days)
        return days_of(float(worth[0]))

    def _reason(self, window: int, observed: int, expected: int, once_in: int) -> str:
        return (
            f"{dollars(observed)} in the last {span(window * HOUR_MINUTES)}; expected "
            f"{dollars(expected)}; once in {once_in:,} days, told from once in {self.once_in} days"
        )

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """Nothing but at the end of a day."""
        hours = self.day_over(memory, past, bucket.cost)
        if hours is None:
            return {}
        before = coming.learnt(memory, PANEL)
        now = coming.and_then(before, PANEL, hours)
        parts = cusums.parts(memory, hours, before.levels, now.levels)
        return differing(memory, coming.kept(now, PANEL, hours) | parts)
