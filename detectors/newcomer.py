"""Newcomers: a series never seen before that spends fast.

Records need a day of history; a new key, model or application can spend a month's money before
that. So what a series costs in its first hours is added up and held against a money floor, once
watch itself is old enough to know what is new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from detectors.base import Detector, Settings
from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.money import Usd, dollars, nano
from schemas.rules import ANY, Memory, Past, Verdict
from schemas.states import Bucket, Model
from schemas.wording import span

KNOWN = Verdict(False, 1, 0, 0, 0, 0, "not a newcomer")


class NewcomerSettings(Settings):
    """Finds new series that reach a money floor within their first hours."""

    kind: Literal["newcomer"] = "newcomer"
    within_hours: Annotated[int, Field(ge=1, le=24 * 56)] = 24
    history_days: Annotated[int, Field(ge=0, le=365)] = 3
    floor_usd: Usd = Usd(25)

    def rule(self, series: str) -> "Newcomer":
        """The same for every series."""
        return Newcomer(
            name=self.name,
            within=self.within_hours * HOUR_MINUTES,
            history=self.history_days * DAY_MINUTES,
            floor=nano(self.floor_usd),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer(Detector):
    """The detector; `within` and `history` in minutes. Memory's part `spent` is the cost so far.

    What it found is no secret to it: once the floor was reached, that has been told.
    """

    cause: str = "newcomer"
    guards: bool = False
    patience: int = DAY_MINUTES
    within: int
    history: int
    floor: int

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """The minute from which a series that appears is new; None when that has come."""
        ready = past.since + self.history
        return ready if past.at < ready else None

    def ceiling(self, memory: Memory, past: Past) -> int | None:
        """What is left of the floor; None where the series is no newcomer, or was told."""
        return self._left(memory) if self._new(memory, past) else None

    def quiet(self, memory: Memory, past: Past, costs: Sequence[int]) -> bool:
        """While the series is new every cost counts; later none does."""
        return not self._new(memory, past)

    def rests(self, memory: Memory, past: Past) -> int:
        """Once the series is not new: it never is again."""
        return 0 if self._new(memory, past) else ANY

    def _left(self, memory: Memory) -> int:
        return self.floor - _spent(memory)

    def _new(self, memory: Memory, past: Past) -> bool:
        young = past.at - past.first < self.within and past.first - past.since >= self.history
        return young and self._left(memory) > 0

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Speaks of all that the series has cost."""
        if not self._new(memory, past):
            return KNOWN
        spent, age = _spent(memory) + bucket.cost, past.at - past.first + 1
        reason = (
            f"{dollars(spent)} in the first {span(age)} of a series never seen before; "
            f"floor {dollars(self.floor)}"
        )
        return Verdict(spent >= self.floor, age, spent, 0, 0, self.floor, reason)

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """Adds up while the series is new."""
        if not bucket.cost or not self._new(memory, past):
            return {}
        return {"spent": Model(longs=(_spent(memory) + bucket.cost,))}


def _spent(memory: Memory) -> int:
    part = memory.get("spent")
    return part.longs[0] if part else 0
