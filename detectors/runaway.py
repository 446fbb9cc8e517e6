"""Runaway: a rate that only climbs, while it is still small.

A loop that feeds itself doubles every few minutes, long before any window holds more than it ever
held. So steps of a few minutes are held against each other: a climb is a run of steps each of
which cost more than the one before. The steepest climb of each UTC day is a record (price.py);
what a morning brings is usual by its hour of the week (profile.py). Minute by minute, with steps
of one, noise breaks most climbs: of 84 loops 12 to 19 were then not found at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from detectors import climbs, holidays, profile
from detectors.base import (
    LEARNING,
    Calibrated,
    Detector,
    Floor,
    differing,
    floor_at,
    learns_until,
)
from detectors.climbs import Steps
from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.money import dollars, nano
from schemas.rules import ANY, Memory, Past, Verdict
from schemas.states import Bucket
from schemas.wording import counted


class RunawaySettings(Calibrated):
    """Finds steps of a few minutes that each cost more than the one before, and `times` as much
    as the first after all of them.
    """

    kind: Literal["runaway"] = "runaway"
    minutes: Annotated[int, Field(ge=1, le=10)] = 2
    steps: Annotated[int, Field(ge=2, le=10)] = 4
    times: Annotated[Decimal, Field(gt=1, le=1000, decimal_places=3)] = Decimal(2)
    floor_usd: Floor = Floor(2)

    def rule(self, series: str) -> "Runaway":
        """The same for every series."""
        steps = Steps(self.minutes, self.steps)
        return Runaway(
            name=self.name,
            memory=HOUR_MINUTES + steps.length - 2,
            version=f"1-{self.minutes}-{self.steps}",
            steps=steps,
            times=self.times.as_integer_ratio(),
            once_in=self.once_in,
            floor=nano(self.floor_usd),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Runaway(Detector):
    """The detector. Beside the profile's parts its memory has those of climbs.py.

    The limit is set at midnight: where the rulebook changes `once_in`, from the next one on.
    """

    cause: str = "runaway"
    steps: Steps
    times: tuple[int, int]
    once_in: int
    floor: int

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """The minute up to which it only learns; None once it may find something."""
        return None if "limit" in memory else learns_until(past.first, DAY_MINUTES)

    def ceiling(self, memory: Memory, past: Past) -> int | None:
        """What the minute may cost before its step goes on with a climb; None while it learns."""
        if "limit" not in memory:
            return None
        sums = self.steps.closed(past.costs)
        more = climbs.more(sums[:-1], climbs.limit(memory))
        if more is None:
            return ANY
        floor = max(1, floor_at(self.floor, past.at - past.first, DAY_MINUTES))
        return max(1, self._bar(memory, past.at, sums, more, floor) - sums[-1])

    def _bar(self, memory: Memory, at: int, sums: Sequence[int], more: int, floor: int) -> int:
        """What the last step has to cost; of `sums` all others are known."""
        return max(
            sums[-2] + more,
            self._least(memory, at),
            self._times(sums[0]),
            self._expected(memory, at) + floor - sum(sums[1:-1]),
        )

    def _least(self, memory: Memory, at: int) -> int:
        """What the last step of a climb costs at least, at that minute."""
        usual = self.steps.minutes * self.usual(memory, at)
        return max(2 * climbs.limit(memory), self._times(usual))

    def _times(self, cost: int) -> int:
        numerator, denominator = self.times
        return -(-cost * numerator // denominator)

    def _expected(self, memory: Memory, at: int) -> int:
        """What the steps after the first usually cost; they are shorter than two hours."""
        length, inside = self.steps.window, at % HOUR_MINUTES + 1
        late = min(length, inside)
        before = length - late
        found = late * self.usual(memory, at)
        return found + before * self.usual(memory, at - inside) if before else found

    def quiet(self, memory: Memory, past: Past, costs: Sequence[int]) -> bool:
        """No climb that is high enough ends with any of these minutes."""
        if "limit" not in memory:
            return True
        least, limit = self._least(memory, past.at), climbs.limit(memory)
        return all(
            sums[-1] < max(least, self._times(sums[0])) or climbs.climb(sums) < limit
            for sums in self.steps.ending(past.costs, costs)
        )

    def rests(self, memory: Memory, past: Past) -> int:
        """What the last step of a climb costs at least, less what it may hold already."""
        if "limit" not in memory:
            return ANY
        return self._least(memory, past.at) - self.steps.closed(past.costs)[-1]

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Speaks of the steps after the first."""
        ceiling = self.ceiling(memory, past)
        if ceiling is None:
            return LEARNING
        sums = self.steps.closed(past.costs)
        held, expected = sum(sums[1:]), self._expected(memory, past.at)
        climbing = ceiling < ANY
        sums = (*sums[:-1], sums[-1] + bucket.cost)
        return Verdict(
            breach=bucket.cost >= ceiling,
            window=self.steps.window,
            observed=held + bucket.cost,
            expected=expected,
            low=0,
            high=held + ceiling if climbing else max(held + bucket.cost, expected),
            reason=self._reason(memory, past.at, sums) if climbing else self._calm(sums[-1]),
        )

    def _calm(self, last: int) -> str:
        return f"{self._rate(last)} a minute; it does not climb"

    def _rate(self, cost: int) -> str:
        return dollars(cost // self.steps.minutes)

    def _reason(self, memory: Memory, at: int, sums: Sequence[int]) -> str:
        known, rates = climbs.records(memory), [self._rate(cost) for cost in sums]
        return (
            f"{', '.join(rates[:-1])} and {rates[-1]} a minute in steps of "
            f"{counted(self.steps.minutes, 'minute')}; "
            f"usually {dollars(self.usual(memory, at))}; "
            f"two rises of {self._rate(climbs.limit(memory))} are once in {self.once_in} days; "
            f"steepest of {counted(len(known), 'day')} {self._rate(max(known))}"
        )

    def usual(self, memory: Memory, minute: int) -> int:
        """A sixtieth of its hour's usual cost."""
        return profile.expected_minute(memory, minute)

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """Nothing but at the end of an hour; the limit at midnight."""
        end = past.at + 1
        if end % HOUR_MINUTES:
            return {}
        costs = (*past.costs, bucket.cost)
        hour, spent = past.at // HOUR_MINUTES, sum(costs[-HOUR_MINUTES:])
        spent = holidays.hour(self.holidays, memory, hour, spent)
        changed = profile.learnt(memory, hour, spent)
        top = self.steps.steepest(costs[:-HOUR_MINUTES], costs[-HOUR_MINUTES:])
        changed |= climbs.today(memory, top)
        if end % DAY_MINUTES == 0 and end >= learns_until(past.first, DAY_MINUTES):
            changed |= climbs.midnight({**memory, **changed}, self.once_in)
        return differing(memory, changed)

    def taught(self, memory: Memory, costs: Sequence[int]) -> Memory:
        """The newest record is at least the steepest climb of those costs; the limit follows."""
        top = self.steps.steepest((), costs)
        return differing(memory, climbs.raised(memory, top, self.once_in))
