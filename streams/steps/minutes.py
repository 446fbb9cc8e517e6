"""Minutes of watch as its topic holds them: one record a minute and batch, not one a series.

In memory each series has its own. A batch writes those that it changed as they now stand, under
numbers that rise within the minute; a restart reads them in that order. When more rows of a minute
were written than all series are worth, it is written anew. It is forgotten when no series holds it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.rules import Grain
from schemas.states import Bucket, Minute
from streams.steps.minute_rows import MOST, Columns, Row, records
from streams.steps.step import Group, Key
from streams.steps.tables import Rows

TWICE = 2
"""Rows of a minute that are written, for each series there is, before it is written anew."""


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
        rows = self.rows + len(turn)
        if self.records and rows > most:
            return Kept(series, range(stop, stop + _records(series)), series)
        return Kept(series, range(self.records.start, stop + _records(len(turn))), rows)

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

    added: Rows | None = None
    """What is added to series in columns."""

    def __len__(self) -> int:
        return len(self.rows) + (0 if self.added is None else len(self.added))


def turns(
    groups: Mapping[Key, Group], names: Callable[[Key], Collection[str | int]]
) -> dict[int, Turn]:
    """What changes by minute; `names` says which a series held before."""
    found: dict[str | int, Turn] = {}
    for prefix, group in groups.items():
        if not holds(prefix):
            continue
        old = names(prefix)
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


def numbered(old: Kept, new: Kept, held: Columns) -> dict[str | int, Minute | None]:
    """What to write of a minute by number: new records, None for those that are forgotten."""
    gone = old.records if new.records.start != old.records.start else ()
    added = range(old.records.stop, new.records.stop)
    return {**dict.fromkeys(gone), **dict(zip(added, records(held), strict=True))}
