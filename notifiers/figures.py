"""Amounts, ratios, times and durations as people read them, in UTC and in no locale."""

from datetime import UTC, datetime, timedelta

from schemas.money import NANO, divided, dollars
from schemas.wording import counted

WHOLE_FROM = 100 * NANO
"""From $100 on cents only make a headline longer."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def headline_dollars(nano: int) -> str:
    """Nano-dollars as `$1,234.50`, in whole dollars from $100 on."""
    if abs(nano) < WHOLE_FROM:
        return dollars(nano)
    sign = "-" if nano < 0 else ""
    return f"{sign}${divided(abs(nano), NANO):,}"


def ratio(observed: int, expected: int) -> str | None:
    """How many times as much, such as `6.1x`; None unless it is more than expected and above 0."""
    if expected <= 0 or observed <= expected:
        return None
    tenths = divided(10 * observed, expected)
    if tenths >= 1000:
        return f"{divided(observed, expected):,}x"
    return f"{tenths // 10}.{tenths % 10}x"


def clock_time(time: datetime) -> str:
    """An aware time such as `3 Nov 2026 14:05 UTC`."""
    at = time.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year} {at.hour:02d}:{at.minute:02d} UTC"


def duration(length: timedelta) -> str:
    """A length of time in its two largest units, such as `3 h 20 min`; at least `0 min`."""
    minutes = max(0, length // timedelta(minutes=1))
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = ((days, counted(days, "day")), (hours, f"{hours} h"), (left, f"{left} min"))
    said = [text for count, text in parts if count][:2]
    return " ".join(said) or "0 min"
