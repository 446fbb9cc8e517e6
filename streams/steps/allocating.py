"""What each series bears in its rolling windows, as of now.

Windows end with the minute of the newest usage that can be in time: the last 60 minutes, the last
24 and 168 hours with the open one, and the calendar month (UTC), which holds what is booked ahead.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from schemas import series
from schemas.moments import HOUR_MINUTES, MINUTE, at_minute, moment
from schemas.records import Allocation, Window
from schemas.rules import NEVER, Past
from schemas.states import Bucket, Rolling, Series
from streams.book import Book
from streams.steps import withheld
from streams.steps.amounts import NOTHING, borne, plus, total
from streams.steps.memories import lore
from streams.steps.rolling import DAY_HOURS, WEEK_HOURS, begun, month_of
from streams.steps.step import Draft


def allocation(draft: Draft, name: str, book: Book, reached: int) -> Allocation:
    """A series' allocation at a watermark, microseconds since 1970."""
    closed = reached // MINUTE
    head = (reached + book.rulebook.lateness_s * 1_000_000) // MINUTE
    buckets: Mapping[int | str, Bucket] = draft.below(("bucket", name, "minute"))
    rolling = draft.get(("rolling", name))
    if rolling is None or rolling.hour < closed // HOUR_MINUTES:
        rolling = begun(closed // HOUR_MINUTES)
    hour = draft.get(("bucket", name, "hour", rolling.hour)) or NOTHING
    apart = withheld.of(draft, name)
    since = _since(draft, name, closed)
    opens = [(int(at), held) for at, held in buckets.items() if int(at) >= since]
    opens += apart.items()
    current = plus(hour, total(held for at, held in opens if at <= head))
    lately = [*((int(at), held) for at, held in buckets.items()), *apart.items()]
    begin = rolling.hour * HOUR_MINUTES
    return Allocation(
        series=name,
        owner=book.path(name, at_minute(head).date()),
        level=series.split(name)[0],
        time=moment(reached),
        windows=(
            _window("1h", head - 59, head + 1, _between(lately, head - 59, head)),
            _window("24h", begin - (DAY_HOURS - 1) * 60, head + 1, plus(rolling.day, current)),
            _window("7d", begin - (WEEK_HOURS - 1) * 60, head + 1, plus(rolling.week, current)),
            _month(rolling, plus(hour, _ahead(opens, rolling)), rolling.month_start),
        ),
        learning_until=learning_until(draft, name, book, closed),
    )


def _since(draft: Draft, name: str, closed: int) -> int:
    """The first minute that is not in its hour's bucket yet: the clock, or where it rests since."""
    known: Series | None = draft.get(("series", name))
    return closed if known is None else min(known.closed, closed)


Minutes = Sequence[tuple[int, Bucket]]
"""Minutes since 1970, each with a bucket or more."""


def _between(minutes: Minutes, first: int, last: int) -> Bucket:
    return total(held for at, held in minutes if first <= at <= last)


def _ahead(opens: Minutes, rolling: Rolling) -> Bucket:
    """All that is open in the month, booked ahead or not."""
    return total(held for at, held in opens if month_of(at) == rolling.month_start)


def _month(rolling: Rolling, current: Bucket, start: int) -> Window:
    end = month_of(start + 32 * 24 * HOUR_MINUTES)
    return _window("month", start, end, plus(rolling.month, current))


def _window(window: str, start: int, end: int, held: Bucket) -> Window:
    return Window(
        window=window,
        start=at_minute(start),
        end=at_minute(end),
        cost_nano_usd=borne(held),
        shared_nano_usd=held.shared,
        charges=held.charges,
        unpriced=held.unpriced,
        quantities={name: held.quantities[name] for name in sorted(held.quantities)},
        late_nano_usd=held.late,
        restated_nano_usd=held.restated,
    )


def learning_until(draft: Draft, name: str, book: Book, closed: int) -> datetime | None:
    """Until when the series' detectors only learn; None where all may speak."""
    known: Series | None = draft.get(("series", name))
    if known is None or known.first >= NEVER:
        return None
    latest = 0
    for rule in book.rules(name):
        size = rule.grain.minutes
        memory = {str(p): m for p, m in draft.below(("model", name, lore(rule))).items()}
        past = Past(closed // size, (), known.first // size, known.last // size, 0)
        until = rule.learning_until(memory, past)
        latest = max(latest, until * size if until is not None else 0)
    return at_minute(latest) if latest > closed else None
