"""Times and lengths of time as people type them."""

import re
from datetime import UTC, datetime, timedelta

from spendwatch.failures import Failure

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LENGTH = re.compile(r"([1-9][0-9]{0,5})([smhdw])")


def length(text: str, option: str) -> timedelta:
    """`30m`, `2h`, `1d`. Raises Failure."""
    found = LENGTH.fullmatch(text.strip())
    if found is None:
        raise Failure(f"{option}: {text!r} is not like 30m, 2h or 1d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def moment(text: str, option: str) -> datetime:
    """A time with its offset, as UTC. Raises Failure."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Failure(f"{option}: {wrong}") from None
    if found.tzinfo is None:
        raise Failure(f"{option}: a time needs its offset, as 2026-11-03T10:00:00Z")
    return found.astimezone(UTC)
