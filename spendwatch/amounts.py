"""Dollars as people type them on the command line."""

from decimal import Decimal, InvalidOperation

import click
from pydantic import TypeAdapter, ValidationError

from schemas.money import Usd, nano

USD: TypeAdapter[Decimal] = TypeAdapter(Usd)


class Dollars(click.ParamType):
    """Dollars above 0, as nano-dollars; a dollar sign may stand before them."""

    name = "dollars"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The nano-dollars of a text. Fails on anything else."""
        if isinstance(value, int):
            return value
        try:
            return nano(USD.validate_python(Decimal(str(value).strip().removeprefix("$"))))
        except (InvalidOperation, ValidationError, ValueError):
            self.fail(f"{value!r} is no amount of dollars", param, ctx)
