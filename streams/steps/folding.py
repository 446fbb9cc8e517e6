"""Amounts into buckets: what is in time waits for its minute to close, the rest goes in at once."""

from collections.abc import Iterator
from dataclasses import replace

from schemas import series
from schemas.kinds import Kind
from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.records import Tally
from schemas.states import Bucket, Rolling, Series
from streams.steps.amounts import NOTHING, plus
from streams.steps.applying import POOL
from streams.steps.rolling import begun
from streams.steps.step import Draft

RECENT = 60
"""Minutes whose buckets are kept whole, for the rolling hour."""


def entries(tally: Tally) -> Iterator[tuple[str, int, Kind, Bucket]]:
    """Series, minute, kind and amounts of each entry."""
    columns = list(tally.quantities.items())
    for row, at in enumerate(tally.at):
        quantities = {name: values[row] for name, values in columns if values[row]}
        yield (
            tally.series[at],
            tally.minute[row],
            Kind(tally.kind[row]),
            Bucket(
                cost=tally.cost[row],
                charges=tally.charges[row],
                unpriced=tally.unpriced[row],
                unowned=tally.unowned[row],
                quantities=quantities,
            ),
        )


def fold(draft: Draft, tally: Tally, closed: int) -> Iterator[tuple[str, int, Kind, Bucket]]:
    """Add a tally's amounts; yields the entries that watch has to look at.

    `closed`: minutes before it are closed for this partition, minutes since 1970. Amounts of a
    pool's splits are shared: they reach allocations, never buckets that are watched.
    """
    shared = tally.source.startswith(POOL)
    for name, minute, kind, bucket in entries(tally):
        if series.split(name)[0] == series.DRIVER:
            continue
        if kind is not Kind.FINAL:
            _add(draft, name, minute, _as(kind, bucket, shared, minute < closed), closed)
        yield name, minute, kind, bucket


def _as(kind: Kind, bucket: Bucket, shared: bool, late: bool) -> Bucket:
    """The amounts under the heading of their kind."""
    if shared:
        return Bucket(shared=bucket.cost)
    if kind is Kind.USAGE and not late:
        return bucket
    return Bucket(
        late=bucket.cost,
        charges=bucket.charges,
        unpriced=bucket.unpriced,
        quantities=bucket.quantities,
    )


def _add(draft: Draft, name: str, minute: int, bucket: Bucket, closed: int) -> None:
    _note(draft, name, minute, bucket, closed)
    if minute > closed - RECENT:
        _into(draft, ("bucket", name, "minute", minute), bucket)
    if minute >= closed:
        return  # it joins its hour when its minute closes
    hour = minute // HOUR_MINUTES
    _into(draft, ("bucket", name, "hour", hour), bucket)
    if hour < closed // HOUR_MINUTES:
        _into(draft, ("bucket", name, "day", minute // DAY_MINUTES), bucket)
        known = draft.get(("rolling", name)) or begun(closed // HOUR_MINUTES)
        draft.put(("rolling", name), restated(known, minute, bucket))


def _into(draft: Draft, key: tuple[str | int, ...], bucket: Bucket) -> None:
    draft.put(key, plus(draft.get(key) or NOTHING, bucket))


def _note(draft: Draft, name: str, minute: int, bucket: Bucket, closed: int) -> None:
    """Remember where a series begins; what is late says nothing of that."""
    known = draft.get(("series", name))
    timely = minute >= closed and bucket.charges > 0
    if known is None:
        first = max(minute, closed)
        draft.put(("series", name), Series(first=first, last=first, closed=closed))
    elif timely and minute < known.first:
        draft.put(("series", name), replace(known, first=minute, last=minute))


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
