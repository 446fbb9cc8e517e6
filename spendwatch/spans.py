"""Lengths of time on the command line: `90s`, `2m`, `1.5h`."""

import re

import click

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
FORM = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")


class Span(click.ParamType):
    """Seconds, from a number with s, m, h or d behind it."""

    name = "span"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The seconds of a text. Fails on anything else."""
        if isinstance(value, float):
            return value
        found = FORM.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not like 90s, 2m or 1h", param, ctx)
        return float(found[1]) * UNITS[found[2]]
