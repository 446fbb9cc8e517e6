"""What each usage costs and whose it is, asked once for each distinct kind of usage in a batch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ledger.prices import STATES, Priced, price
from ledger.schedules import PriceState, Schedule
from schemas import columns
from schemas.kinds import Kind
from schemas.moments import DAY_MINUTES, MINUTE, micros
from streams.book import Book, Books
from streams.rulebook import Charges
from streams.steps import clues
from streams.steps.clues import WEEK, Rated
from streams.steps.combining import distinct
from streams.steps.intake import Bools, Ints, Usages
from streams.steps.lines import TOLD, Lines, Texts


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose n usages are; `which` is the line of each, and `books` are all versions."""

    which: Ints
    lines: Lines
    books: Sequence[Book]


@dataclass(frozen=True, slots=True)
class Valued:
    """Prices and owners of n usages; `which` is the line of each, and `books` are all versions.

    `clues` are those of `clues.of`.
    """

    usages: Usages
    priced: Priced
    clues: Ints
    which: Ints
    lines: Lines
    books: Sequence[Book]

    @property
    def version(self) -> Ints:
        """Which of the books priced and owned each usage."""
        return np.asarray(self.lines.version[self.which])

    def amounts(self, rows: Ints) -> Ints:
        """Quantities, then clues, of some usages; column-major."""
        held = (*self.usages.quantities.T, *self.clues.T)
        found = np.zeros((len(held), len(rows)), dtype=np.int64)
        for amount, column in zip(found, held, strict=True):
            if column.any():
                amount[:] = column[rows]
        return found.T

    @property
    def unpriced(self) -> Bools:
        """Which usages have a quantity without a rate."""
        return np.asarray(self.priced.state == STATES.index(PriceState.UNPRICED))

    @property
    def unowned(self) -> Bools:
        """Which usages belong to nobody."""
        return np.asarray(self.lines.unowned[self.which])

    @property
    def kept(self) -> Bools:
        """Which usages leave a charge of their own in the log."""
        every = np.array(
            [book.rulebook.charges is Charges.EVERY for book in self.books], dtype=bool
        )
        return np.asarray(every[self.version])


def value(usages: Usages, books: Books) -> Valued:
    """Price and own usages; the rulebook is the one in force at each usage's own time."""
    version = np.searchsorted(books.starts[1:], usages.time, side="right")
    owned, rated = own(usages, books, version), rate(usages, books, version)
    priced = price(usages.quantities, rated.schedules, rated.which)
    found = clues.of(usages, rated, priced)
    return Valued(usages, priced, found, owned.which, owned.lines, owned.books)


def own(usages: Usages, books: Books, version: Ints) -> Owned:
    """Whose usages are, each by a version of the rulebook."""
    lines = books.lines
    texts = {name: usages.texts(name) for name in lines.named}
    which = lines.find(texts, version, usages.time // (DAY_MINUTES * MINUTE))
    return Owned(which, lines, books.versions)


def _values(values: list[str], codes: Ints) -> list[str]:
    """What codes stand for."""
    if len(values) == 1:
        return values * len(codes)
    held: list[str] = np.array(values, dtype=object)[codes].tolist()
    return held


def _named(several: Iterable[tuple[str, ...]]) -> list[str]:
    return sorted({name for names in several for name in names})


def _dimensions(texts: Texts, rows: Ints) -> Iterator[dict[str, str]]:
    """The dimensions of each of these rows."""
    held = [_values(values, codes[rows]) for codes, values in texts.values()]
    return (dict(zip(texts, row, strict=True)) for row in zip(*held, strict=True))


def rate(usages: Usages, books: Books, version: Ints) -> Rated:
    """What usages are priced by, each by a version of the rulebook: asked once for each
    combination on which a price can depend.
    """
    texts = {name: usages.texts(name) for name in _named(book.deciding for book in books.versions)}
    day = usages.time // (DAY_MINUTES * MINUTE)
    keys = [*(codes for codes, _ in texts.values()), version, day]
    which, first = distinct(keys)
    found = _schedules(usages, books, version, texts, first)
    if _outside(usages.time, which, [now for now, _ in found]):
        which, first = distinct([*keys, usages.time // MINUTE])
        found = _schedules(usages, books, version, texts, first)
    return Rated([now for now, _ in found], [before for _, before in found], which)


def _schedules(
    usages: Usages, books: Books, version: Ints, texts: Texts, first: Ints
) -> list[tuple[Schedule, Schedule | None]]:
    """The schedule of each of these rows, at its time, and where it was another that before."""
    rows = zip(version[first].tolist(), usages.time[first].tolist(), strict=True)
    return [
        books.rated(dimensions, index, time, time - WEEK)
        for dimensions, (index, time) in zip(_dimensions(texts, first), rows, strict=True)
    ]


def _outside(time: Ints, which: Ints, schedules: Sequence[Schedule]) -> bool:
    """Whether a usage lies outside the time for which its schedule holds."""
    begin = np.array([micros(each.holds_from) for each in schedules], dtype=np.int64)
    end = np.array([micros(each.holds_until) for each in schedules], dtype=np.int64)
    return bool(((time < begin[which]) | (time >= end[which])).any())


def charges(valued: Valued, offsets: Ints, kinds: Ints) -> pa.RecordBatch:
    """The charges of all usages, in the columns of the charge contract; `kinds` are of `Kind`."""
    priced = valued.priced
    hashes = pa.array([book.hash for book in valued.books], pa.string())
    tail = {
        **{name: valued.lines.told(name, valued.which) for name in TOLD},
        "offset": pa.array(offsets),
        "cost_nano_usd": pa.array(priced.cost),
        "price_state": pa.array([str(state) for state in STATES]).take(pa.array(priced.state)),
        "rate_id": pa.array(priced.rate_ids, pa.string()).take(pa.array(priced.rate)),
        "unpriced": pa.array(priced.lacks, pa.string()).take(pa.array(priced.lacking)),
        "kind": pa.array([kind.word for kind in Kind]).take(pa.array(kinds)),
        "rulebook": hashes.take(pa.array(valued.version)),
    }
    shape = columns.arrow(columns.CHARGE)
    held = [tail.get(name) for name in shape.names]
    usage = valued.usages.batch
    return pa.RecordBatch.from_arrays(
        [
            usage.column(name) if column is None else column
            for name, column in zip(shape.names, held, strict=True)
        ],
        schema=shape,
    )
