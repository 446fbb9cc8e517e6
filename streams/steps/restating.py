"""Restating: which charges that stand are not as the rulebook has them, and what they become."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledger.prices import STATES, Priced
from streams.book import Book, Books
from streams.rulebook import Charges
from streams.steps import clues, standing, valuing
from streams.steps.combining import distinct
from streams.steps.intake import Bools, Usages, coded, whole
from streams.steps.step import StepError
from streams.steps.valuing import Owned, Valued

EVER = 2**62
"""Microseconds since 1970: later than any usage."""

DIGITS = 8
"""Digits of a rulebook's hash in the rate id of a rerate."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Charges that stand and are not as the rulebook has them, as they were and as they become."""

    charges: pa.RecordBatch
    was: Valued
    now: Valued
    rate_ids: list[str]
    """Of the rerates: none is the id of what it replaces."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at charges that stand has found."""

    moved: Moved
    too_large: int
    """How many would cost more than is ever believed, and stay as they are."""


def unkept(books: Books, since: int, until: int) -> list[Book]:
    """The versions that may have left no charges in `[since, until)`, microseconds since 1970.

    One that was corrected later decided of usage until the correction was published.
    """
    found = zip(books.versions, books.starts, range(1, len(books.starts) + 1), strict=True)
    return [
        book
        for book, start, following in found
        if book.rulebook.charges is Charges.TALLIES_ONLY
        and start < until
        and _replaced(books, following) > since
    ]


def _replaced(books: Books, following: int) -> int:
    """When the version before `following` surely decided nothing any more."""
    later = zip(books.versions[following:], books.starts[following:], strict=True)
    return min((max(start, book.published) for book, start in later), default=EVER)


def unlike(charges: pa.RecordBatch, books: Books) -> Bools:
    """Which charges the rulebook would charge otherwise. Raises StepError as `look` does."""
    usages = standing.usages(charges)
    return _differs(charges, _was(charges, usages, books), valuing.value(usages, books))


def look(charges: pa.RecordBatch, books: Books) -> Found:
    """Hold charges that stand against the rulebook. Raises StepError where one's own is unknown."""
    usages = standing.usages(charges)
    was, now = _was(charges, usages, books), valuing.value(usages, books)
    differs = _differs(charges, was, now)
    too_large = differs & now.priced.too_large
    rows = differs & ~too_large
    return Found(_moved(charges, was, now, rows), int(too_large.sum()))


def _was(charges: pa.RecordBatch, usages: Usages, books: Books) -> Valued:
    """The charges as they stand: their own amounts, for the series of their own rulebook."""
    owned = _owned(charges, usages, books)
    state, states = coded(charges.column("price_state"))
    none = np.zeros(charges.num_rows, dtype=np.int64)
    priced = Priced(
        cost=whole(charges.column("cost_nano_usd")),
        too_large=none.astype(np.bool_),
        state=np.array([STATES.index(one) for one in states], dtype=np.int8)[state],
        rate=none,
        rate_ids=("",),
        lacking=none,
        lacks=("",),
    )
    rated = valuing.rate(usages, books, owned.lines.version[owned.which])
    found = clues.of(usages, rated, priced)
    return Valued(usages, priced, found, owned.which, owned.lines, owned.books)


def _owned(charges: pa.RecordBatch, usages: Usages, books: Books) -> Owned:
    """Whose they were, by the rulebook whose hash stands on each."""
    known = {book.hash: version for version, book in enumerate(books.versions)}
    codes, hashes = coded(charges.column("rulebook"))
    for name in hashes:
        if name not in known:
            raise StepError(f"the rulebook {name}, which priced some of it, is not on the log")
    version = np.array([known[name] for name in hashes], dtype=np.int64)
    return valuing.own(usages, books, version[codes])


def _differs(charges: pa.RecordBatch, was: Valued, now: Valued) -> Bools:
    """Which rows are others now: amount, certainty, or a series that they are added to."""
    lacks = pa.array(now.priced.lacks, pa.string()).take(pa.array(now.priced.lacking))
    unlike = np.asarray(pc.not_equal(charges.column("unpriced"), lacks), dtype=bool)
    pairs, first = distinct([was.which, now.which])
    lines = zip(was.which[first].tolist(), now.which[first].tolist(), strict=True)
    others = np.array([_moves(was, now, *pair) for pair in lines], dtype=bool)[pairs]
    dearer = was.priced.cost != now.priced.cost
    return np.asarray(dearer | (was.priced.state != now.priced.state) | unlike | others)


def _moves(was: Valued, now: Valued, before: int, after: int) -> bool:
    """Whether it goes elsewhere; by which rule it was owned is no matter."""
    one, other = was.lines[before], now.lines[after]
    return replace(one, rule=other.rule) != other


def _moved(charges: pa.RecordBatch, was: Valued, now: Valued, rows: Bools) -> Moved:
    held = charges.filter(pa.array(rows))
    was, now = (_rows(one, one.usages.keep(rows), rows) for one in (was, now))
    names = now.priced.rate_ids
    hashes = [now.books[at].hash for at in now.version.tolist()]
    given = (names[at] for at in now.priced.rate.tolist())
    old = held.column("rate_id").to_pylist()
    ids = [rate_id(*one) for one in zip(given, hashes, old, strict=True)]
    return Moved(held, was, now, ids)


def _rows(valued: Valued, usages: Usages, rows: Bools | slice) -> Valued:
    """What is known of some of the usages."""
    priced = valued.priced
    some = replace(
        priced,
        cost=priced.cost[rows],
        too_large=priced.too_large[rows],
        state=priced.state[rows],
        rate=priced.rate[rows],
        lacking=priced.lacking[rows],
    )
    return replace(
        valued, usages=usages, priced=some, clues=valued.clues[rows], which=valued.which[rows]
    )


def rate_id(name: str, digest: str, old: str) -> str:
    """The id of a rerate: the rate and the rulebook that priced it anew, never that of before."""
    own = f"{name}@{digest[:DIGITS]}"
    if old != own and not old.startswith(f"{own}."):
        return own
    return f"{own}.{int(old[len(own) + 1 :] or 1) + 1}"


def cut(moved: Moved, size: int) -> Iterator[Moved]:
    """The same in portions of at most `size` charges."""
    for start in range(0, moved.charges.num_rows, size):
        rows = slice(start, start + size)
        was, now = (_rows(one, one.usages.cut(rows), rows) for one in (moved.was, moved.now))
        yield Moved(moved.charges.slice(start, size), was, now, moved.rate_ids[rows])
