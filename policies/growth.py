"""So many times the cost of the same hours a week ago."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from policies.base import HOUR, Policy, Watching, Window, latest, minutes_of, times
from schemas.money import Usd, dollars, nano
from schemas.rules import Grain, Memory, Past, Rule, Verdict
from schemas.states import Bucket, Model
from schemas.wording import span

DAY = 24
WEEK = 168
"""Hours."""


class GrowthSettings(Watching):
    """The last `window` hours cost more than `times` the same hours a week ago, and at least
    `floor_usd` more.

    The defaults of LiteLLM's user_spend_anomalies: three times, ten dollars
    (docs.litellm.ai/docs/proxy/alerting).
    """

    kind: Literal["growth"] = "growth"
    window: Window = "4h"
    times: Annotated[Decimal, Field(gt=1, le=1000, decimal_places=6)] = Decimal(3)
    floor_usd: Usd = Decimal(10)

    @field_validator("window")
    @classmethod
    def _whole(cls, window: str) -> str:
        if minutes_of(window) % HOUR or minutes_of(window) > WEEK * HOUR:
            raise ValueError("whole hours up to 168h")
        return window

    def rule(self) -> Rule:
        """The comparison in hours."""
        hours = minutes_of(self.window) // HOUR
        return Growth(
            name=self.name,
            memory=WEEK + hours - 1,
            hours=hours,
            times=self.times,
            floor=nano(self.floor_usd),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth(Policy):
    """`hours` that cost more than `times` those a week ago and `floor` nano-dollars more.

    It keeps the hours of the last week, so that what burns is counted above what they cost. That
    is all it learns: the comparison is of past costs alone.
    """

    cause: str = "growth"
    grain: Grain = Grain.HOUR
    hours: int
    times: Decimal
    floor: int

    def ceiling(self, memory: Memory, past: Past) -> int | None:
        """What may still be spent in this hour; None until a week ago is known whole.

        Where the hours before were too much already, which was told then, the hour is a breach
        again only if it goes on at that pace.
        """
        if len(past.costs) < self.memory:
            return None
        most = self._most(past)
        left = most - latest(past.costs, self.hours - 1)
        return left if left > 0 else -(-most // self.hours)

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """The hour from which the same hours a week ago are known; None when it has come."""
        until = past.first + self.memory
        return until if past.at < until else None

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Whether the bucket's cost reaches the ceiling."""
        ceiling = self.ceiling(memory, past)
        spent = latest(past.costs, self.hours - 1) + bucket.cost
        if ceiling is None:
            return self._silent(spent)
        before = self._before(past)
        return Verdict(
            breach=bucket.cost >= ceiling,
            window=self.hours,
            observed=spent,
            expected=before,
            low=0,
            high=self._most(past),
            reason=f"{self._told(spent)}; {dollars(before)} in the same hours a week ago, at most "
            f"{self.times.normalize():f} times that and {dollars(self.floor)} more",
        )

    def usual(self, memory: Memory, minute: int) -> int:
        """An even part of the same hour a week ago; 0 where that is not known."""
        hour, part = divmod(minute, HOUR)
        cost = _day(memory, hour)[hour % DAY]
        return cost * (part + 1) // HOUR - cost * part // HOUR

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """The hour takes the place of that of a week ago."""
        day, hour = _day(memory, past.at), past.at % DAY
        return {_name(past.at): Model(longs=(*day[:hour], bucket.cost, *day[hour + 1 :]))}

    def _silent(self, spent: int) -> Verdict:
        reason = f"{self._told(spent)}; no whole week of history yet"
        return Verdict(False, self.hours, spent, spent, 0, spent, reason)

    def _told(self, spent: int) -> str:
        return f"{dollars(spent)} in the last {span(self.hours * HOUR)}"

    def _before(self, past: Past) -> int:
        """The cost of the same hours a week ago."""
        return latest(past.costs, WEEK + self.hours - 1) - latest(past.costs, WEEK - 1)

    def _most(self, past: Past) -> int:
        """The cost of the window at which it is a breach."""
        before = self._before(past)
        return max(times(before, self.times) + 1, before + self.floor)


def _name(hour: int) -> str:
    """The part of memory that keeps the day of an hour: one for each day of the week."""
    return f"day.{hour // DAY % 7}"


def _day(memory: Memory, hour: int) -> Sequence[int]:
    """The costs of the hours of that day, this week's or a week ago's, 0 where not known."""
    kept = memory.get(_name(hour))
    return kept.longs if kept else (0,) * DAY
