"""Amounts into buckets: what is in time waits for its minute to close, the rest goes in at once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from schemas import series
from schemas.integers import unpacked
from schemas.kinds import RESTATED, Kind
from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.records import Tally
from schemas.rules import NEVER
from schemas.states import Bucket, Rolling, Series
from streams.steps import tables, withheld
from streams.steps.amounts import add, plus
from streams.steps.applying import POOL
from streams.steps.intake import Ints
from streams.steps.rolling import KEPT_DAYS, WEEK_HOURS, begun
from streams.steps.step import Draft

DRIVERS = series.name(series.DRIVER, "")
"""How the series begin that are for split alone."""

RECENT = 60
"""Minutes whose buckets are kept whole, for the rolling hour."""


class Amount(NamedTuple):
    """One entry of a tally."""

    minute: int
    kind: int
    bucket: Bucket
    known: int
    """The minute in which it became known."""


def entries(
    tally: Tally, wanted: Callable[[str], bool], among: Ints | None = None
) -> Iterator[tuple[str, list[Amount]]]:
    """The amounts of each series that is wanted, in the tally's order; only some of its entries."""
    places, names = unpacked(tally.at), tally.names
    some = np.arange(len(places)) if among is None else among
    series_ = [at for at in dict.fromkeys(places[some].tolist()) if wanted(names[at])]
    found: dict[int, list[Amount]] = {at: [] for at in series_}
    if len(series_) < len(names):
        some = some[np.isin(places[some], series_)]
    for at, *of in zip(*_told(tally, some), _buckets(tally, some), strict=True):
        minute, kind, known, bucket = of
        found[at].append(Amount(minute, kind, bucket, known))
    return ((names[at], amounts) for at, amounts in found.items())


def _told(tally: Tally, rows: Ints) -> list[list[int]]:
    """Place of the series, minute, kind and when it became known, of some entries."""
    columns = (tally.at, tally.minute, tally.kind, tally.known or tally.minute)
    return [unpacked(column)[rows].tolist() for column in columns]


def _buckets(tally: Tally, rows: Ints) -> Iterator[Bucket]:
    """What some entries hold."""
    plain = np.array([unpacked(getattr(tally, name))[rows] for name in tables.TALLIED])
    quantities = {name: unpacked(column)[rows] for name, column in tally.quantities.items()}
    return tables.buckets(tables.Rows(rows, plain, quantities))


def counted(name: str) -> bool:
    """Whether a series is anybody's cost; what drives a pool is for split alone."""
    return not name.startswith(DRIVERS)


def fold(
    draft: Draft, tally: Tally, closed: int, rows: Ints
) -> Iterator[tuple[str, list[Amount], bool]]:
    """Add some entries of a tally; yields each series with what does not wait for its minute.

    Last whether everything waits for a minute that is soon: one of the next RECENT.

    `closed`: minutes before it are closed for this partition, minutes since 1970. Amounts of a
    pool's splits are shared: they reach allocations, never buckets that are watched. Reversals and
    rerates join their hour once it is over.
    """
    shared = tally.source.startswith(POOL)
    known, begun = draft.pair(("series",))
    for name, amounts in entries(tally, counted, rows):
        stands: Series | None = begun.get(name) or known.get(name)
        if stands is None or stands.closed > closed or stands.first > closed:
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
                if amount.kind in RESTATED and minute // HOUR_MINUTES >= closed // HOUR_MINUTES:
                    withheld.keep(draft, name, minute, bucket)
                    continue
                if minute < closed:
                    _restate(draft, name, minute, bucket, closed)
            if minute > closed - RECENT:
                held = new.get(minute) or old.get(minute)
                new[minute] = bucket if held is None else plus(held, bucket)
        waits = not at_once and max(one.minute for one in amounts) < closed + RECENT
        yield name, at_once, waits


def _heading(amount: Amount, shared: bool) -> Bucket:
    """The amounts under the heading of their kind."""
    bucket = amount.bucket
    if shared:
        return Bucket(shared=bucket.cost)
    restated = amount.kind in RESTATED
    return Bucket(
        late=0 if restated else bucket.cost,
        restated=bucket.cost if restated else 0,
        charges=bucket.charges,
        unpriced=bucket.unpriced,
        quantities=bucket.quantities,
    )


def _restate(draft: Draft, name: str, minute: int, bucket: Bucket, closed: int) -> None:
    """Add to the hour of a closed minute, and where that is closed too to its day and windows."""
    hour, day = minute // HOUR_MINUTES, minute // DAY_MINUTES
    if hour >= closed // HOUR_MINUTES - WEEK_HOURS:
        add(draft, ("bucket", name, "hour", hour), bucket)
    if hour < closed // HOUR_MINUTES:
        if day >= closed // DAY_MINUTES - KEPT_DAYS:
            add(draft, ("bucket", name, "day", day), bucket)
        known = draft.get(("rolling", name)) or begun(closed // HOUR_MINUTES)
        draft.put(("rolling", name), restated(known, minute, bucket))


def _begin(draft: Draft, name: str, amounts: list[Amount], closed: int, shared: bool) -> None:
    """Remember where a series begins to close, and where what is watched of it begins.

    It is one that has not begun, or begins later than now by what is known so far.
    Late and shared amounts say nothing of the latter: they only have to be closed.
    """
    known: Series | None = draft.get(("series", name))
    start, first = NEVER, NEVER
    for minute, kind, bucket, _ in amounts:
        start = min(start, minute)
        if minute >= closed and kind == Kind.USAGE and (bucket.charges or bucket.cost):
            first = min(first, minute)
    start = closed if start == NEVER else max(start, closed)
    first = NEVER if shared else first
    if known is None:
        draft.put(("series", name), Series(first=first, last=first, closed=start))
    elif start < known.closed or (first < known.first and closed <= known.first):
        sooner, closed = min(first, known.first), min(start, known.closed)
        begins = replace(known, first=sooner, last=sooner, closed=closed, ceilings={}, rulebook="")
        draft.put(("series", name), begins)


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
