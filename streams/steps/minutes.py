"""Minutes of watch as its topic holds them: one record a minute and batch, not one a series.

In memory each series has its own. A batch writes those that it changed as they now stand, under
numbers that rise within the minute; a restart reads them in that order. When more rows of a minute
were written than all series are worth, it is written anew. It is forgotten when no series holds it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from schemas.rules import Grain
from schemas.states import Bucket, Minute
from streams.steps.step import Group, Key

PLAIN = ("cost", "late", "restated", "shared", "charges", "unpriced", "unowned")
_plain = attrgetter(*PLAIN)
MOST = 2000
"""Rows of a record: some 200 kB, as a message of Kafka's may have a megabyte."""

TWICE = 2
"""Rows of a minute that are written, for each series there is, before it is written anew."""

Row = tuple[str, Bucket | None]
"""A series and its bucket, None where it is gone."""


def holds(prefix: Key) -> bool:
    """Whether a group is the minutes of a series."""
    return len(prefix) == 3 and prefix[0] == "bucket" and prefix[2] == Grain.MINUTE


class Kept(NamedTuple):
    """How a minute stands."""

    series: int = 0
    """That hold it."""

    records: range = range(0)
    """Numbers of its records."""

    rows: int = 0
    """In its records."""

    def after(self, turn: "Turn", most: int) -> "Kept":
        """How it stands when a batch is written; `most` rows are worth keeping."""
        series, stop = self.series + turn.grown, self.records.stop
        if not series:
            return Kept(0, range(stop, stop))
        rows = self.rows + len(turn.rows)
        if self.records and rows > most:
            return Kept(series, range(stop, stop + _records(series)), series)
        return Kept(series, range(self.records.start, stop + _records(len(turn.rows))), rows)

    def and_record(self, number: int, rows: int) -> "Kept":
        """With its next record, as a restart finds it."""
        first = self.records.start if self.records else number
        return Kept(self.series, range(first, number + 1), self.rows + rows)


def _records(rows: int) -> int:
    """How many records so many rows make."""
    return -(-rows // MOST)


@dataclass(slots=True)
class Turn:
    """What a batch changes of a minute."""

    rows: dict[str, Bucket | None] = field(default_factory=dict)
    """The bucket of each series as it now stands, None where it is gone."""

    grown: int = 0
    """By how many series more hold it."""


def turns(groups: Mapping[Key, Group], known: Mapping[Key, Group]) -> Mapping[int, Turn]:
    """What changes by minute, given all groups of a state before."""
    found: dict[str | int, Turn] = {}
    for prefix, group in groups.items():
        if not holds(prefix):
            continue
        old = known.get(prefix, {})
        for at, bucket in group.items():
            turn = found.get(at)
            if turn is None:
                turn = found[at] = Turn()
            turn.rows[str(prefix[1])] = bucket
            turn.grown += (bucket is not None) - (at in old)
    return {int(at): turn for at, turn in found.items()}


def held(groups: Mapping[Key, Group]) -> Counter[int]:
    """By how many series each minute is held."""
    return Counter(int(at) for prefix, group in groups.items() if holds(prefix) for at in group)


def all_rows(minute: int, groups: Mapping[Key, Group], known: Mapping[Key, Group]) -> Iterator[Row]:
    """All that is held of a minute after a batch."""
    for prefix in dict.fromkeys((*known, *groups)):
        if holds(prefix):
            new = groups.get(prefix, {})
            bucket = new[minute] if minute in new else known.get(prefix, {}).get(minute)
            if bucket is not None:
                yield str(prefix[1]), bucket


def numbered(old: Kept, new: Kept, rows: Iterable[Row]) -> dict[str | int, Minute | None]:
    """What to write of a minute by number: new records, None for those that are forgotten."""
    gone = old.records if new.records.start != old.records.start else ()
    added = range(old.records.stop, new.records.stop)
    return {**dict.fromkeys(gone), **dict(zip(added, records(rows), strict=True))}


def records(rows: Iterable[Row]) -> Iterator[Minute]:
    """Rows in columns, so many a record."""
    coming = iter(rows)
    while some := list(islice(coming, MOST)):
        yield _columns(some)


def _columns(rows: Sequence[Row]) -> Minute:
    held = [(name, bucket) for name, bucket in rows if bucket is not None]
    buckets = [bucket for _, bucket in held]
    columns = dict(zip(PLAIN, zip(*map(_plain, buckets), strict=True), strict=False))
    quantities = {name: None for bucket in buckets for name in bucket.quantities}
    return Minute(
        series=tuple(name for name, _ in held),
        gone=tuple(name for name, bucket in rows if bucket is None),
        quantities={
            name: tuple([bucket.quantities.get(name, 0) for bucket in buckets])
            for name in sorted(quantities)
        },
        **{name: column for name, column in columns.items() if any(column)},
    )


def rows(minute: Minute) -> Iterator[Row]:
    """The way back from `records`."""
    count = len(minute.series)
    plain = [getattr(minute, name) or (0,) * count for name in PLAIN]
    for row, (name, *amounts) in enumerate(zip(minute.series, *plain, strict=True)):
        held = {one: column[row] for one, column in minute.quantities.items() if column[row]}
        yield name, Bucket(**dict(zip(PLAIN, amounts, strict=True)), quantities=held)
    yield from ((name, None) for name in minute.gone)
