"""Amounts to minutes: most usage falls into one, GPU time and seats cover many."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ledger.spreading import gpu_minutes, seat_hours, spread
from schemas import cloudevents, columns
from schemas.kinds import Kind
from schemas.moments import MINUTE
from streams.steps.intake import Bools, Ints, Usages
from streams.steps.tallying import Parts
from streams.steps.valuing import Valued

PIECE = 50_000
"""Parts that are worked on at once: a seat of a year alone has 8,760."""

SEATS = columns.quantities().index("seats")


def pieces(valued: Valued, before: Ints) -> Iterator[Parts]:
    """Every usage's amounts by minute, for the series of its line and for its drivers.

    They come in pieces, so that many seats of many hours need little memory.

    `before` is the partition's watermark before each usage, microseconds since 1970: what falls
    into a minute that had closed by then is late, and so is what lies before the usage's own
    minute, as the past hours of a seat do. A line `n` beyond the last is the drivers' of
    line `n - len(lines)`.
    """
    long = _long(valued.usages)
    found, size = [_whole(valued, np.flatnonzero(~long))], 0
    for row in np.flatnonzero(long):
        found.append(_spread(valued, int(row)))
        size += len(found[-1][0])
        if size >= PIECE:
            yield _parts(valued, before, found)
            found, size = [], 0
    if found:
        yield _parts(valued, before, found)


def _parts(valued: Valued, before: Ints, found: "Sequence[Columns]") -> Parts:
    usages = valued.usages
    row, minutes, cost, quantities, charges = (
        np.concatenate([part[index] for part in found]) for index in range(5)
    )
    closed = ((minutes + 1) * MINUTE <= before[row]) | (minutes < usages.time[row] // MINUTE)
    amounts = Parts(
        line=valued.which[row],
        minute=minutes,
        kind=np.where(closed, int(Kind.LATE), int(Kind.USAGE)).astype(np.int64),
        cost=cost,
        charges=charges,
        unpriced=charges * valued.unpriced[row],
        unowned=cost * valued.unowned[row],
        quantities=quantities,
    )
    return amounts.beside(_driven(valued, amounts, row))


def _driven(valued: Valued, amounts: Parts, row: Ints) -> Parts:
    """What the drivers count: the same, but a seat in full in each of its hours."""
    some = np.array([bool(line.drivers) for line in valued.lines], dtype=bool)
    counted = amounts.rows(np.flatnonzero(some[amounts.line]))
    row = row[some[amounts.line]]
    quantities = counted.quantities.copy()
    quantities[:, SEATS] = valued.usages.quantities[row, SEATS]
    return replace(counted, line=counted.line + len(valued.lines), quantities=quantities)


def lines(valued: Valued) -> list[tuple[str, ...]]:
    """The series of each line, then the drivers of each line, as `pieces` numbers them."""
    return [line.series for line in valued.lines] + [line.drivers for line in valued.lines]


Columns = tuple[Ints, Ints, Ints, Ints, Ints]
"""Row of the usage, minute, cost, quantities, charges that begin there."""


def _long(usages: Usages) -> Bools:
    """Which usages cover more than the minute of their time."""
    codes, kinds = usages.texts("type")
    seats = np.array([kind == cloudevents.SEAT for kind in kinds], dtype=bool)
    gpus = np.array([kind == cloudevents.GPU for kind in kinds], dtype=bool)
    return np.asarray(seats[codes] | (gpus[codes] & (usages.numbers("duration_s") > 0)))


def _whole(valued: Valued, rows: Ints) -> Columns:
    """Usages that fall into the minute of their time."""
    usages = valued.usages
    once = np.ones(len(rows), dtype=np.int64)
    minute = usages.time[rows] // MINUTE
    return rows, minute, valued.priced.cost[rows], usages.quantities[rows], once


def _spread(valued: Valued, row: int) -> Columns:
    """One usage in exact parts: GPU time over its minutes, a seat over its hours."""
    stretch = _stretch(valued.usages, row)
    weights = [weight for _, weight in stretch]
    cost = spread(int(valued.priced.cost[row]), weights)
    none = [0] * len(weights)
    totals = valued.usages.quantities[row].tolist()
    held = [spread(total, weights) if total else none for total in totals]
    charges = np.zeros(len(stretch), dtype=np.int64)
    charges[0] = 1
    return (
        np.full(len(stretch), row, dtype=np.int64),
        np.array([minute for minute, _ in stretch], dtype=np.int64),
        np.array(cost, dtype=np.int64),
        np.array(held, dtype=np.int64).T,
        charges,
    )


def _stretch(usages: Usages, row: int) -> Sequence[tuple[int, int]]:
    """Minutes and weights that a usage covers."""
    one = usages.batch.slice(row, 1).to_pylist()[0]
    if one["type"] == cloudevents.SEAT:
        start, end = usages.numbers("period_start")[row], usages.numbers("period_end")[row]
        return seat_hours(int(start), int(end))
    return gpu_minutes(int(usages.time[row]), one["duration_s"])
