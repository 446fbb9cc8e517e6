"""What an HTTP answer means for a notice; places add their own exceptions.

(RFC 9110, 15; RFC 6585 for 429.)
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from notifiers.base import NotSent, Refused, Uncertain, Unreachable

AGAIN = frozenset({408, 409, 425, 429})
"""Nothing happened and the same may succeed later; all other 4xx never will."""

LONGEST_WAIT = 24 * 3600.0
"""Seconds; no vendor may silence a place for longer with one header."""


def failure(status: int, headers: Mapping[str, str]) -> NotSent | None:
    """How a call failed, None if it did not. A 5xx may have happened all the same."""
    if 200 <= status < 300:
        return None
    reason = f"http_{status}"
    if status >= 500:
        return Uncertain(reason, retry_after(headers))
    if status in AGAIN:
        return Unreachable(reason, retry_after(headers))
    return Refused(reason)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by the Retry-After header, which holds seconds or a date.

    A date is held against the answer's own Date, so that our clock does not matter.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return min(float(value), LONGEST_WAIT)
    until, now = _date(value), _date(headers.get("Date", ""))
    if until is None or now is None:
        return None
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT)


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, IndexError):
        return None
    return found if found.tzinfo is not None else None
