"""When prices change: the stretch in which one holds, and the name of the day it began."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from genai_prices.types import StartDateConstraint, TimeOfDateConstraint

Constraint = StartDateConstraint | TimeOfDateConstraint | None
"""When a public price is in force: from a day on, at some hours of every day, or always."""

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def dawn(day: date) -> datetime:
    """The first moment of a day UTC."""
    return datetime.combine(day, time(), UTC)


def around(edges: Iterable[datetime], moment: datetime) -> tuple[datetime, datetime]:
    """The stretch `[from, until)` around a moment that has no further edge in it."""
    found = sorted({FIRST, LAST, *edges})
    after = bisect_right(found, moment)
    return found[after - 1], found[after]


def edges(constraints: Sequence[Constraint], moment: datetime) -> Sequence[datetime]:
    """When any of them begins or ends; where hours count, no further than the moment's day."""
    hours = _hours(constraints, moment.date())
    today = [moment.date(), moment.date() + timedelta(days=1)] if hours else []
    return [*hours, *map(dawn, (*_days(constraints), *today))]


def begun(constraints: Sequence[Constraint], moment: datetime) -> str:
    """The latest of their days that has come, and the hour where hours count: `2026-01-01T16:30`.

    `undated` where there is none: the price has always been in force, for all the catalogue knows.
    """
    days = [day for day in _days(constraints) if day <= moment.date()]
    hours = _hours(constraints, moment.date())
    passed = [hour for hour in hours if hour <= moment] or hours
    clock = f"T{passed[-1]:%H:%M}" if passed else ""
    return (max(days).isoformat() if days else "undated") + clock


def _days(constraints: Sequence[Constraint]) -> Sequence[date]:
    return [each.start_date for each in constraints if isinstance(each, StartDateConstraint)]


def _hours(constraints: Sequence[Constraint], day: date) -> Sequence[datetime]:
    """When prices by the hour begin or end on a day UTC, ascending."""
    windows = [each for each in constraints if isinstance(each, TimeOfDateConstraint)]
    hours = {hour for each in windows for hour in (each.start_time, each.end_time)}
    return sorted(datetime.combine(day, _utc(hour), UTC) for hour in hours)


def _utc(hour: time) -> time:
    """The hour of the day in UTC; without a zone it is UTC."""
    if hour.tzinfo is None:
        return hour
    return datetime.combine(date(1970, 1, 1), hour).astimezone(UTC).time()
