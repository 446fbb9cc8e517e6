"""The one place that asks the clock: everything else is given the time."""

import time
from datetime import UTC, datetime


def now_micros() -> int:
    """The wall's time, microseconds since 1970."""
    return time.time_ns() // 1000


def now() -> datetime:
    """The wall's time, aware UTC."""
    return datetime.now(UTC)
