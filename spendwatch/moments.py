"""Times and lengths of time as people type them on the command line."""

import re
from datetime import UTC, datetime, timedelta

import click

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LENGTH = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([smhdw])", re.ASCII)
LONGEST = timedelta(days=3660)
"""Ten years; a time so far from now still is one."""


class Length(click.ParamType):
    """A length of time above 0, as a number with s, m, h, d or w behind it: `90s`, `1.5h`."""

    name = "length"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The length of a text. Fails on anything else."""
        if isinstance(value, timedelta):
            return value
        found = LENGTH.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not like 90s, 30m, 2h or 1d", param, ctx)
        length = timedelta(**{UNITS[found[2]]: float(found[1])})
        if not timedelta(0) < length <= LONGEST:
            self.fail(f"{value!r} is not above 0 and at most {LONGEST.days}d", param, ctx)
        return length


class Moment(click.ParamType):
    """A time in RFC 3339 with its offset, as an aware UTC datetime."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The time of a text. Fails on anything else."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value).strip())
            if found.tzinfo is None:
                self.fail("a time needs its offset, as 2026-11-03T10:00:00Z", param, ctx)
            return found.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not like 2026-11-03T10:00:00Z", param, ctx)
