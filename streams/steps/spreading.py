"""Amounts to minutes: most usage falls into one, GPU time and seats cover many."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ledger.spreading import counted, spread, stretches
from schemas import cloudevents, columns
from schemas.kinds import Kind
from schemas.moments import HOUR_MINUTES, MINUTE, SECOND
from streams.steps.intake import Bools, Ints, Usages
from streams.steps.tallying import Parts
from streams.steps.valuing import Valued

PIECE = 50_000
"""Parts that are worked on at once, about: a seat of a year alone has 8,760."""

SEATS = columns.quantities().index("seats")


def pieces(valued: Valued, before: Ints) -> Iterator[Parts]:
    """Every usage's amounts by minute, for the series of its line and for its drivers.

    They come in pieces, so that many seats of many hours need little memory.

    `before` is the partition's watermark before each usage, microseconds since 1970: what falls
    into a minute that had closed by then is late. So is what lies before the usage's own minute,
    as the past hours of a seat do; it became known in that one.
    """
    long = _long(valued.usages)
    yield from _parts(valued, before, _whole(valued, np.flatnonzero(~long)))
    for rows in _cut(valued.usages, np.flatnonzero(long)):
        yield from _parts(valued, before, _spread(valued, rows))


def _parts(valued: Valued, before: Ints, found: "Columns") -> Iterator[Parts]:
    """What goes to the series of the lines, then what goes to their drivers."""
    row, minutes, cost, quantities, charges = found
    known = np.maximum(minutes, valued.usages.time[row] // MINUTE)
    closed = ((minutes + 1) * MINUTE <= before[row]) | (minutes < known)
    amounts = Parts(
        line=2 * valued.which[row],
        minute=minutes,
        kind=np.where(closed, int(Kind.LATE), int(Kind.USAGE)).astype(np.int64),
        known=known,
        cost=cost,
        charges=charges,
        unpriced=charges * valued.unpriced[row],
        unowned=cost * valued.unowned[row],
        quantities=quantities,
    )
    yield amounts
    counts = valued.lines.driven[valued.which[row]]
    if counts.any():
        yield _driven(valued, amounts, row, counts)


def _driven(valued: Valued, amounts: Parts, row: Ints, counts: Bools) -> Parts:
    """What the drivers count: the same, but a seat in full in each of its hours, and no clues."""
    driven = amounts.rows(np.flatnonzero(counts))
    driven.quantities[:, len(columns.quantities()) :] = 0
    driven.quantities[:, SEATS] = valued.usages.quantities[row[counts], SEATS]
    return replace(driven, line=driven.line + 1)


Columns = tuple[Ints, Ints, Ints, Ints, Ints]
"""Row of the usage, minute, cost, quantities, charges that begin there."""


def _of(usages: Usages, kind: str) -> Bools:
    codes, kinds = usages.texts("type")
    return np.array([one == kind for one in kinds], dtype=bool)[codes]


def _long(usages: Usages) -> Bools:
    """Which usages cover more than the minute of their time."""
    lasts = usages.numbers("duration_s") > 0
    return np.asarray(_of(usages, cloudevents.SEAT) | (_of(usages, cloudevents.GPU) & lasts))


def _whole(valued: Valued, rows: Ints) -> Columns:
    """Usages that fall into the minute of their time."""
    usages = valued.usages
    once = np.ones(len(rows), dtype=np.int64)
    minute = usages.time[rows] // MINUTE
    return rows, minute, valued.priced.cost[rows], valued.amounts(rows), once


def _spread(valued: Valued, rows: Ints) -> Columns:
    """Usages in exact parts: GPU time over its minutes, a seat evenly over its hours.

    So a seat accrues within the day as day by day: what is paid for a month is no burst of one
    minute.
    """
    over = stretches(*_spans(valued.usages, rows))
    held = valued.amounts(rows)
    quantities = np.zeros((len(over.of), held.shape[1]), dtype=np.int64)
    for index in np.flatnonzero(held.any(axis=0)):
        quantities[:, index] = spread(held[:, index], over)
    cost = spread(valued.priced.cost[rows], over)
    return rows[over.of], over.minute, cost, quantities, over.first.astype(np.int64)


def _spans(usages: Usages, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Start, end and length of the stretches of usages, in microseconds."""
    seats = _of(usages, cloudevents.SEAT)[rows]
    time, lasts = usages.time[rows], usages.numbers("duration_s")[rows]
    period = (usages.numbers(name)[rows] for name in ("period_start", "period_end"))
    start, end = (
        np.where(seats, ours, theirs)
        for ours, theirs in zip(period, (time, time + lasts * SECOND), strict=True)
    )
    return start, end, np.where(seats, HOUR_MINUTES * MINUTE, MINUTE)


def _cut(usages: Usages, rows: Ints) -> list[Ints]:
    """The rows in pieces of about PIECE parts; none makes one empty piece."""
    so_far = counted(*_spans(usages, rows)).cumsum()
    return np.split(rows, np.flatnonzero(np.diff(so_far // PIECE)) + 1)
