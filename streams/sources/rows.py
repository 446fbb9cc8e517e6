"""Recorded usage in columns: lines of files in their order, and why some of them are no usage."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from schemas import cloudevents, columns
from schemas.reasons import Refused
from streams.sources.base import Item, Origin
from streams.steps.intake import Ints

BATCH = 20_000
"""Lines that come together."""


class Stretch(NamedTuple):
    """Lines that were read together: from line `begin` of the rows on they are those from `first`
    on of what tells where each stands.
    """

    begin: int
    first: int
    origin: Callable[[int], Origin]


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of recorded usage in their order. Times are microseconds since 1970, one a line."""

    usage: pa.RecordBatch
    """Those that are usage, in the columns of its contract."""

    at: Ints
    """Which line each row of `usage` is, ascending."""

    time: Ints
    """Event time, or that of the line before where a line has none."""

    received: Ints
    """0 where the line does not say."""

    refused: Mapping[int, Refused]
    """The other lines, each with its reason."""

    stretches: Sequence[Stretch]
    """In order; the first begins with line 0."""

    def __len__(self) -> int:
        return len(self.time)

    def origin(self, at: int) -> Origin:
        """Where a line stands, and what it says."""
        held = self.stretches[bisect_right(self.stretches, at, key=lambda one: one.begin) - 1]
        return held.origin(at - held.begin + held.first)

    def cut(self, start: int, stop: int) -> "Rows":
        """Some of the lines."""
        if start == 0 and stop >= len(self):
            return self
        first, last = np.searchsorted(self.at, (start, stop)).tolist()
        return Rows(
            self.usage.slice(first, last - first),
            self.at[first:last] - start,
            self.time[start:stop],
            self.received[start:stop],
            {at - start: why for at, why in self.refused.items() if start <= at < stop},
            self._within(start, stop),
        )

    def _within(self, start: int, stop: int) -> list[Stretch]:
        """The stretches of some of the lines."""
        ends = [*(one.begin for one in self.stretches[1:]), len(self)]
        return [
            Stretch(max(begin - start, 0), first + max(start - begin, 0), origin)
            for (begin, first, origin), end in zip(self.stretches, ends, strict=True)
            if begin < stop and end > start
        ]


def joined(parts: Sequence[Rows]) -> Rows:
    """The lines of all parts, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0, *map(len, parts)])
    begins = [(start, part) for start, part in zip(starts.tolist(), parts, strict=False)]
    return Rows(
        as_one([part.usage for part in parts]),
        np.concatenate([part.at + start for start, part in begins]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.received for part in parts]),
        {at + start: why for start, part in begins for at, why in part.refused.items()},
        [
            Stretch(start + begin, first, origin)
            for start, part in begins
            for begin, first, origin in part.stretches
        ],
    )


def as_one(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Batches of usage, one after the other."""
    shape = columns.arrow(columns.USAGE)
    found = pa.Table.from_batches(batches, schema=shape).combine_chunks().to_batches()
    return found[0] if found else columns.from_rows([])


def in_order(rows: Rows, order: Ints) -> Rows:
    """The same lines in another order."""
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    at = back[rows.at]
    sorted_ = np.argsort(at)
    return Rows(
        rows.usage.take(pa.array(sorted_)),
        at[sorted_],
        rows.time[order],
        rows.received[order],
        {int(back[line]): why for line, why in rows.refused.items()},
        [Stretch(0, 0, lambda line: rows.origin(int(order[line])))],
    )


def evenly(parts: Iterable[Rows], size: int = BATCH) -> Iterator[Rows]:
    """The same lines, so many at a time whatever the parts were."""
    held: list[Rows] = []
    for part in parts:
        held.append(part)
        while sum(map(len, held)) >= size:
            together = joined(held)
            yield together.cut(0, size)
            held = [together.cut(size, len(together))]
    if sum(map(len, held)):
        yield joined(held)


def gathered(items: Iterable[Item]) -> Iterator[Rows]:
    """Items as rows, parsed one by one."""
    stream = iter(items)
    while some := list(islice(stream, BATCH)):
        yield parsed(some)


def parsed(items: Sequence[Item]) -> Rows:
    """The same of items that come together."""
    found: dict[int, dict[str, Any]] = {}
    refused: dict[int, Refused] = {}
    for at, item in enumerate(items):
        try:
            found[at] = usage_of(item)
        except Refused as why:
            refused[at] = why
    return Rows(
        columns.from_rows(list(found.values())),
        np.array(list(found), dtype=np.int64),
        np.array([item.time for item in items], dtype=np.int64),
        np.array([item.received for item in items], dtype=np.int64),
        refused,
        [Stretch(0, 0, lambda at: Origin(items[at].file, items[at].line, items[at].original))],
    )


def items(rows: Rows) -> Iterator[Item]:
    """Rows as items, one by one."""
    events = dict(zip(rows.at.tolist(), rows.usage.to_pylist(), strict=True))
    for at in range(len(rows)):
        file, line, original = rows.origin(at)
        event, why = events.get(at), rows.refused.get(at)
        message = b"" if event is None else json.dumps(cloudevents.event_of(event)).encode()
        yield Item(file, line, original, message, int(rows.time[at]), int(rows.received[at]), why)


def carried(time: Ints, before: int) -> Ints:
    """Times, with that of the line before where a line has none."""
    known = np.maximum.accumulate(np.where(time != 0, np.arange(1, len(time) + 1), 0))
    return np.concatenate([[before], time])[known]


def usage_of(item: Item) -> dict[str, Any]:
    """The usage that an item holds. Raises Refused."""
    if item.refused is not None:
        raise item.refused
    return cloudevents.parse(item.message)


def beside(
    fast: Sequence[pa.RecordBatch], at: Ints, rest: Rows, places: Ints
) -> tuple[pa.RecordBatch, Ints]:
    """Usage that was read in columns and usage that was not, in the order of their lines.

    `at` are the lines of the first, `places` those that the lines of `rest` are in truth.
    """
    if not len(rest.at):
        return (fast[0] if len(fast) == 1 else as_one(fast)), at
    usage = as_one([*fast, rest.usage])
    lines = np.concatenate([at, places[rest.at]])
    order = np.argsort(lines, kind="stable")
    return usage.take(pa.array(order)), lines[order]
