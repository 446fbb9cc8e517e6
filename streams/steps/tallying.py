"""Charges to tallies: which amounts go to which series and minute, summed in whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from schemas import columns, series
from schemas.keys import partition_of
from schemas.records import Tally
from schemas.states import Progress
from streams.steps.intake import Ints

MOST_ENTRIES = 2500
"""Entries of one part of a tally, so that it stays under 256 KiB: about 100 bytes each."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Amounts before they are summed, in columns: usage spread over its minutes."""

    line: Ints
    """Index into the lines of the batch: which series it goes to."""

    minute: Ints
    kind: Ints
    cost: Ints
    charges: Ints
    unpriced: Ints
    unowned: Ints
    quantities: Ints
    """One row a part, one column a quantity."""

    def rows(self, which: Ints) -> "Parts":
        """Some of the parts."""
        return Parts(*(getattr(self, column.name)[which] for column in fields(self)))

    def beside(self, other: "Parts") -> "Parts":
        """These parts and others."""
        pairs = ((getattr(part, column.name) for part in (self, other)) for column in fields(self))
        return Parts(*(np.concatenate(list(pair)) for pair in pairs))


@dataclass(frozen=True, slots=True)
class Entries:
    """Summed amounts, ordered by series, minute and kind."""

    series: list[str]
    at: Ints
    minute: Ints
    kind: Ints
    sums: Ints
    """Columns: cost, charges, unpriced, unowned, then the quantities."""


EMPTY: Ints = np.zeros(0, dtype=np.int64)
NONE = Entries(
    [], EMPTY, EMPTY, EMPTY, np.zeros((0, 4 + len(columns.quantities())), dtype=np.int64)
)


def sums(parts: Parts, lines: Sequence[tuple[str, ...]]) -> Entries:
    """Every part added to every series of its line."""
    names = sorted({name for line in lines for name in line})
    number = {name: index for index, name in enumerate(names)}
    wide = max((len(line) for line in lines), default=0)
    table = np.full((len(lines), wide), -1, dtype=np.int64)
    for index, line in enumerate(lines):
        table[index, : len(line)] = [number[name] for name in line]
    at = table[parts.line].reshape(-1)
    row = np.repeat(np.arange(len(parts.line)), wide)
    at, row = at[at >= 0], row[at >= 0]
    values = np.column_stack(
        [parts.cost, parts.charges, parts.unpriced, parts.unowned, parts.quantities]
    )
    order = np.lexsort((parts.kind[row], parts.minute[row], at))
    at, row = at[order], row[order]
    minute, kind = parts.minute[row], parts.kind[row]
    new = np.ones(len(at), dtype=bool)
    new[1:] = (at[1:] != at[:-1]) | (minute[1:] != minute[:-1]) | (kind[1:] != kind[:-1])
    starts = np.flatnonzero(new)
    added = np.add.reduceat(values[row], starts, axis=0) if len(starts) else values[:0]
    return Entries(names, at[starts], minute[starts], kind[starts], added)


@dataclass(frozen=True, slots=True)
class Span:
    """What a batch of one source covers: `[first, next)`."""

    source: str
    first: int
    next: int
    sources: int
    """How many usage partitions there are."""


def tallies(
    entries: Entries, roots: Sequence[str], span: Span, progress: Progress, wide: int
) -> list[list[Tally]]:
    """One tally for each partition, empty or not, in parts; `roots` is one root for each series."""
    places = np.array([partition_of(root.encode(), wide) for root in roots], dtype=np.int64)
    where = places[entries.at] if len(roots) else entries.at
    return [_of(entries, np.flatnonzero(where == to), span, progress) for to in range(wide)]


def _of(entries: Entries, rows: Ints, span: Span, progress: Progress) -> list[Tally]:
    cuts = range(0, max(len(rows), 1), MOST_ENTRIES)
    return [
        _part(entries, rows[start : start + MOST_ENTRIES], span, progress, (index, len(cuts)))
        for index, start in enumerate(cuts)
    ]


def _part(
    entries: Entries, rows: Ints, span: Span, progress: Progress, part: tuple[int, int]
) -> Tally:
    named, at = np.unique(entries.at[rows], return_inverse=True)
    cost, charges, unpriced, unowned, *held = entries.sums[rows].T.tolist()
    quantities = dict(zip(columns.quantities(), held, strict=True))
    return Tally(
        source=span.source,
        first=span.first,
        next=span.next,
        part=part[0],
        parts=part[1],
        watermark=progress.watermark,
        clocked=progress.clocked,
        live=progress.live,
        sources=span.sources,
        history_until=progress.history_until,
        since=progress.since,
        series=tuple(entries.series[index] for index in named),
        at=tuple(at.tolist()),
        minute=tuple(entries.minute[rows].tolist()),
        kind=tuple(entries.kind[rows].tolist()),
        cost=tuple(cost),
        charges=tuple(charges),
        unpriced=tuple(unpriced),
        unowned=tuple(unowned),
        quantities={name: tuple(values) for name, values in quantities.items() if any(values)},
    )


def root_of(name: str, home: str) -> str:
    """The root of a series: what decides its partition.

    The business unit of `home` for the tree, the pool for its own series, else the cut's name.
    """
    level, values = series.split(name)
    if level in (series.UNIT, series.SERVICE, series.APPLICATION):
        return home
    if level in (series.POOL, series.UNALLOCATED, series.DRIVER):
        return f"pool/{values[0]}"
    return values[0] if level == series.ORGANISATION else level
