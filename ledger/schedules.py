"""What a unit costs: the rate card over public prices, decided for each quantity on its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import lcm

from ledger.catalogue import Public, Step, public
from ledger.rates import Rate
from ledger.validity import FIRST, LAST, around, dawn
from schemas import columns
from schemas.match import kind

DRIVERS = ("requests", "uses")
"""Quantities that are billable only where something prices them."""


class PriceState(StrEnum):
    """How sure a price is, from sure to unknown; a usage has the worst of its quantities."""

    RESOLVED = "resolved"
    ESTIMATED = "estimated"
    UNPRICED = "unpriced"


RESOLVED, ESTIMATED, UNPRICED = PriceState


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of a quantity costs, in exact pico-dollars, and which entries say so."""

    pico: Fraction
    state: PriceState
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Rates:
    """Prices of all quantities in the contract's order (`columns.quantities`); None: no rate.

    What is asked of it is asked for the quantities that a usage has: `present` is one bit for each
    quantity, the first one lowest.
    """

    prices: tuple[Price | None, ...]

    @cached_property
    def divisor(self) -> int:
        """By what all numerators are divided: 1, or 3600 and the like."""
        return lcm(*(price.pico.denominator for price in self.prices if price))

    @cached_property
    def numerators(self) -> tuple[int, ...]:
        """Pico-dollars a unit times the divisor, 0 where there is no rate."""
        return tuple(int(price.pico * self.divisor) if price else 0 for price in self.prices)

    @cached_property
    def whole(self) -> tuple[int, ...]:
        """Whole pico-dollars a unit."""
        return tuple(numerator // self.divisor for numerator in self.numerators)

    @cached_property
    def part(self) -> tuple[int, ...]:
        """What is left of a unit's price, times the divisor."""
        return tuple(numerator % self.divisor for numerator in self.numerators)

    @cached_property
    def cheaper(self) -> tuple[int, ...]:
        """By how many pico-dollars a unit is cheaper than one of plain input, to a whole one.

        0 where one of the two rates is not known.
        """
        plain = self.prices[columns.quantities().index("input_uncached")]
        return tuple(
            round(plain.pico - price.pico) if price and plain else 0 for price in self.prices
        )

    def rate_id(self, present: int) -> str:
        """The entries that price these quantities, joined by `+`; empty where none does."""
        used = (entries for entries, priced in self._priced.items() if priced & present)
        return "+".join(dict.fromkeys(entry for entries in used for entry in entries))

    def state(self, present: int) -> PriceState:
        """How sure the price of a usage with these quantities is."""
        if present & self._lacking:
            return UNPRICED
        return ESTIMATED if present & self._estimated else RESOLVED

    def lacking(self, present: int) -> tuple[str, ...]:
        """Which of these quantities are billable and have no rate."""
        without = present & self._lacking
        if not without:
            return ()
        return tuple(name for bit, name in enumerate(columns.quantities()) if without >> bit & 1)

    @cached_property
    def _priced(self) -> Mapping[tuple[str, ...], int]:
        """Entries to the quantities that they price, as bits."""
        found: dict[tuple[str, ...], int] = {}
        for bit, price in enumerate(self.prices):
            if price:
                found[price.entries] = found.get(price.entries, 0) | 1 << bit
        return found

    @cached_property
    def _estimated(self) -> int:
        return _bits(price is not None and price.state is ESTIMATED for price in self.prices)

    @cached_property
    def _lacking(self) -> int:
        each = zip(columns.quantities(), self.prices, strict=True)
        return _bits(price is None and name not in DRIVERS for name, price in each)


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << bit for bit, flag in enumerate(flags) if flag)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rates by size of prompt: `rates[i]` where it has more than `above[i]` tokens.

    `above` is ascending and begins with 0; `rates[0]` is also for no prompt at all. It holds for
    usages in `[holds_from, holds_until)`: for months mostly, for hours where a price goes by them.
    """

    above: tuple[int, ...]
    rates: tuple[Rates, ...]
    holds_from: datetime
    holds_until: datetime

    def prices_as(self, other: "Schedule") -> bool:
        """Whether the same usage costs the same by another one."""
        if self is other or self.rates is other.rates:
            return True
        return self.above == other.above and all(
            (one.numerators, one.divisor) == (two.numerators, two.divisor)
            for one, two in zip(self.rates, other.rates, strict=True)
        )


def deciding(card: Sequence[Rate]) -> tuple[str, ...]:
    """The dimensions on which a price can depend: usages that agree on them share a schedule."""
    named = {name for rate in card for name in rate.when.named}
    return tuple(sorted({"type", "provider", "model", "tier"} | named))


def schedule(dimensions: Mapping[str, str], at: datetime, card: Sequence[Rate]) -> Schedule:
    """What usages with these dimensions cost around an aware moment.

    For each quantity the first that prices it: a contract entry, the public price (less the first
    matching discount), a fallback entry.
    """
    moment = at.astimezone(UTC)
    meant = [rate for rate in card if rate.when.matches(dimensions)]
    listed = _listed(dimensions, moment)
    rates = [rate for rate in meant if rate.holds(moment.date())]
    return Schedule(
        tuple(step.above for step in listed.steps),
        tuple(_rates(rates, step) for step in listed.steps),
        *around((listed.holds_from, listed.holds_until, *_edges(meant)), moment),
    )


def _listed(dimensions: Mapping[str, str], moment: datetime) -> Public:
    """The public price, or none for ever."""
    found = None
    if kind(dimensions.get("type", "")) == "llm":
        provider, model = dimensions.get("provider", ""), dimensions.get("model", "")
        found = public(provider, model, dimensions.get("tier", "standard"), moment)
    return found or Public((Step(0, "", {}),), FIRST, LAST)


def _edges(rates: Sequence[Rate]) -> Iterator[datetime]:
    return (dawn(day) for rate in rates for day in (rate.since, rate.until) if day)


def _rates(rates: Sequence[Rate], step: Step) -> Rates:
    return Rates(tuple(_price(rates, step, name) for name in columns.quantities()))


def _price(rates: Sequence[Rate], step: Step, quantity: str) -> Price | None:
    return (
        _entry(rates, quantity, RESOLVED)
        or _public(rates, step, quantity)
        or _entry(rates, quantity, ESTIMATED)
    )


def _entry(rates: Sequence[Rate], quantity: str, state: PriceState) -> Price | None:
    for rate in rates:
        pico = rate.pico(quantity)
        if rate.fallback == (state is ESTIMATED) and pico is not None:
            return Price(pico, state, (rate.rate_id,))
    return None


def _public(rates: Sequence[Rate], step: Step, quantity: str) -> Price | None:
    pico = step.rates.get(quantity)
    if pico is None:
        return None
    for rate in rates:
        if rate.discount_percent is not None:
            left = 1 - Fraction(rate.discount_percent) / 100
            return Price(pico * left, RESOLVED, (rate.rate_id, step.rate_id))
    return Price(pico, RESOLVED, (step.rate_id,))
