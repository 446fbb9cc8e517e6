"""What each series bears in its rolling windows, as of now.

Windows end with the minute of the newest usage that can be in time: the last 60 minutes, the last
24 and 168 hours with the open one, and the calendar month (UTC), which holds what is booked ahead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import cast

from schemas import series
from schemas.moments import HOUR_MINUTES, MINUTE, at_minute, moment
from schemas.records import Allocation, Window
from schemas.rules import NEVER, Memory, Past
from schemas.states import Bucket, Rolling, Series
from streams.book import Book
from streams.steps import withheld
from streams.steps.amounts import NOTHING, borne, plus, total
from streams.steps.memories import lore
from streams.steps.rolling import DAY_HOURS, WEEK_HOURS, begun, month_after
from streams.steps.step import Draft

_at = lru_cache(maxsize=1024)(at_minute)
"""The windows of nearly all series begin and end alike."""


@dataclass(frozen=True)
class Allocating:
    """The allocations of a partition at a watermark, `reached` in microseconds since 1970."""

    draft: Draft
    book: Book
    reached: int

    def of(self, name: str) -> Allocation:
        """A series' allocation."""
        rolling = self._rolling(name)
        hour = self.draft.get(("bucket", name, "hour", rolling.hour)) or NOTHING
        minutes = self._minutes(name)
        current = plus(hour, minutes.current)
        begin, end = rolling.hour * HOUR_MINUTES, self._head + 1
        return Allocation(
            series=name,
            owner=self.book.path(name, self._day),
            level=series.split(name)[0],
            time=self._time,
            windows=(
                self._window("1h", self._head - 59, end, minutes.lately),
                self._window("24h", begin - (DAY_HOURS - 1) * 60, end, plus(rolling.day, current)),
                self._window("7d", begin - (WEEK_HOURS - 1) * 60, end, plus(rolling.week, current)),
                self._month(rolling, plus(hour, minutes.within(rolling.month_start))),
            ),
            learning_until=learning_until(self.draft, name, self.book, self._closed),
        )

    @cached_property
    def _closed(self) -> int:
        return self.reached // MINUTE

    @cached_property
    def _head(self) -> int:
        """The minute of the newest usage that can be in time."""
        return (self.reached + self.book.rulebook.lateness_s * 1_000_000) // MINUTE

    @cached_property
    def _day(self) -> date:
        return at_minute(self._head).date()

    @cached_property
    def _time(self) -> datetime:
        return moment(self.reached)

    @cached_property
    def _begun(self) -> Rolling:
        """The sums of a series that has closed no hour."""
        return begun(self._closed // HOUR_MINUTES)

    def _rolling(self, name: str) -> Rolling:
        known: Rolling | None = self.draft.get(("rolling", name))
        if known is None or known.hour < self._begun.hour:
            return self._begun
        return known

    def _minutes(self, name: str) -> "_Minutes":
        """The minutes of a series that no closed hour holds, and those of its last hour."""
        known: Series | None = self.draft.get(("series", name))
        since = self._closed if known is None else min(known.closed, self._closed)
        buckets = cast(Mapping[int, Bucket], self.draft.below(("bucket", name, "minute")))
        first = self._head - 59
        opens = [(at, held) for at, held in buckets.items() if at >= since]
        lately = [held for at, held in buckets.items() if first <= at < since]
        opens += withheld.of(self.draft, name).items()
        return _Minutes(opens, lately, first, self._head)

    def _month(self, rolling: Rolling, current: Bucket) -> Window:
        start = rolling.month_start
        return self._window("month", start, month_after(start), plus(rolling.month, current))

    def _window(self, window: str, start: int, end: int, held: Bucket) -> Window:
        return Window(
            window=window,
            start=_at(start),
            end=_at(end),
            cost_nano_usd=borne(held),
            shared_nano_usd=held.shared,
            charges=held.charges,
            unpriced=held.unpriced,
            quantities={name: held.quantities[name] for name in sorted(held.quantities)},
            late_nano_usd=held.late,
            restated_nano_usd=held.restated,
        )


Minute = tuple[int, Bucket]
"""A minute since 1970 and what it holds, or a part of that."""


class _Minutes:
    """The minutes of a series that is allocated, each added up once.

    Those that its hour's bucket does not hold yet are open, or pass while it rests.
    """

    def __init__(
        self, opens: Sequence[Minute], before: Sequence[Bucket], first: int, head: int
    ) -> None:
        recent = total([held for at, held in opens if first <= at <= head])
        self._opens = opens
        self.current = plus(recent, total([held for at, held in opens if at < first]))
        """Of those open, up to the head."""

        self.lately = plus(total(before), recent)
        """Of the hour that ends with the head."""

        self._ahead = total([held for at, held in opens if at > head])

    def within(self, month_start: int) -> Bucket:
        """All that is open in a month, booked ahead or not."""
        end = month_after(month_start)
        minutes = [at for at, _ in self._opens]
        if not minutes or (month_start <= min(minutes) and max(minutes) < end):
            return plus(self.current, self._ahead)
        return total([held for at, held in self._opens if month_start <= at < end])


def learning_until(draft: Draft, name: str, book: Book, closed: int) -> datetime | None:
    """Until when the series' detectors only learn; None where all may speak."""
    known: Series | None = draft.get(("series", name))
    if known is None or known.first >= NEVER:
        return None
    latest = 0
    for rule in book.rules(name):
        size = rule.grain.minutes
        memory = cast(Memory, draft.below(("model", name, lore(rule))))
        past = Past(closed // size, (), known.first // size, known.last // size, 0)
        until = rule.learning_until(memory, past)
        latest = max(latest, until * size if until is not None else 0)
    return at_minute(latest) if latest > closed else None
