"""Charges to tallies: which amounts go to which series and minute, summed in whole numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import columns, series
from schemas.integers import packed, unpacked
from schemas.keys import partition_of
from schemas.records import Tally
from schemas.states import Progress
from streams.steps.combining import combined
from streams.steps.intake import Ints, whole

LARGEST_PART = 256 * 1024
"""Bytes of one part of a tally, about: every log takes a message of four times as many."""

ENTRY = 100
"""Bytes of an entry, about; the name of its series comes once to that."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Amounts before they are summed, in columns: usage spread over its minutes."""

    line: Ints
    """Index into the lines of the batch: which series it goes to."""

    minute: Ints
    kind: Ints
    known: Ints
    """The minute in which it became known: a later one for the past hours of a seat."""

    cost: Ints
    charges: Ints
    unpriced: Ints
    unowned: Ints
    quantities: Ints
    """One row a part, one column a quantity."""

    def rows(self, which: Ints) -> "Parts":
        """Some of the parts."""
        return Parts(*(getattr(self, column.name)[which] for column in fields(self)))


@dataclass(frozen=True, slots=True)
class Entries:
    """Summed amounts, ordered by series, minute, kind and the minute they became known in."""

    series: list[str]
    at: Ints
    minute: Ints
    kind: Ints
    known: Ints
    sums: Ints
    """Columns: cost, charges, unpriced, unowned, then the quantities."""

    line: Ints
    """The last line that each series is of."""


EMPTY: Ints = np.zeros(0, dtype=np.int64)
NOTHING: Ints = np.zeros((0, 4 + len(columns.quantities())), dtype=np.int64)
NONE = Entries([], EMPTY, EMPTY, EMPTY, EMPTY, NOTHING, EMPTY)


def sums(pieces: Iterable[Parts], lines: Sequence[tuple[str, ...]]) -> Entries:
    """Every part of all pieces added to every series of its line."""
    names, table, last = _numbered(lines)
    # First by line, then by series: a batch has few lines and each of them many series.
    (of, *keys), values = _joined([_added(_keys(part), _amounts(part)) for part in pieces])
    at = table[of].reshape(-1)
    row = np.repeat(np.arange(len(values)), table.shape[1])[at >= 0]
    some = np.flatnonzero(values.any(axis=0))
    found, amounts = _added((at[at >= 0], *(key[row] for key in keys)), values[:, some][row])
    at, minute, kind, known = found
    all_ = np.zeros((len(at), values.shape[1]), dtype=amounts.dtype)
    all_[:, some] = amounts
    return Entries(names, at, minute, kind, known, all_, last)


def _numbered(lines: Sequence[tuple[str, ...]]) -> tuple[list[str], Ints, Ints]:
    """The series of all lines, sorted; one row a line of their numbers, -1 beyond its last; and
    the last line of each.
    """
    lengths = np.array([len(line) for line in lines], dtype=np.int64)
    told = pa.array(list(chain.from_iterable(lines)), pa.string()).dictionary_encode()
    order = pc.sort_indices(told.dictionary)
    number = np.empty(len(order), dtype=np.int64)
    number[whole(order)] = np.arange(len(order))
    numbers = number[whole(told.indices)]
    table = np.full((len(lines), lengths.max(initial=0)), -1, dtype=np.int64)
    table[np.arange(table.shape[1]) < lengths[:, None]] = numbers
    last = np.zeros(len(order), dtype=np.int64)
    np.maximum.at(last, numbers, np.repeat(np.arange(len(lines)), lengths))
    return told.dictionary.take(order).to_pylist(), table, last


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


def _added(keys: Keys, values: Ints) -> Sums:
    """Amounts of the same keys added up."""
    if not len(values):
        return keys, values
    code = combined(keys)
    order = np.argsort(code)
    code = code[order]
    starts = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
    wide = _wide(values)
    added = np.zeros((len(starts), values.shape[1]), dtype=wide.dtype)
    for index in np.flatnonzero(wide.any(axis=0)):
        added[:, index] = np.add.reduceat(wide[order, index], starts)
    return tuple(key[order[starts]] for key in keys), added


def _wide(values: Ints) -> Ints:
    """The same as Python's own numbers where 64 bits might not hold their sum."""
    largest = max(int(values.max(initial=0)), -int(values.min(initial=0)))
    return values if largest * len(values) < 2**63 else cast(Ints, values.astype(object))


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
    to = {root: partition_of(root.encode(), wide) for root in dict.fromkeys(roots)}
    places = np.array([to[root] for root in roots], dtype=np.int64)
    where = places[entries.at] if len(roots) else entries.at
    named = whole(pc.binary_length(pa.array(entries.series, pa.string())))
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
    named, at = np.unique(entries.at[rows], return_inverse=True)
    cost, charges, unpriced, unowned, *held = entries.sums[rows].T
    quantities = dict(zip(columns.quantities(), held, strict=True))
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
        series=series.joined([entries.series[index] for index in named.tolist()]),
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
