"""What a call costs: long prompts, endless answers and dear models show here, whatever the load."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from policies.base import Policy, Watching
from schemas.ends import Ends
from schemas.money import Usd, divided, dollars, nano
from schemas.rules import Grain, Memory, Past, Rule, Verdict
from schemas.states import Bucket
from schemas.wording import counted


class PricePerCallSettings(Watching):
    """A call costs at most `usd`, on average over a closed bucket of at least `calls` calls."""

    kind: Literal["price_per_call"] = "price_per_call"
    usd: Usd
    calls: Annotated[int, Field(ge=1)] = 100
    grain: Literal["minute", "hour"] = "hour"

    def rule(self) -> Rule:
        """The price in nano-dollars."""
        return PricePerCall(
            name=self.name, grain=Grain(self.grain), price=nano(self.usd), calls=self.calls
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePerCall(Policy):
    """A bucket whose calls cost more than `price` nano-dollars each is a breach."""

    cause: str = "price_per_call"
    ends: Ends = Ends.NEXT
    price: int
    calls: int

    def rests(self, memory: Memory, past: Past) -> int:
        """What the fewest calls that are judged may cost together."""
        return self.price * self.calls + 1

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Whether the closed bucket's calls cost more than they may together."""
        calls = bucket.quantities.get("requests", 0)
        fair = self.price * calls
        return Verdict(
            breach=calls >= self.calls and bucket.cost > fair,
            window=1,
            observed=bucket.cost,
            expected=fair,
            low=0,
            high=fair,
            reason=self._reason(calls, bucket.cost),
        )

    def _reason(self, calls: int, cost: int) -> str:
        if calls < self.calls:
            return f"{counted(calls, 'call')}, too few to say; at least {self.calls}"
        price, over = dollars(divided(cost, calls)), counted(calls, "call")
        return f"{price} a call over {over}; at most {dollars(self.price)} is allowed"
