"""Amounts into buckets: what is in time waits for its minute to close, the rest goes in at once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from schemas import series
from schemas.kinds import Kind
from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.records import Tally
from schemas.rules import NEVER
from schemas.states import Bucket, Rolling, Series
from streams.steps.amounts import plus
from streams.steps.applying import POOL
from streams.steps.rolling import KEPT_DAYS, WEEK_HOURS, begun
from streams.steps.step import Draft

RECENT = 60
"""Minutes whose buckets are kept whole, for the rolling hour."""


class Amount(NamedTuple):
    """One entry of a tally."""

    minute: int
    kind: int
    bucket: Bucket
    known: int
    """The minute in which it became known."""


def entries(tally: Tally, wanted: Callable[[str], bool]) -> Iterator[tuple[str, list[Amount]]]:
    """The amounts of each series that is wanted, in the tally's order."""
    columns = list(tally.quantities.items())
    known = tally.known or tally.minute
    named = [(index, name) for index, name in enumerate(tally.series) if wanted(name)]
    found: dict[int, list[Amount]] = {index: [] for index, _ in named}
    for row, at in enumerate(tally.at):
        if at in found:
            bucket = Bucket(
                cost=tally.cost[row],
                charges=tally.charges[row],
                unpriced=tally.unpriced[row],
                unowned=tally.unowned[row],
                quantities={name: values[row] for name, values in columns if values[row]},
            )
            found[at].append(Amount(tally.minute[row], tally.kind[row], bucket, known[row]))
    return ((name, found[index]) for index, name in named)


def _counted(name: str) -> bool:
    return series.split(name)[0] != series.DRIVER


def fold(draft: Draft, tally: Tally, closed: int) -> Iterator[tuple[str, list[Amount]]]:
    """Add a tally's amounts; yields each series with those that do not wait for their minute.

    `closed`: minutes before it are closed for this partition, minutes since 1970. Amounts of a
    pool's splits are shared: they reach allocations, never buckets that are watched.
    """
    shared = tally.source.startswith(POOL)
    for name, amounts in entries(tally, _counted):
        _begin(draft, name, amounts, closed, shared)
        old, new = draft.pair(("bucket", name, "minute"))
        at_once = []
        for amount in amounts:
            minute, bucket = amount.minute, amount.bucket
            if shared or amount.kind != Kind.USAGE or minute < closed:
                at_once.append(amount)
                bucket = _heading(amount, shared)
                if amount.kind == Kind.FINAL:
                    continue
                if minute < closed:
                    _restate(draft, name, minute, bucket, closed)
            if minute > closed - RECENT:
                held = new.get(minute) or old.get(minute)
                new[minute] = bucket if held is None else plus(held, bucket)
        yield name, at_once


def _heading(amount: Amount, shared: bool) -> Bucket:
    """The amounts under the heading of their kind."""
    bucket = amount.bucket
    if shared:
        return Bucket(shared=bucket.cost)
    return Bucket(
        late=bucket.cost,
        charges=bucket.charges,
        unpriced=bucket.unpriced,
        quantities=bucket.quantities,
    )


def _restate(draft: Draft, name: str, minute: int, bucket: Bucket, closed: int) -> None:
    """Add to the hour of a closed minute, and where that is closed too to its day and windows."""
    hour, day = minute // HOUR_MINUTES, minute // DAY_MINUTES
    if hour >= closed // HOUR_MINUTES - WEEK_HOURS:
        _into(draft, ("bucket", name, "hour", hour), bucket)
    if hour < closed // HOUR_MINUTES:
        if day >= closed // DAY_MINUTES - KEPT_DAYS:
            _into(draft, ("bucket", name, "day", day), bucket)
        known = draft.get(("rolling", name)) or begun(closed // HOUR_MINUTES)
        draft.put(("rolling", name), restated(known, minute, bucket))


def _into(draft: Draft, key: tuple[str | int, ...], bucket: Bucket) -> None:
    held = draft.get(key)
    draft.put(key, bucket if held is None else plus(held, bucket))


def _begin(draft: Draft, name: str, amounts: list[Amount], closed: int, shared: bool) -> None:
    """Remember where a series begins to close, and where what is watched of it begins.

    Late and shared amounts say nothing of the latter: they only have to be closed.
    """
    start = min((max(one.minute, closed) for one in amounts), default=closed)
    first = min(
        (one.minute for one in amounts if not shared and _lives(one, closed)), default=NEVER
    )
    known: Series | None = draft.get(("series", name))
    if known is None:
        draft.put(("series", name), Series(first=first, last=first, closed=start))
    elif start < known.closed or (first < known.first and closed <= known.first):
        sooner = min(first, known.first)
        changed = replace(known, first=sooner, last=sooner, closed=min(start, known.closed))
        draft.put(("series", name), changed)


def _lives(amount: Amount, closed: int) -> bool:
    """Whether it is what rules watch, and in time."""
    bucket = amount.bucket
    some = bucket.charges or bucket.cost
    return amount.kind == Kind.USAGE and amount.minute >= closed and bool(some)


def restated(rolling: Rolling, minute: int, bucket: Bucket) -> Rolling:
    """Sums of closed hours with an amount that came after its hour had closed."""
    age = rolling.hour - minute // HOUR_MINUTES
    month = minute >= rolling.month_start
    return replace(
        rolling,
        day=plus(rolling.day, bucket) if age <= 23 else rolling.day,
        week=plus(rolling.week, bucket) if age <= 167 else rolling.week,
        month=plus(rolling.month, bucket) if month else rolling.month,
    )
