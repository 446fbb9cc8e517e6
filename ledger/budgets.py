"""Budgets: an amount for a series and a month, and the marks on the way to it.

Each mark is told once in a period, whatever comes after: what is told is kept with what is spent.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ledger import periods
from ledger.periods import Period, Zone
from schemas import series as naming
from schemas.cuts import Cut
from schemas.match import Match
from schemas.money import Usd, dollars, nano
from schemas.states import Spent

Marks = Annotated[tuple[Annotated[int, Field(ge=1, le=10_000)], ...], Field(min_length=1)]


class Budget(BaseModel):
    """At most `amount_usd` a calendar month for a series, or for the usage that matches `when`.

    A raised budget is a new `version`, so that its marks are told anew. `from` is the first day,
    in its time zone, that it counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,47}$")]
    series: str | None = None
    when: Match | None = None
    amount_usd: Usd
    period: Literal["month"] = "month"
    time_zone: Zone = "UTC"
    marks: Marks = (50, 80, 100, 120)
    version: Annotated[int, Field(ge=1)] = 1
    since: date | None = Field(default=None, alias="from")

    @field_validator("marks")
    @classmethod
    def _ascending(cls, marks: tuple[int, ...]) -> tuple[int, ...]:
        if any(low >= high for low, high in pairwise(marks)):
            raise ValueError("marks ascend")
        return marks

    @model_validator(mode="after")
    def _one(self) -> "Budget":
        if (self.series is None) == (self.when is None):
            raise ValueError("a budget has either a series or a filter `when`")
        return self

    @property
    def amount(self) -> int:
        """The amount in nano-dollars."""
        return nano(self.amount_usd)

    @property
    def watched(self) -> str:
        """The series that it is spent by."""
        return self.series if self.series is not None else naming.name(self._cut)

    def cuts(self) -> tuple[Cut, ...]:
        """The cut that a filter needs, named after the budget."""
        return () if self.when is None else (Cut(name=self._cut, when=self.when),)

    def period_of(self, minute: int) -> Period | None:
        """The month of a minute since 1970; None before the budget counts."""
        month = periods.month(minute, self.time_zone)
        begins = periods.midnight(self.since, self.time_zone) if self.since else 0
        start = max(month.start, begins)
        return Period(month.key, start, month.end) if start <= minute else None

    @property
    def _cut(self) -> str:
        return f"budget.{self.name}"


class How(StrEnum):
    """How a mark came to be reached."""

    CROSSED = "crossed"
    """The amount that was added reached it."""

    ALREADY = "already"
    """It had been reached when the budget, or the mark, was first seen."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A mark to be told; `percent` is what is spent now, rounded down."""

    mark: int
    how: How
    percent: int
    identity: str
    reason: str


def identity(budget: Budget, period: str, mark: int) -> str:
    """What a mark is told by, once: budget, version, the period's key and mark, as
    `retail/1/2026-11/80`.
    """
    return f"{budget.name}/{budget.version}/{period}/{mark}"


def add(
    budget: Budget, period: Period, spent: Spent, cost: int = 0, shared: int = 0
) -> tuple[Spent, tuple[Reached, ...]]:
    """What is spent with direct and shared nano-dollars added, and the marks to be told of it.

    Each mark that the addition crosses is told, lowest first. Where none is, the highest of those
    that had been reached untold is: so a budget that is first seen in the middle of its month
    begins with `add` of nothing to what was spent by then. All of them count as told.
    """
    after = replace(spent, cost=spent.cost + cost, shared=spent.shared + shared)
    untold = [mark for mark in budget.marks if mark not in spent.marks]
    reached = [mark for mark in untold if total(after) >= least(budget, mark)]
    crossed = [mark for mark in reached if total(spent) < least(budget, mark)]
    told = crossed or reached[-1:]
    how = How.CROSSED if crossed else How.ALREADY
    news = tuple(_reached(budget, period, after, mark, how) for mark in told)
    return replace(after, marks=tuple(sorted({*spent.marks, *reached}))), news


def total(spent: Spent) -> int:
    """Direct and shared, nano-dollars."""
    return spent.cost + spent.shared


def least(budget: Budget, mark: int) -> int:
    """The least nano-dollars that reach a mark."""
    return -(-budget.amount * mark // 100)


def ceiling(budget: Budget, spent: Spent) -> int | None:
    """What may still be spent until the next mark that is not told: reaching it is the crossing.

    None where all are told.
    """
    untold = [mark for mark in budget.marks if mark not in spent.marks]
    return least(budget, untold[0]) - total(spent) if untold else None


def _reached(budget: Budget, period: Period, spent: Spent, mark: int, how: How) -> Reached:
    percent = total(spent) * 100 // budget.amount
    sums = f"{dollars(total(spent))} of {dollars(budget.amount)} in {period.key}"
    reason = (
        f"{mark} % reached: {sums}" if how is How.CROSSED else f"already at {percent} %: {sums}"
    )
    return Reached(mark, how, percent, identity(budget, period.key, mark), reason)
