"""Newcomers: a series never seen before that spends fast.

Records need a day of history; a new key, model or application can spend a month's money before
that. So what a series costs in its first hours is added up and held against a money floor, once
watch itself is old enough to know what is new. Where it has siblings, it must also cost more than
they do: a new key that costs what all keys of its application cost is no news.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from detectors.base import Detector, Settings
from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.money import Usd, dollars, nano
from schemas.rules import ANY, Memory, Past, Verdict
from schemas.siblings import SPANS, Siblings
from schemas.states import Bucket, Model
from schemas.wording import span

KNOWN = Verdict(False, 1, 0, 0, 0, 0, "not a newcomer")


class NewcomerSettings(Settings):
    """Finds new series that within their first hours reach a money floor and `times` what their
    siblings cost.
    """

    kind: Literal["newcomer"] = "newcomer"
    within_hours: Annotated[int, Field(ge=1, le=24 * 14)] = 24
    history_days: Annotated[int, Field(ge=0, le=365)] = 3
    times: Annotated[Decimal, Field(ge=1, le=1000, decimal_places=3)] = Decimal(2)
    floor_usd: Usd = Usd(25)

    def rule(self, series: str) -> "Newcomer":
        """The same for every series."""
        within = self.within_hours * HOUR_MINUTES
        return Newcomer(
            name=self.name,
            siblings=within,
            within=within,
            history=self.history_days * DAY_MINUTES,
            times=self.times.as_integer_ratio(),
            floor=nano(self.floor_usd),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer(Detector):
    """The detector; `within` and `history` in minutes. Memory's part `spent` is the cost so far,
    `told` the minute in which it was too much.

    What it found is no secret to it: once that was told, all is.
    """

    cause: str = "newcomer"
    guards: bool = False
    patience: int = DAY_MINUTES
    within: int
    history: int
    times: tuple[int, int]
    floor: int

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """The minute from which a series that appears is new; None when that has come."""
        ready = past.since + self.history
        return ready if past.at < ready else None

    def ceiling(self, memory: Memory, past: Past) -> int | None:
        """What is left of its room; None where the series is no newcomer, or was told."""
        return self._left(memory, past) if self._new(memory, past) else None

    def quiet(self, memory: Memory, past: Past, costs: Sequence[int]) -> bool:
        """While the series is new every cost counts; later none does."""
        return not self._new(memory, past)

    def rests(self, memory: Memory, past: Past) -> int:
        """Once the series is not new: it never is again."""
        return 0 if self._new(memory, past) else ANY

    def _left(self, memory: Memory, past: Past) -> int:
        """At least the next nano-dollar, if a rulebook of today allows less than was spent."""
        return max(self._room(past) - _spent(memory), 1)

    def _room(self, past: Past) -> int:
        """What the series may cost up to now: no hour of its life makes it less."""
        if past.siblings is None:
            return self.floor
        numerator, denominator = self.times
        dear = _until(past.siblings.tops, _age(past))
        return max(self.floor, dear * numerator // denominator)

    def _new(self, memory: Memory, past: Past) -> bool:
        young = past.at - past.first < self.within and past.first - past.since >= self.history
        return young and "told" not in memory

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Speaks of all that the series has cost."""
        if not self._new(memory, past):
            return KNOWN
        spent, age, siblings = _spent(memory) + bucket.cost, _age(past), past.siblings
        breach = bucket.cost >= self._left(memory, past)
        expected = _until(siblings.middles, age) if siblings else 0
        reason = (
            f"{dollars(spent)} in the first {span(age)} of a series never seen before; "
            f"{_told(siblings)}floor {dollars(self.floor)}"
        )
        return Verdict(breach, age, spent, expected, 0, self._room(past), reason)

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """Adds up while the series is new."""
        if not bucket.cost or not self._new(memory, past):
            return {}
        spent = {"spent": Model(longs=(_spent(memory) + bucket.cost,))}
        told = bucket.cost >= self._left(memory, past)
        return {**spent, "told": Model(longs=(past.at,))} if told else spent


def _spent(memory: Memory) -> int:
    part = memory.get("spent")
    return part.longs[0] if part else 0


def _age(past: Past) -> int:
    """Minutes that the series has lived when this one is over."""
    return past.at - past.first + 1


def _until(costs: Sequence[int], age: int) -> int:
    """What hours of a life cost of which siblings cost so much by the span; `age` in minutes."""
    hours = -(-age // HOUR_MINUTES)
    if hours > SPANS[-1]:
        return costs[-1] * -(-hours // SPANS[-1])
    return next(cost for most, cost in zip(SPANS, costs, strict=True) if hours <= most)


def _told(siblings: Siblings | None) -> str:
    """What siblings cost, in words."""
    if siblings is None:
        return ""
    middle, top = dollars(siblings.middles[-1]), dollars(siblings.tops[-1])
    count = f"{siblings.series:,}"
    return f"half of {count} siblings cost up to {middle} a day, nine in ten up to {top}; "
