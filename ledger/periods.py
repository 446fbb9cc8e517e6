"""Calendar months in a time zone, exact through every change of its clocks."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from schemas.moments import EPOCH, at_minute

MINUTE = timedelta(minutes=1)


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as wrong:  # OSError: the name of a folder
        raise ValueError(f"{name!r} is no time zone of the IANA database") from wrong
    return name


Zone = Annotated[str, AfterValidator(_known)]
"""A time zone by its IANA name, as `Europe/Berlin`."""


@dataclass(frozen=True, slots=True)
class Period:
    """The minutes `[start, end)` since 1970; `key` names it, as `2026-11`."""

    key: str
    start: int
    end: int


def month(minute: int, zone: str = "UTC") -> Period:
    """The calendar month that a minute since 1970 belongs to.

    Months tile time, also where the clocks of the first day are put back into the month before.
    """
    local = at_minute(minute).astimezone(ZoneInfo(zone))
    number = local.year * 12 + local.month - 1
    if minute >= midnight(_first(number + 1), zone):
        number += 1
    first = _first(number)
    return Period(f"{first:%Y-%m}", midnight(first, zone), midnight(_first(number + 1), zone))


def _first(number: int) -> date:
    """The first day of a month, counted from January of year 0."""
    return date(number // 12, number % 12 + 1, 1)


@lru_cache(maxsize=4096)
def midnight(day: date, zone: str = "UTC") -> int:
    """The minute since 1970 at which the clocks of a zone first show a day.

    Midnight may be missing where the clocks are put forward over it: then the day begins at the
    change, which lies between the two readings of that midnight (PEP 495, "the fold").
    """
    dawn = datetime.combine(day, time(), ZoneInfo(zone))
    first, second = _minute(dawn), _minute(dawn.replace(fold=1))
    gap = range(min(first, second), first)
    wall = dawn.replace(tzinfo=None)
    return gap.start + bisect_left(gap, True, key=lambda minute: _wall(minute, zone) >= wall)


def _minute(moment: datetime) -> int:
    """The first minute since 1970 that begins at a moment or after it."""
    return -((EPOCH - moment.astimezone(UTC)) // MINUTE)


def _wall(minute: int, zone: str) -> datetime:
    """What the zone's clocks show."""
    return at_minute(minute).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
