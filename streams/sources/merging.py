"""Several files as one, by time: what `heapq.merge` does with items, done with columns.

Taking the earliest first line again and again is the same as sorting all lines by the latest time
that their file has reached with them: a line that goes back in time follows the one before it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from streams.sources.rows import Rows, in_order, joined
from streams.steps.intake import Ints


@dataclass(slots=True)
class Head:
    """What of one file is read and not yet given."""

    number: int
    rest: Iterator[Rows]
    rows: Rows | None = None
    reached: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """The latest time of the file up to each of the rows."""

    def fill(self) -> bool:
        """Read on where nothing is left; whether there is anything."""
        while self.rows is None or not len(self.rows):
            before = self.reached[-1:]
            self.rows = next(self.rest, None)
            if self.rows is None:
                return False
            times = np.concatenate([before, self.rows.time])
            self.reached = np.maximum.accumulate(times)[len(before) :]
        return True

    @property
    def last(self) -> tuple[int, int]:
        """How far it is known; of files that have got equally far the first goes first."""
        return int(self.reached[-1]), self.number

    def take(self, until: tuple[int, int]) -> tuple[Rows, Ints]:
        """The rows that are not after a place, and their keys."""
        assert self.rows is not None  # noqa: S101 - it was filled
        time, number = until
        first = time + (self.number <= number)
        count = int(np.searchsorted(self.reached, first))
        found = self.rows.cut(0, count), self.reached[:count]
        self.rows = self.rows.cut(count, len(self.rows))
        self.reached = self.reached[count:] if len(self.rows) else self.reached
        return found


def merged(files: Sequence[Iterable[Rows]]) -> Iterator[Rows]:
    """The lines of all files by time; those of equal time in the order of the files."""
    heads = [Head(number, iter(file)) for number, file in enumerate(files)]
    while heads := [head for head in heads if head.fill()]:
        until = min(head.last for head in heads)
        taken = [head.take(until) for head in heads]
        keys = np.concatenate([keys for _, keys in taken])
        yield in_order(joined([rows for rows, _ in taken]), np.argsort(keys, kind="stable"))
