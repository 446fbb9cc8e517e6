"""What each usage costs and whose it is, asked once for each distinct kind of usage in a batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress

import numpy as np
import pyarrow as pa

from ledger.prices import STATES, Priced, price
from ledger.schedules import PriceState, Schedule
from schemas import columns, series
from schemas.kinds import Kind
from schemas.moments import DAY_MINUTES, MINUTE, at_minute, micros, moment
from streams.book import Book, Books, Line
from streams.rulebook import Charges
from streams.steps.combining import combined
from streams.steps.intake import Bools, Ints, Usages


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose n usages are; `which` is each usage's index into `lines` and `books`."""

    which: Ints
    lines: list[Line]
    books: list[Book]


@dataclass(frozen=True, slots=True)
class Valued:
    """Prices and owners of n usages; `which` is each usage's index into `lines` and `books`."""

    usages: Usages
    priced: Priced
    which: Ints
    lines: list[Line]
    books: list[Book]

    @property
    def unpriced(self) -> Bools:
        """Which usages have a quantity without a rate."""
        return np.asarray(self.priced.state == STATES.index(PriceState.UNPRICED))

    @property
    def unowned(self) -> Bools:
        """Which usages belong to nobody."""
        nobody = np.array([line.owner == series.UNOWNED for line in self.lines], dtype=bool)
        return np.asarray(nobody[self.which])

    @property
    def kept(self) -> Bools:
        """Which usages leave a charge of their own in the log."""
        every = np.array(
            [book.rulebook.charges is Charges.EVERY for book in self.books], dtype=bool
        )
        return np.asarray(every[self.which])


def distinct(keys: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Index of each row's distinct combination, and the first row of each combination."""
    _, first, which = np.unique(combined(keys), return_index=True, return_inverse=True)
    return which.astype(np.int64), first.astype(np.int64)


Texts = Mapping[str, tuple[Ints, list[str]]]
"""Dimensions as codes and the values that they stand for."""


def value(usages: Usages, books: Books) -> Valued:
    """Price and own usages; the rulebook is the one in force at each usage's own time."""
    when = _when(usages, books)
    owned, priced = _own(usages, books, when), _priced(usages, books, when)
    return Valued(usages, priced, owned.which, owned.lines, owned.books)


def _when(usages: Usages, books: Books) -> list[Ints]:
    """Version of the rulebook and day since 1970 of each usage."""
    version = np.searchsorted(books.starts[1:], usages.time, side="right")
    return [version.astype(np.int64), usages.time // (DAY_MINUTES * MINUTE)]


def own(usages: Usages, books: Books) -> Owned:
    """Whose usages are, by the rulebook in force at each usage's own time."""
    return _own(usages, books, _when(usages, books))


def _own(usages: Usages, books: Books, when: list[Ints]) -> Owned:
    texts = {name: usages.texts(name) for name in _named(book.asked for book in books.versions)}
    which, first = distinct([*(codes for codes, _ in texts.values()), *when])
    used = [books.versions[index] for index in when[0][first].tolist()]
    held = {name: _values(values, codes[first]) for name, (codes, values) in texts.items()}
    days = _days(when[1][first])
    found: dict[int, Iterator[Line]] = {}
    for version in np.unique(when[0][first]).tolist():
        book = books.versions[version]
        keys = zip(days, *(held[name] for name in book.asked), strict=True)
        mine = (when[0][first] == version).tolist()
        found[version] = iter(book.lines(compress(keys, mine)))
    lines = [next(found[version]) for version in when[0][first].tolist()]
    return Owned(which, lines, used)


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


def _days(days: Ints) -> list[date]:
    """Days since 1970 as dates."""
    known = {day: at_minute(day * DAY_MINUTES).date() for day in np.unique(days).tolist()}
    return [known[day] for day in days.tolist()]


def _priced(usages: Usages, books: Books, when: list[Ints]) -> Priced:
    """What each usage costs: asked once for each combination on which a price can depend."""
    texts = {name: usages.texts(name) for name in _named(book.deciding for book in books.versions)}
    keys = [*(codes for codes, _ in texts.values()), *when]
    which, first = distinct(keys)
    schedules = _schedules(usages, books, texts, first)
    if _outside(usages.time, which, schedules):
        which, first = distinct([*keys, usages.time // MINUTE])
        schedules = _schedules(usages, books, texts, first)
    return price(usages.quantities, schedules, which)


def _schedules(usages: Usages, books: Books, texts: Texts, first: Ints) -> list[Schedule]:
    """The schedule of each of these rows, at its time."""
    moments = usages.time[first].tolist()
    return [
        books.at(time).schedule(dimensions, moment(time))
        for dimensions, time in zip(_dimensions(texts, first), moments, strict=True)
    ]


def _outside(time: Ints, which: Ints, schedules: Sequence[Schedule]) -> bool:
    """Whether a usage lies outside the time for which its schedule holds."""
    begin = np.array([micros(each.holds_from) for each in schedules], dtype=np.int64)
    end = np.array([micros(each.holds_until) for each in schedules], dtype=np.int64)
    return bool(((time < begin[which]) | (time >= end[which])).any())


def charges(valued: Valued, offsets: Ints, kinds: Ints) -> pa.RecordBatch:
    """The charges of all usages, in the columns of the charge contract; `kinds` are of `Kind`."""
    which, priced = pa.array(valued.which), valued.priced
    lines = valued.lines
    tail = {
        "offset": pa.array(offsets),
        "owner": pa.array([line.owner for line in lines], pa.string()).take(which),
        "business_unit": pa.array([line.path.unit for line in lines], pa.string()).take(which),
        "service": pa.array([line.path.service for line in lines], pa.string()).take(which),
        "rule": pa.array([line.rule for line in lines], pa.string()).take(which),
        "cost_nano_usd": pa.array(priced.cost),
        "price_state": pa.array([str(state) for state in STATES]).take(pa.array(priced.state)),
        "rate_id": pa.array(priced.rate_ids, pa.string()).take(pa.array(priced.rate)),
        "unpriced": pa.array(priced.lacks, pa.string()).take(pa.array(priced.lacking)),
        "kind": pa.array([kind.word for kind in Kind]).take(pa.array(kinds)),
        "rulebook": pa.array([book.hash for book in valued.books], pa.string()).take(which),
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
