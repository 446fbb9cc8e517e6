"""Dollars as people type them."""

from decimal import Decimal, InvalidOperation

from pydantic import TypeAdapter, ValidationError

from schemas.money import Usd, nano
from spendwatch.failures import Failure

USD: TypeAdapter[Decimal] = TypeAdapter(Usd)


def nano_usd(text: str, option: str) -> int:
    """Dollars above 0 as nano-dollars; a dollar sign may stand before them. Raises Failure."""
    try:
        return nano(USD.validate_python(Decimal(text.strip().removeprefix("$"))))
    except (InvalidOperation, ValidationError, ValueError):
        raise Failure(f"{option}: {text!r} is no amount of dollars") from None
