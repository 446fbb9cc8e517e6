"""Series as they were recorded: buckets of minutes or hours, or what metered usage comes to."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.kinds import Kind
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, MINUTE
from schemas.records import Tally
from schemas.rules import Grain
from schemas.siblings import Siblings, family_of
from schemas.states import Bucket
from streams.book import Books
from streams.log import Record
from streams.replay import replay
from streams.sources.rows import Rows
from streams.steps import folding
from streams.steps.amounts import plus
from streams.steps.applying import POOL
from streams.steps.hours import Hours
from streams.steps.rolling import DAY_HOURS
from streams.steps.siblings import summed
from streams.steps.spent import Sum
from streams.walk import Walk, Walked


@dataclass(slots=True)
class Recorded:
    """One series: its minutes, or its hours in a row; money in nano-dollars."""

    name: str
    grain: Grain
    minutes: dict[str | int, Bucket] = field(default_factory=dict)
    """Of a series of minutes, those that are not empty."""

    first: int = 0
    """The hour in which a series of hours begins, since 1970."""

    costs: Sequence[int] = ()
    """What each hour from there on cost."""

    quantities: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """What else is known of each."""

    late: list[Sum] = field(default_factory=list)
    """What came when its minute had closed."""

    shared: list[tuple[int, int]] = field(default_factory=list)
    """Of pools, for good: minute and nano-dollars."""

    siblings: Mapping[str | int, Siblings] = field(default_factory=dict)
    """What those of its family cost, by the day; see `introduce`."""

    @property
    def begins(self) -> int | None:
        """Its first minute that is not empty, since 1970; None where all are."""
        if self.grain is Grain.MINUTE:
            return min(map(int, self.minutes), default=None)
        some = (at for at, cost in enumerate(self.costs, self.first) if cost)
        first = next(some, None)
        return None if first is None else first * Grain.HOUR.minutes

    @property
    def hours(self) -> Hours:
        """The minutes of a series of hours."""
        return Hours(self.first, self.costs, self.quantities)


@dataclass(frozen=True, slots=True)
class History:
    """All series of a past, in which minutes `[since, end)` since 1970 were watched."""

    series: Sequence[Recorded]
    grain: Grain
    since: int
    end: int
    quantities: frozenset[str] | None = None
    """What buckets hold beside dollars; None: all that usage tells."""


def introduce(history: History) -> None:
    """Let the series of minutes know what siblings cost, as live does; hours are not asked for."""
    families: dict[str, list[Recorded]] = defaultdict(list)
    for one in history.series:
        family = family_of(one.name)
        if family is not None and one.grain is Grain.MINUTE:
            families[family].append(one)
    for members in families.values():
        known = _days(members)
        for one in members:
            one.siblings = known


def _days(members: Sequence[Recorded]) -> dict[str | int, Siblings]:
    """What a family cost on each day, without the series that came on it."""
    days: dict[int, list[Sequence[int]]] = defaultdict(list)
    for one in members:
        begins = one.begins or 0
        hours: dict[int, list[int]] = defaultdict(lambda: [0] * DAY_HOURS)
        for minute, held in one.minutes.items():
            day, hour = divmod(int(minute) // HOUR_MINUTES, DAY_HOURS)
            hours[day][hour] += held.cost
        for day, costs in hours.items():
            if begins <= day * DAY_MINUTES:
                days[day].append(costs)
    found = {day: summed(costs) for day, costs in days.items()}
    return {day: known for day, known in found.items() if known is not None}


class Recording(Walk):
    """The walk as far as tallies: what each series comes to."""

    def __init__(self, books: Books) -> None:
        super().__init__(books)
        self._series: dict[str, Recorded] = {}
        self._since = self._reached = 0

    def watch(self, walked: Walked, tallies: Sequence[Record]) -> Walked:
        """Keep what they hold."""
        passed: Sequence[Any] = tallies
        for record in passed:
            self._take(record.value)
        return walked

    def _take(self, tally: Tally) -> None:
        shared = tally.source.startswith(POOL)
        if not shared:
            self._reached = max(self._reached, tally.watermark // MINUTE)
            self._since = self._since or tally.since // MINUTE
        for name, amounts in folding.entries(tally, folding.counted):
            one = self._series.setdefault(name, Recorded(name, Grain.MINUTE))
            for amount in amounts:
                _keep(one, amount, shared)

    def history(self) -> History:
        """What was recorded, series by name."""
        series = [self._series[name] for name in sorted(self._series)]
        return History(series, Grain.MINUTE, self._since, self._reached)


def _keep(one: Recorded, amount: folding.Amount, shared: bool) -> None:
    minute, kind, bucket, known = amount
    if kind == Kind.FINAL:
        one.shared.append((minute, bucket.cost))
    elif kind == Kind.USAGE and not shared:
        held = one.minutes.get(minute)
        one.minutes[minute] = bucket if held is None else plus(held, bucket)
    elif not shared:
        one.late.append(Sum(known, minute, bucket.cost))


def recorded(
    rows: Iterable[Rows], books: Books, started: int, advance: Callable[[int], None]
) -> tuple[History, int, int]:
    """What usage comes to, how many usages there were and how many were rejected.

    `started` is microseconds since 1970, as replay takes it; `advance` hears of lines as they go.
    """
    recording, usages, refused = Recording(books), 0, 0
    for pace in replay(rows, recording, started):
        lines = len(pace.rows) if pace.rows else 0
        usages += lines
        refused += sum(1 for _ in pace.faults())
        advance(lines)
    return recording.history(), usages, refused
