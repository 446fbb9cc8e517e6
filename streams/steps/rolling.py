"""Rolling windows: sums of closed hours, carried from hour to hour; the month is a UTC month."""

from datetime import UTC, datetime
from functools import cache

from schemas.moments import HOUR_MINUTES, at_minute, minute_of
from schemas.states import Bucket, Rolling
from streams.steps import withheld
from streams.steps.amounts import NOTHING, minus, plus
from streams.steps.step import Draft

DAY_HOURS = 24
WEEK_HOURS = 168
KEPT_DAYS = 62
"""Day buckets that are kept: two calendar months."""


def month_of(minute: int) -> int:
    """The first minute of a minute's calendar month, UTC."""
    at = at_minute(minute)
    return minute_of(datetime(at.year, at.month, 1, tzinfo=UTC))


@cache
def month_after(start: int) -> int:
    """The first minute of the month after the one that starts with a minute."""
    return month_of(start + 32 * DAY_HOURS * HOUR_MINUTES)


def begun(hour: int) -> Rolling:
    """The sums of a series that begins in an hour."""
    return Rolling(
        hour=hour,
        day=NOTHING,
        week=NOTHING,
        month=NOTHING,
        month_start=month_of(hour * HOUR_MINUTES),
    )


def turn(draft: Draft, name: str, hour: int) -> None:
    """Close an hour of a series: into its day and its windows; what is too old is forgotten."""
    withheld.release(draft, name, hour)
    closed = _bucket(draft, name, "hour", hour)
    if closed is not NOTHING:
        day = hour // DAY_HOURS
        draft.put(("bucket", name, "day", day), plus(_bucket(draft, name, "day", day), closed))
    known: Rolling = draft.get(("rolling", name)) or begun(hour)
    start = month_of((hour + 1) * HOUR_MINUTES)
    draft.put(
        ("rolling", name),
        Rolling(
            hour=hour + 1,
            day=_moved(draft, name, known.day, closed, hour - DAY_HOURS + 1),
            week=_moved(draft, name, known.week, closed, hour - WEEK_HOURS + 1),
            month=plus(known.month, closed) if start == known.month_start else NOTHING,
            month_start=start,
        ),
    )
    _forget(draft, name, "hour", hour - WEEK_HOURS)
    if (hour + 1) % DAY_HOURS == 0:
        _forget(draft, name, "day", hour // DAY_HOURS - KEPT_DAYS)


def _moved(draft: Draft, name: str, window: Bucket, closed: Bucket, gone: int) -> Bucket:
    """A window with the hour that closed and without the one that left."""
    left = _bucket(draft, name, "hour", gone)
    grown = plus(window, closed) if closed is not NOTHING else window
    return minus(grown, left) if left is not NOTHING else grown


def _bucket(draft: Draft, name: str, grain: str, index: int) -> Bucket:
    found: Bucket | None = draft.get(("bucket", name, grain, index))
    return NOTHING if found is None else found


def _forget(draft: Draft, name: str, grain: str, index: int) -> None:
    if draft.get(("bucket", name, grain, index)) is not None:
        draft.put(("bucket", name, grain, index), None)
