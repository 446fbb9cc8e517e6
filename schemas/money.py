"""Money: dollars as a rulebook writes them, nano-dollars inside, dollars as people read them."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, Field

NANO = 1_000_000_000
"""Nano-dollars in a dollar."""

MOST_DIGITS = 15
"""YAML reads a decimal as a double, which holds so many digits without loss."""


def exact(usd: Decimal) -> Decimal:
    """The same number. Raises ValueError where it has more digits than a double holds."""
    if len(usd.normalize().as_tuple().digits) > MOST_DIGITS:
        raise ValueError(f"at most {MOST_DIGITS} digits are held exactly")
    return usd


Usd = Annotated[Decimal, Field(gt=0, le=9_000_000_000, decimal_places=9), AfterValidator(exact)]
"""An amount above 0 in dollars, exact to the nano-dollar; the most is what int64 holds of them."""


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
