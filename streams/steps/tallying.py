"""Charges to tallies: which amounts go to which series and minute, summed in whole numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import columns, series
from schemas.clues import CLUES
from schemas.integers import packed, unpacked
from schemas.keys import partition_of
from schemas.records import Tally
from schemas.states import Progress
from streams.steps.combining import distinct, grouped
from streams.steps.intake import Ints, whole
from streams.steps.lines import Lines
from streams.steps.names import Names
from streams.steps.rowset import UNKNOWN

LARGEST_PART = 256 * 1024
"""Bytes of one part of a tally, about: every log takes a message of four times as many."""

ENTRY = 100
"""Bytes of an entry, about; the name of its series comes once to that."""


COUNTED = (*columns.quantities(), *CLUES)
"""What is summed beside money: quantities of usage, and the clues to its cost."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Amounts before they are summed, in columns: usage spread over its minutes."""

    line: Ints
    """Which series it goes to: twice the number of its line for that line's, one more for its
    drivers."""

    minute: Ints
    kind: Ints
    known: Ints
    """The minute in which it became known: a later one for the past hours of a seat."""

    cost: Ints
    charges: Ints
    unpriced: Ints
    unowned: Ints
    quantities: Ints
    """One row a part, one column each of COUNTED."""

    def rows(self, which: Ints) -> "Parts":
        """Some of the parts."""
        return Parts(*(getattr(self, column.name)[which] for column in fields(self)))


@dataclass(frozen=True, slots=True)
class Entries:
    """Summed amounts, ordered by series, minute, kind and the minute they became known in."""

    series: pa.StringArray
    at: Ints
    minute: Ints
    kind: Ints
    known: Ints
    sums: Ints
    """Columns: cost, charges, unpriced, unowned, then COUNTED."""

    number: Ints
    """The number of each series among those of all lines."""


EMPTY: Ints = np.zeros(0, dtype=np.int64)
NOTHING: Ints = np.zeros((0, 4 + len(COUNTED)), dtype=np.int64)
NONE = Entries(pa.array([], pa.string()), EMPTY, EMPTY, EMPTY, EMPTY, NOTHING, EMPTY)


def sums(pieces: Iterable[Parts], lines: Lines) -> Entries:
    """Every part of all pieces added to every series of its line."""
    # First by line, then by series: a batch may have few lines and each of them many series.
    (of, *keys), values = _joined([_added(_keys(part), _amounts(part)) for part in pieces])
    held = lines.table[:, of]
    slot, row = np.nonzero(held != UNKNOWN)
    number, at = _ordered(held[slot, row], lines.series)
    (at, minute, kind, known), amounts = _added((at, *(key[row] for key in keys)), values, row)
    told = lines.series.array.take(pa.array(number))
    return Entries(told, at, minute, kind, known, amounts, number)


def _ordered(numbers: Ints, names: Names) -> tuple[Ints, Ints]:
    """The distinct numbers of names in the order of these, and which of them each is."""
    found, which = grouped(numbers)
    order = names.order(found)
    place = np.empty(len(found), dtype=np.int64)
    place[order] = np.arange(len(found))
    return found[order], place[which]


Keys = tuple[Ints, ...]
"""Line or series, minute, kind and the minute it became known in."""

Sums = tuple[Keys, Ints]
"""Amounts by their keys, ordered by them."""


def _keys(parts: Parts) -> Keys:
    return parts.line, parts.minute, parts.kind, parts.known


def _amounts(parts: Parts) -> Ints:
    """Amounts in the columns of `Entries.sums`; column-major."""
    plain = (parts.cost, parts.charges, parts.unpriced, parts.unowned)
    return np.vstack((*plain, parts.quantities.T)).T


def _joined(found: Sequence[Sums]) -> Sums:
    """The sums of several pieces as one."""
    columns_ = zip(*(keys for keys, _ in found), strict=True)
    keys = tuple(np.concatenate(pieces) for pieces in columns_)
    return _added(keys, np.concatenate([values for _, values in found]))


def _added(keys: Keys, values: Ints, row: Ints | None = None) -> Sums:
    """Amounts of the same keys added up; `row` is the row of `values` that each key adds."""
    if not len(keys[0]):
        return keys, values[:0]
    which, first = distinct(keys)
    wide = _wide(values, len(keys[0]))
    added = np.zeros((values.shape[1], len(first)), dtype=wide.dtype)
    for index in np.flatnonzero(wide.any(axis=0)):
        column = wide[:, index]
        np.add.at(added[index], which, column if row is None else column[row])
    return tuple(key[first] for key in keys), added.T


def _wide(values: Ints, count: int) -> Ints:
    """The same as Python's own numbers where 64 bits might not hold the sum of so many."""
    largest = max(int(values.max(initial=0)), -int(values.min(initial=0)))
    return values if largest * count < 2**63 else cast(Ints, values.astype(object))


@dataclass(frozen=True, slots=True)
class Span:
    """What a batch of one source covers: `[first, next)`."""

    source: str
    first: int
    next: int
    sources: int
    """How many usage partitions there are."""


def placed(roots: Sequence[str], wide: int) -> Ints:
    """The partition of each root."""
    to = {root: partition_of(root.encode(), wide) for root in dict.fromkeys(roots)}
    return np.array([to[root] for root in roots], dtype=np.int64)


def tallies(
    entries: Entries, places: Ints, span: Span, progress: Progress, wide: int
) -> list[list[Tally]]:
    """One tally for each partition, empty or not, in parts; `places` is that of each series."""
    where = places[entries.at]
    named = whole(pc.binary_length(entries.series))
    cuts = [_cut(entries.at, np.flatnonzero(where == to), named) for to in range(wide)]
    return [
        [_part(entries, rows, span, progress, (index, len(cut))) for index, rows in enumerate(cut)]
        for cut in cuts
    ]


def _cut(series_of: Ints, rows: Ints, named: Ints) -> list[Ints]:
    """The rows in parts, each about LARGEST_PART; none makes one empty part.

    `named` is how many bytes the name of each series has.
    """
    at = series_of[rows]
    size = np.full(len(rows), ENTRY, dtype=np.int64)
    new = np.append(True, at[1:] != at[:-1])[: len(rows)]
    size[new] += named[at[new]]
    part = np.cumsum(size) // LARGEST_PART
    return np.split(rows, np.flatnonzero(np.diff(part)) + 1)


def _part(
    entries: Entries, rows: Ints, span: Span, progress: Progress, part: tuple[int, int]
) -> Tally:
    named, at = grouped(entries.at[rows])
    names = entries.series.take(pa.array(named))
    cost, charges, unpriced, unowned, *held = entries.sums[rows].T
    quantities = dict(zip(COUNTED, held, strict=True))
    minute, known = entries.minute[rows], entries.known[rows]
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
        series=series.joined_column(names),
        at=packed(at),
        minute=packed(minute),
        kind=packed(entries.kind[rows]),
        known=b"" if (known == minute).all() else packed(known),
        cost=packed(cost),
        charges=packed(charges),
        unpriced=packed(unpriced),
        unowned=packed(unowned),
        quantities={name: packed(values) for name, values in quantities.items() if values.any()},
    )


def rows(tally: Tally, *names: str) -> Iterator[tuple[Any, ...]]:
    """The entries of a tally: the series of each, and its values in some columns."""
    held = [unpacked(getattr(tally, name)).tolist() for name in names]
    series_, places = tally.names, unpacked(tally.at).tolist()
    return zip((series_[at] for at in places), *held, strict=True)


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
