"""Money: dollars as a rulebook writes them, nano-dollars inside, dollars as people read them."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field

NANO = 1_000_000_000
"""Nano-dollars in a dollar."""

Usd = Annotated[Decimal, Field(gt=0, le=9_000_000_000, max_digits=15, decimal_places=9)]
"""An amount above 0 in dollars, exact to the nano-dollar; the most is what int64 holds of them.

YAML reads a decimal as a double, which holds 15 digits without loss, so more are refused.
"""


def nano(usd: Decimal) -> int:
    """Dollars in nano-dollars, exactly. Raises ValueError where there is a finer part."""
    numerator, denominator = usd.as_integer_ratio()
    whole, rest = divmod(numerator * NANO, denominator)
    if rest:
        raise ValueError(f"${usd} is finer than a nano-dollar")
    return whole


def divided(amount: int, by: int) -> int:
    """A whole amount divided by another above 0, rounded half-even, exact inside."""
    return round(Fraction(amount, by))


def dollars(nano: int) -> str:
    """Nano-dollars as `$1,234.50`; under ten cents two digits that count, as `$0.0042`.

    Rounded half-even, for people alone.
    """
    sign, size = "-" if nano < 0 else "", abs(nano)
    whole, _, part = f"{Decimal(size).scaleb(-9):,.{_places(size)}f}".partition(".")
    return f"{sign}${whole}.{part.rstrip('0').ljust(2, '0')}"


def _places(nano: int) -> int:
    return min(9, max(2, 11 - len(str(nano)))) if nano else 2
