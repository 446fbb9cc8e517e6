"""Event time: aware UTC at the edges, whole microseconds and minutes since 1970 inside."""

from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
"""Microseconds."""

HOUR_MINUTES = 60
DAY_MINUTES = 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - EPOCH) // TICK


def moment(micros: int) -> datetime:
    """The aware UTC time of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def minute_of(moment: datetime) -> int:
    """Minutes since 1970, rounded down."""
    return micros(moment) // MINUTE


def at_minute(minute: int) -> datetime:
    """The aware UTC time at which a minute begins."""
    return EPOCH + timedelta(minutes=minute)


def rfc3339(moment: datetime) -> str:
    """As RFC 3339 writes it, in UTC with a Z; microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
