"""Numbers, lengths of time and corrections in words, with one as with many."""

from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.money import dollars


def counted(count: int, noun: str, nouns: str = "") -> str:
    """So many of a thing: `1 charge`, `2,000 charges`; `nouns` where the plural is no mere `s`."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def corrections(late: int, restated: int) -> str:
    """What has moved an amount since, nano-dollars: `$3.00 came late`; empty where nothing has."""
    told = ((late, "came late"), (restated, "restated"))
    return ", ".join(f"{dollars(moved)} {how}" for moved, how in told if moved)


def span(minutes: int) -> str:
    """A length of time as it stands after `the last` or `every`: `hour`, `24 hours`, `7 days`."""
    if minutes > DAY_MINUTES and minutes % DAY_MINUTES == 0:
        return counted(minutes // DAY_MINUTES, "day")
    size, unit = (HOUR_MINUTES, "hour") if minutes % HOUR_MINUTES == 0 else (1, "minute")
    return unit if minutes == size else counted(minutes // size, unit)
