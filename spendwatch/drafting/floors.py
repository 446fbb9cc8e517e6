"""Dollars for a first rulebook, from what a day costs: round ones, for people to change."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from schemas.money import NANO
from spendwatch.drafting.sighting import Seen

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
MONTH_DAYS = 30
HEADROOM = Decimal("1.2")
"""A drafted budget is this much more than a month at the pace seen."""

RAIL = 5
"""A drafted limit is so many times the dearest hour seen."""


@dataclass(frozen=True, slots=True)
class Floors:
    """Excess dollars under which nothing is told, and the dollars that are too many anyhow."""

    burst: Decimal
    day: Decimal
    newcomer: Decimal
    growth: Decimal
    rail: Decimal
    """What one application may cost in an hour."""

    month: Decimal
    """A month at the pace seen, with some headroom."""


def floors(seen: Seen) -> Floors:
    """Half a percent of a day for a burst, a few percent for what is slower; never under $1."""
    daily = Decimal(round(seen.daily)) / NANO
    dearest = Decimal(max(seen.hours.values(), default=0)) / NANO
    return Floors(
        burst=rounded(daily * Decimal("0.005"), least=1),
        day=rounded(daily * Decimal("0.03"), least=5),
        newcomer=rounded(daily * Decimal("0.075"), least=10),
        growth=rounded(daily * Decimal("0.05"), least=10),
        rail=rounded(dearest * RAIL, least=10),
        month=rounded(daily * MONTH_DAYS * HEADROOM, least=10, digits=2),
    )


def rounded(usd: Decimal, least: int, digits: int = 1) -> Decimal:
    """The next round amount from `usd` on: 1, 2, 2.5 or 5 and zeros, or two digits and zeros."""
    amount = max(usd, Decimal(least))
    size = Decimal(10) ** (amount.adjusted() - digits + 1)
    if digits > 1:
        return (amount / size).to_integral_value(ROUND_CEILING) * size
    return next(step * size for step in STEPS if step * size >= amount)


def written(usd: Decimal) -> str:
    """Dollars as a rulebook writes them, without an exponent."""
    text = f"{usd:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
