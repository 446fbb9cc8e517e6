"""Meter and watch over a minute of usage, on a log that keeps nothing, with CPU on the clock."""

from dataclasses import dataclass

import pyarrow as pa

from benchmarks._backlog import BATCH
from benchmarks._organisation import START, Organisation
from benchmarks._stage import Stage, messages, tallies
from schemas.moments import MINUTE, SECOND
from streams import jobs

DENSE, SPARSE = 6_000_000, 60_000
"""Usages a minute."""

BATCHES = 3
"""Batches of each minute: enough for 50,000 series to have one usage each."""

CLOSES = 10 * SECOND
"""Microseconds into a minute from which on the one before is closed."""

Figures = dict[str, float]


@dataclass
class Walk:
    """Meter and watch over the usage of an organisation, batch by batch."""

    organisation: Organisation

    def __post_init__(self) -> None:
        books = self.organisation.books
        self._meter, self._watch = Stage(jobs.METER, books), Stage(jobs.WATCH, books)
        self._usages = self._told = 0

    def take(self, count: int, at: int, *, skewed: bool = False) -> tuple[float, float]:
        """So many usages from a moment on, microseconds since 1970; CPU seconds of each stage."""
        before = self._meter.cpu, self._watch.cpu
        given = messages(self._rows(count, at, skewed=skewed), self._usages)
        records = tallies(self._meter.take(given), self._told)
        self._watch.take(records)
        self._usages += count
        self._told += len(records)
        return self._meter.cpu - before[0], self._watch.cpu - before[1]

    def minute(self, at: int) -> Figures:
        """A minute from a moment on, CPU seconds: `minute` of closing the one before, then of each
        usage in meter and watch, with all keys in turn (`turns_meter`, `turns_watch`) and, after
        all have been there, with the usual skew (`meter`, `watch`).
        """
        closing = sum(self.take(1, at))
        turns = self._batches(at + SECOND)
        skewed = self._batches(at + SECOND, skewed=True)
        names = ("turns_meter", "turns_watch", "meter", "watch")
        return {"minute": closing, **dict(zip(names, (*turns, *skewed), strict=True))}

    def _batches(self, at: int, *, skewed: bool = False) -> tuple[float, float]:
        """CPU seconds of a usage in meter and watch."""
        spent = [self.take(BATCH, at, skewed=skewed) for _ in range(BATCHES)]
        meter, watch = (sum(each) / BATCHES / BATCH for each in zip(*spent, strict=True))
        return meter, watch

    def _rows(self, count: int, at: int, *, skewed: bool) -> pa.RecordBatch:
        organisation = Organisation(self.organisation.series, at - self._usages * MINUTE // DENSE)
        [batch] = organisation.usage(count, DENSE, count, self._usages, skewed=skewed)
        return batch


def by_series(organisation: Organisation) -> Figures:
    """What a minute costs, see `Walk.minute`, and CPU seconds of closing an `hour` of all series
    beside closing its last minute.
    """
    walk, first = Walk(organisation), START + 57 * MINUTE + CLOSES
    walk.minute(first)  # every series begins
    early, late = (walk.minute(first + number * MINUTE) for number in (1, 2))
    hour = sum(walk.take(1, first + 3 * MINUTE)) - late["minute"]
    usages = {name: (early[name] + late[name]) / 2 for name in early.keys() - {"minute"}}
    return {**usages, "minute": late["minute"], "hour": max(hour, 0.0)}
