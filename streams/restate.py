"""Restates a log's charges: prices or owners that were corrected later, as reversals and rerates.

For each usage partition: fence whoever restates it too, read what stands, then commit reversals,
rerates, their tallies and the count of them together, some thousands at a time. What stands is read
anew in every run, so one that was killed is finished by the next, and a further one finds nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import NamedTuple

import pyarrow as pa

from schemas import columns
from schemas.codec import Codec
from schemas.moments import SECOND, moment
from schemas.reasons import Refused
from schemas.states import Progress
from streams import entries
from streams.book import Books
from streams.log import Log, Ownership, Record
from streams.steps import rerating, restating, standing
from streams.steps.checks import AHEAD
from streams.steps.rerating import PROGRESS
from streams.steps.restating import EVER, Found, Moved
from streams.steps.step import Site, key_bytes

NAME = "restate"
MEMORY = "restate-state"
CHARGES = "charge"
CHUNK = 5000
"""Charges that are read at once."""

PORTION = 5000
"""Charges that are taken back, and charged again, in one transaction."""

SKEW = 86_400 * SECOND
"""What the log took so long before a time holds no usage of it, however wrong the clocks are."""


class Unable(Exception):
    """It can't be restated: the log does not hold what it would take."""


class Change(NamedTuple):
    """From which owner and rate to which."""

    owner: str
    rate_id: str
    to_owner: str
    to_rate_id: str


class Sums(NamedTuple):
    """How many charges, and what they came to and come to, nano-dollars."""

    charges: int = 0
    was: int = 0
    now: int = 0


@dataclass(slots=True)
class Report:
    """What a run has looked at and moved."""

    looked_at: int = 0
    """Usages in the time that was asked for."""

    too_large: int = 0
    """Charges that would cost more than is ever believed: they stay."""

    gone_before: datetime | None = None
    """What the log took before this time, if anything, is not kept any more."""

    moves: dict[Change, Sums] = field(default_factory=dict)

    @property
    def total(self) -> Sums:
        """All that moved."""
        return Sums(*(sum(parts) for parts in zip(Sums(), *self.moves.values(), strict=True)))

    def add(self, found: Found) -> None:
        """One partition more."""
        self.too_large += found.too_large
        for change, sums in _moves(found.moved):
            known = self.moves.get(change, Sums())
            self.moves[change] = Sums(*(a + b for a, b in zip(known, sums, strict=True)))


def _moves(moved: Moved) -> Iterator[tuple[Change, Sums]]:
    old = zip(*(moved.charges.column(name).to_pylist() for name in ("owner", "rate_id")),
              strict=True)  # fmt: skip
    owners = (moved.now.lines[at].owner for at in moved.now.which.tolist())
    costs = zip(moved.was.priced.cost.tolist(), moved.now.priced.cost.tolist(), strict=True)
    rows = zip(old, owners, moved.rate_ids, costs, strict=True)
    for (owner, rate), to_owner, to_rate, (was, now) in rows:
        yield Change(owner, rate, to_owner, to_rate), Sums(1, was, now)


@dataclass(frozen=True, slots=True)
class Restate:
    """A run over usage of `[since, until)`, microseconds since 1970."""

    log: Log
    codec: Codec
    books: Books
    since: int
    until: int = EVER
    portion: int = PORTION
    advance: Callable[[int], None] = lambda _: None
    """Told of charges that were read."""

    def run(self, write: bool = True) -> Report:
        """Restate every partition, or only say what would move. Raises Unable, LogError."""
        self._check()
        report = Report()
        for number in range(self.log.partitions(CHARGES)):
            self._partition(number, report, write)
        return report

    def _check(self) -> None:
        wrong = restating.unkept(self.books, self.since, self.until)
        if wrong:
            begins = wrong[0].effective_from.isoformat()
            raise Unable(
                f"the rulebook {wrong[0].hash}, in force from {begins}, has `charges: tallies-only`"
                ": usage of its time left no charges; restate before and after it alone"
            )

    def _partition(self, number: int, report: Report, write: bool) -> None:
        """Whoever writes owns the partition before it reads: what another began is decided then."""
        if not write:
            self._look(number, report)
            return
        owner = self.log.own(NAME, number)
        try:
            self._write(owner, number, self._look(number, report))
        finally:
            owner.close()

    def _look(self, number: int, report: Report) -> Moved:
        found = restating.look(self._standing(number, report), self.books)
        report.add(found)
        return found.moved

    def _write(self, owner: Ownership, number: int, moved: Moved) -> None:
        progress = self._progress(number)
        for portion in restating.cut(moved, self.portion):
            outcome = rerating.restate(progress, portion, self._site(number))
            progress = outcome.changes[PROGRESS]
            written = entries.written(outcome.outputs, self.codec)
            remembered = entries.remembered(outcome.changes, self.codec, MEMORY, number)
            owner.commit([*written, *remembered], {})

    def _site(self, number: int) -> Site:
        usages, tallies = self.log.partitions("usage"), self.log.partitions("tally")
        return Site(number, usages, tallies, self.codec)

    def _progress(self, number: int) -> Progress:
        """How many it has written into the partition so far."""
        written = self.log.newest(MEMORY, number).get(key_bytes(PROGRESS))
        return self.codec.decode(written) if written else Progress()

    def _standing(self, number: int, report: Report) -> pa.RecordBatch:
        """What stands of a partition, as far as it may have to move."""
        empty = pa.RecordBatch.from_pylist([], schema=columns.arrow(columns.CHARGE))
        kept = [empty]
        for batch in self._read(number, report):
            some = standing.within(batch, self.since, self.until)
            restated = standing.restated(some)
            report.looked_at += int((~restated).sum())
            kept.append(some.filter(pa.array(restated | restating.unlike(some, self.books))))
        return standing.standing(joined(kept))

    def _read(self, number: int, report: Report) -> Iterator[pa.RecordBatch]:
        """Every charge of a partition that is kept, in columns. Raises Unable."""
        records = self.log.read(CHARGES, number)
        first = True
        while chunk := list(islice(records, CHUNK)):
            if first and chunk[0].offset and self.since < chunk[0].received + AHEAD:
                gone = moment(chunk[0].received)
                report.gone_before = max(report.gone_before or gone, gone)
            first = False
            kept = [one for one in chunk if one.received >= self.since - SKEW]
            if kept:
                yield joined(list(self._columns(kept)))
            self.advance(len(chunk))

    def _columns(self, chunk: Sequence[Record]) -> Iterator[pa.RecordBatch]:
        """Charges in columns, in their order: contracts may follow each other."""
        try:
            for (name, start), some in groupby(chunk, key=self._contract):
                yield columns.read([(one.value or b"")[start:] for one in some], name)
        except (Refused, columns.Unreadable) as wrong:
            raise Unable(f"a charge can't be read: {wrong}") from wrong

    def _contract(self, record: Record) -> tuple[str, int]:
        return self.codec.contract(record.value or b"")


def joined(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Batches of one schema as one."""
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
