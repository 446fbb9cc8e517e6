"""The user's own dated rate card: what stands in the rulebook under `rates:`."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas import columns
from schemas.match import Match
from schemas.money import exact

PICO = 10**12
"""Pico-dollars in a dollar."""


class Per(StrEnum):
    """How many units of a quantity a price is for."""

    UNIT = "unit"
    THOUSAND = "thousand"
    MILLION = "million"
    HOUR = "hour"

    @property
    def units(self) -> int:
        """Units that the price buys; an hour is 3600 gpu-seconds."""
        return {Per.UNIT: 1, Per.THOUSAND: 1000, Per.MILLION: 10**6, Per.HOUR: 3600}[self]


def _number(given: object) -> object:
    if isinstance(given, bool):
        raise ValueError("a number, not a yes or no")
    return Decimal(repr(given)) if isinstance(given, float) else given


def _quantity(name: str) -> str:
    if name not in columns.quantities():
        raise ValueError(f"{name!r} is none of {', '.join(columns.quantities())}")
    return name


Usd = Annotated[
    Decimal,
    BeforeValidator(_number),
    Field(ge=0, le=9_000_000, decimal_places=12),
    AfterValidator(exact),
]
"""Dollars as they are written."""

Percent = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=100, decimal_places=6)]
Day = Annotated[date, Field(strict=True)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
Quantity = Annotated[str, AfterValidator(_quantity)]


class Rate(BaseModel):
    """One entry of the rate card: prices of some quantities, or a discount on public prices.

    It holds for usages that match `when` on days UTC in `[from, until)`. A fallback prices only
    what nothing else prices, and makes the charge `estimated`. A price of 0 is a price.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    when: Match = Match()
    since: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    usd: Annotated[Mapping[Quantity, Usd], Field(min_length=1)] | None = None
    per: Per | None = None
    discount_percent: Percent | None = None
    fallback: bool = False

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.usd is None) == (self.discount_percent is None):
            raise ValueError("either usd or discount_percent")
        if (self.usd is None) != (self.per is None):
            raise ValueError("usd and per go together")
        if self.fallback and self.usd is None:
            raise ValueError("a fallback is a price, not a discount")
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.per is Per.HOUR and set(self.usd or ()) != {"gpu_seconds"}:
            raise ValueError("only gpu_seconds are priced per hour")
        if self.since and self.until and self.since >= self.until:
            raise ValueError(f"until {self.until} is not after from {self.since}")
        return self

    @property
    def rate_id(self) -> str:
        """What a charge says of it: its name and its first day."""
        return f"card/{self.name}/{self.since or 'undated'}"

    def holds(self, day: date) -> bool:
        """Whether it is in force on that day UTC."""
        began = self.since is None or self.since <= day
        ended = self.until is not None and self.until <= day
        return began and not ended

    def pico(self, quantity: str) -> Fraction | None:
        """Its price of one unit in pico-dollars, exact; None where it says nothing.

        Reasoning is billed as output, unless the entry prices it apart.
        """
        usd = self.usd or {}
        price = usd.get(quantity, usd.get("output") if quantity == "reasoning" else None)
        return None if price is None or self.per is None else scaled(price, self.per.units)


@lru_cache(maxsize=4096)
def scaled(usd: Decimal, units: int) -> Fraction:
    """Pico-dollars a unit, where `usd` buys so many units. Exact."""
    return Fraction(usd) * PICO / units


def _once(rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
    ids = [rate.rate_id for rate in rates]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ValueError(f"more than one entry is called {', '.join(twice)}")
    return rates


Card = Annotated[tuple[Rate, ...], AfterValidator(_once)]
"""A whole rate card, in the order in which its entries are asked."""
