"""How much of an hour's spend nobody owns, or how many of its charges have no price."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from policies.base import Policy, Watching, exceeds, times
from schemas.ends import Ends
from schemas.match import Globs
from schemas.money import Usd, divided, dollars, nano
from schemas.rules import Grain, Memory, Past, Rule, Verdict
from schemas.states import Bucket
from schemas.wording import counted

Percent = Annotated[Decimal, Field(gt=0, lt=100, decimal_places=6)]


class ShareOfUnowned(Watching):
    """At most `percent` of an hour's cost has no owner, where the hour costs `floor_usd`."""

    kind: Literal["share"] = "share"
    of: Literal["unowned"]
    percent: Percent
    floor_usd: Usd = Decimal(10)
    series: Globs = ("organisation:*",)

    def rule(self) -> Rule:
        """The share of cost."""
        return UnownedShare(
            name=self.name, most=self.percent.scaleb(-2), floor=nano(self.floor_usd)
        )


class ShareOfUnpriced(Watching):
    """At most `percent` of an hour's charges lack a price, where it has `charges` of them."""

    kind: Literal["share"] = "share"
    of: Literal["unpriced"]
    percent: Percent
    charges: Annotated[int, Field(ge=1)] = 100
    series: Globs = ("organisation:*",)

    def rule(self) -> Rule:
        """The share of charges."""
        return UnpricedShare(name=self.name, most=self.percent.scaleb(-2), charges=self.charges)


ShareSettings = Annotated[ShareOfUnowned | ShareOfUnpriced, Field(discriminator="of")]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnownedShare(Policy):
    """An hour of at least `floor` nano-dollars, of which more than `most` has no owner, is a
    breach. What it observes is unowned dollars.
    """

    cause: str = "share"
    grain: Grain = Grain.HOUR
    ends: Ends = Ends.NEXT
    most: Decimal
    floor: int

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Whether too much of the closed hour's cost has no owner."""
        allowed = times(bucket.cost, self.most)
        return Verdict(
            breach=bucket.cost >= self.floor and exceeds(bucket.unowned, bucket.cost, self.most),
            window=1,
            observed=bucket.unowned,
            expected=allowed,
            low=0,
            high=allowed,
            reason=f"{dollars(bucket.unowned)} of {dollars(bucket.cost)} has no owner: "
            f"{percent(bucket.unowned, bucket.cost)}, at most {_allowed(self.most)}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpricedShare(Policy):
    """An hour of at least `charges` charges, of which more than `most` lack a price, is a breach.

    What has no price has no dollars: it observes 0.
    """

    cause: str = "share"
    grain: Grain = Grain.HOUR
    ends: Ends = Ends.NEXT
    most: Decimal
    charges: int

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Whether too many of the closed hour's charges lack a price."""
        part, whole = bucket.unpriced, bucket.charges
        return Verdict(
            breach=whole >= self.charges and exceeds(part, whole, self.most),
            window=1,
            observed=0,
            expected=0,
            low=0,
            high=0,
            reason=f"{part:,} of {counted(whole, 'charge')} without a price: "
            f"{percent(part, whole)}, at most {_allowed(self.most)}",
        )


def percent(part: int, whole: int) -> str:
    """A share for people, to a tenth of a percent; nothing of nothing is 0."""
    tenths = divided(part * 1000, whole) if whole else 0
    return f"{tenths // 10}.{tenths % 10} %"


def _allowed(most: Decimal) -> str:
    return f"{most.scaleb(2).normalize():f} %"
