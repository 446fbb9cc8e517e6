"""Shared pools: what belongs to many, and by which driver it is divided.

A pool's usage is charged to the pool; split divides its cost among the members by what they did
in the same time (DESIGN: pools). FOCUS 1.3 calls the record an allocation with its method.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ledger.owners import Identifier
from schemas.match import Match


class Driver(StrEnum):
    """What the members' parts are measured by."""

    TOKENS = "tokens"
    CALLS = "calls"
    GPU_HOURS = "gpu_hours"
    SEATS = "seats"
    EVEN = "even"
    FIXED = "fixed"


MEASURED: Mapping[Driver, tuple[str, ...]] = {
    Driver.TOKENS: (
        "input_uncached", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning",
        "audio_in", "audio_out", "image_in",
    ),
    Driver.CALLS: ("requests",),
    Driver.GPU_HOURS: ("gpu_seconds",),
    Driver.SEATS: ("seats",),
}  # fmt: skip
"""The quantities that a driver adds up; even and fixed measure nothing."""


def summed(quantities: Mapping[str, int], driver: Driver) -> int:
    """What a driver counts of quantities: tokens, calls, ..."""
    return sum(quantities.get(name, 0) for name in MEASURED[driver])


class Pool(BaseModel):
    """Usage that matches `when` belongs to the pool; its cost to the members."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    when: Match
    driver: Driver
    members: tuple[Identifier, ...] = Field(min_length=1)
    percent: Mapping[str, int] = Field(default={}, description="member to percent, if fixed")

    @model_validator(mode="after")
    def complete(self) -> "Pool":
        """Fixed shares name every member and add up to 100."""
        if self.driver is not Driver.FIXED:
            if self.percent:
                raise ValueError("percent is for the driver `fixed` alone")
            return self
        if set(self.percent) != set(self.members) or sum(self.percent.values()) != 100:
            raise ValueError("percent names every member and adds up to 100")
        if min(self.percent.values()) < 0:
            raise ValueError("percent is never negative")
        return self

    @property
    def owner(self) -> str:
        """The owner that the pool's usage is charged to."""
        return f"pool/{self.id}"

    def weights(
        self, done: Mapping[str, Mapping[str, int]], sharing: Sequence[str]
    ) -> Mapping[str, int]:
        """Application to weight, from what each did: application to quantity name to sum.

        `sharing` are the applications that the members stand for.
        """
        if self.driver is Driver.EVEN:
            return dict.fromkeys(sharing, 1)
        if self.driver is Driver.FIXED:
            return dict(self.percent)
        return {each: summed(done.get(each, {}), self.driver) for each in sharing}
