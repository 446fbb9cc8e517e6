"""At most so many dollars in any window: the guard rail that needs no history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import field_validator

from policies.base import DAY, HOUR, Policy, Watching, Window, latest, minutes_of
from schemas.ends import Ends
from schemas.money import Usd, dollars, nano
from schemas.rules import Grain, Memory, Past, Rule, Verdict
from schemas.states import Bucket
from schemas.sums import largest
from schemas.wording import span

LONGEST = 168 * HOUR
"""The longest window in minutes: a week."""


class LimitSettings(Watching):
    """At most `usd` in each `window`: whole minutes to 24 h, sliding by the minute; longer in
    hours to 168 h, sliding by the hour.
    """

    kind: Literal["limit"] = "limit"
    usd: Usd
    window: Window

    @field_validator("window")
    @classmethod
    def _kept(cls, window: str) -> str:
        length = minutes_of(window)
        if length > LONGEST or (length > DAY and length % HOUR):
            raise ValueError("minutes up to 24h, or hours up to 168h")
        return window

    def rule(self) -> Rule:
        """The limit in buckets."""
        length = minutes_of(self.window)
        grain = Grain.MINUTE if length <= DAY else Grain.HOUR
        buckets = length // grain.minutes
        return Limit(
            name=self.name,
            grain=grain,
            memory=buckets - 1,
            ends=Ends.PACE if grain is Grain.MINUTE else Ends.NEXT,
            limit=nano(self.usd),
            buckets=buckets,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Policy):
    """A window of `buckets` that reaches `limit` nano-dollars is a breach.

    In hours it is over when an hour closes in a window that is not full; in minutes that would
    flutter at the limit, so there the pace decides.
    """

    cause: str = "limit"
    limit: int
    buckets: int

    def ceiling(self, memory: Memory, past: Past) -> int:
        """What is left of the limit.

        Where the window was full before this bucket, which was told then, it is a breach again
        only if it goes on at the limit's own pace: an old burst that is still in sight is no news.
        """
        left = self.limit - latest(past.costs, self.buckets - 1)
        return left if left > 0 else -(-self.limit // self.buckets)

    def quiet(self, memory: Memory, past: Past, costs: Sequence[int]) -> bool:
        """No window reaches the limit."""
        sums = [*past.costs[max(0, len(past.costs) - self.buckets + 1) :], *costs]
        return largest(sums, (self.buckets,), len(costs))[0] < self.limit

    def rests(self, memory: Memory, past: Past) -> int:
        """What is left of the limit: no later window holds more of what is past."""
        return self.limit - latest(past.costs, self.buckets - 1)

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Whether the bucket's cost reaches the ceiling."""
        spent = latest(past.costs, self.buckets - 1) + bucket.cost
        length = span(self.buckets * self.grain.minutes)
        return Verdict(
            breach=bucket.cost >= self.ceiling(memory, past),
            window=self.buckets,
            observed=spent,
            expected=self.limit,
            low=0,
            high=self.limit,
            reason=f"{dollars(spent)} in the last {length}; the limit is {dollars(self.limit)}",
        )

    def usual(self, memory: Memory, minute: int) -> int:
        """The limit's even pace: any window of minutes that follow each other adds up to it."""
        length = self.buckets * self.grain.minutes
        return self.limit * (minute + 1) // length - self.limit * minute // length
