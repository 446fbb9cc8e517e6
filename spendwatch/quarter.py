"""A quarter of the simulated organisation as hourly buckets, for `spendwatch tune` to be tried on.

Its usage is metered and owned as live's is; its overruns are those of the schedule, and the labels
beside it name them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from schemas import series
from schemas.integers import unpacked
from schemas.kinds import Kind
from schemas.moments import EPOCH, HOUR_MINUTES, MINUTE, micros, rfc3339
from schemas.records import Tally
from spendwatch.simulated import Overrun, batches, quarter_overruns
from spendwatch.simulated.overruns import Kind as Overruns
from spendwatch.tuning.buckets import NEEDED
from spendwatch.tuning.labels import REAL
from streams import bundle, rulebook
from streams.book import Book, Books
from streams.log import Record
from streams.rulebooks import hash_of
from streams.steps import folding
from streams.steps.applying import POOL
from streams.steps.names import Names
from streams.walk import Walk, Walked

START = datetime(2026, 8, 31, tzinfo=UTC)
"""A Monday."""

DAYS = 90
HOUR = HOUR_MINUTES * MINUTE
BUCKETS, LABELS, RULEBOOK = "quarter.parquet", "labels.yaml", "rulebook.yaml"

Ints = npt.NDArray[np.int64]


class Hours(Walk):
    """The walk as far as tallies: what each series cost in each hour, and its requests."""

    def __init__(self, books: Books, first: int, hours: int) -> None:
        super().__init__(books)
        self.names, self._first = Names(), first
        self.amounts: Ints = np.zeros((2, 0, hours), np.int64)
        """Nano-dollars and requests, by series and hour."""

    def watch(self, walked: Walked, tallies: Sequence[Record]) -> Walked:
        """Add what they hold."""
        passed: Sequence[Any] = tallies
        for record in passed:
            if not record.value.source.startswith(POOL):
                self._add(record.value)
        return walked

    def _add(self, tally: Tally) -> None:
        counted = np.array([folding.counted(name) for name in tally.names], dtype=bool)
        at, hour = unpacked(tally.at), unpacked(tally.minute) // HOUR_MINUTES - self._first
        inside = (hour >= 0) & (hour < self.amounts.shape[2])
        kept = (unpacked(tally.kind) == Kind.USAGE) & inside
        kept &= counted[at] if len(at) else kept
        which = self.names.numbers(tally.names)[at[kept]]
        missing = len(self.names) - self.amounts.shape[1]
        self.amounts = np.pad(self.amounts, ((0, 0), (0, missing), (0, 0)))
        requests = tally.quantities.get("requests")
        for place, column in enumerate((tally.cost, requests)):
            if column is not None:
                np.add.at(self.amounts[place], (which, hour[kept]), unpacked(column)[kept])

    def table(self) -> pa.Table:
        """A row for each hour of a series that is not empty."""
        which, hour = np.nonzero(self.amounts.any(axis=0))
        start = pa.array((hour + self._first) * HOUR).cast(pa.timestamp("us", "UTC"))
        held = [self.names.array.take(pa.array(which)), start]
        held += [pa.array(one[which, hour]) for one in self.amounts]
        return pa.table(held, names=[*NEEDED, "requests"]).sort_by(NEEDED[0])


def write(folder: Path, seed: int) -> int:
    """Write the quarter, its rulebook and its labels into a folder; how many buckets."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (files("spendwatch.simulated") / RULEBOOK).read_text(encoding="utf-8")
    overruns = quarter_overruns(START)
    table = _metered(text, seed, overruns)
    pq.write_table(table, folder / BUCKETS)
    (folder / RULEBOOK).write_text(text, encoding="utf-8")
    labels = [_label(one) for one in overruns]
    (folder / LABELS).write_text(yaml.safe_dump(labels, sort_keys=False), encoding="utf-8")
    return len(table)


def _metered(text: str, seed: int, overruns: Sequence[Overrun]) -> pa.Table:
    book = Book(hash_of(text), EPOCH, rulebook.read(text))
    walk = Hours(Books([book]), micros(START) // HOUR, DAYS * 24)
    offset = 0
    for batch in batches(seed, START, START + timedelta(days=DAYS), overruns):
        received = np.asarray(batch.column("time").cast(pa.int64()))
        walk.feed(bundle.in_columns(batch, offset, received))
        offset += len(batch)
    return walk.table()


def _label(one: Overrun) -> dict[str, str]:
    """An overrun as people would mark it: silence is of a feed, all else of an application."""
    silent = one.kind is Overruns.SILENT_FEED
    name = series.name("feeds", one.names["source"]) if silent else f"application:{one.owner}"
    return {"series": name, "time": rfc3339(one.start + (one.end - one.start) / 2), "label": REAL}
