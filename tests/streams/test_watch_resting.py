"""A series that rests says, bears and remembers what it would if each of its minutes was closed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.kinds import Kind
from schemas.moments import at_minute
from schemas.records import Label, Tally
from schemas.states import Series
from streams.book import Books
from streams.steps.resting import LEFT, Resting
from tests.streams.watch_kit import (
    ACME,
    BUSY,
    CENT,
    DOLLAR,
    HOUR,
    LIVE,
    MONDAY,
    Source,
    Use,
    Watched,
    awake,
    beside,
    book_of,
    books_of,
    pulses,
    restarted,
)

CHAT = "application:chat"
CALM = "".join(line for line in BUSY.splitlines(keepends=True) if "silence" not in line)
"""Every kind of rule but the one that never rests."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a watch is fed at once, and the rulebooks that it knows then."""

    given: Sequence[Tally | Label]
    books: Books


def corrections(at: int) -> st.SearchStrategy[list[Use]]:
    """What comes late or is taken back of the two hours before a minute."""
    one = st.builds(
        Use,
        minute=st.integers(at - 2 * HOUR, at),
        cost=st.integers(1, CENT),
        application=st.sampled_from(("chat", "search")),
        principal=st.sampled_from(("k1", "k2", "k3")),
        kind=st.sampled_from((Kind.LATE, Kind.REVERSAL, Kind.RERATE)),
        known=st.just(at),
    )
    return st.lists(one.map(_taken_back), max_size=1)


def _taken_back(use: Use) -> Use:
    return replace(use, cost=-use.cost) if use.kind is Kind.REVERSAL else use


def labels(at: int) -> st.SearchStrategy[list[Label]]:
    """What people called expected lately, taking effect soon."""
    one = st.builds(
        Label,
        series=st.sampled_from((CHAT, "keys:chat/k1")),
        start=st.integers(at - HOUR, at - 1).map(at_minute),
        end=st.just(at_minute(at)),
        effective_from=st.integers(at, at + 5).map(at_minute),
    )
    return st.one_of(st.just([]), st.just([]), st.just([]), st.lists(one, max_size=1))


@st.composite
def turns(draw: st.DrawFn) -> list[Turn]:
    """Cheap usage for most of an hour with corrections, labels and new rulebooks among it."""
    (meter,), _ = beside()
    books, found, at = calm(), list[Turn](), LIVE + draw(st.integers(0, HOUR - 1))
    for step in draw(st.lists(st.sampled_from((0, 1, 1, 1, 2, 7)), min_size=5, max_size=30)):
        uses = [replace(use, cost=use.cost % (2 * CENT)) for use in draw(pulses(at))]
        if draw(st.integers(0, 4)) == 0:
            uses += draw(pulses(at))
        if draw(st.integers(0, 2)) == 0:
            uses += draw(corrections(at))
        if draw(st.integers(0, 19)) == 0:
            books = renewed(books, at + draw(st.integers(-3, 3)))
        found.append(Turn([*draw(labels(at)), meter.tally(uses, float(at))], books))
        at += step
    return [*found, Turn([meter.tally([], at + 3.0)], books)]


def calm() -> Books:
    return Books([book_of(ACME + CALM)])


def renewed(books: Books, begins: int) -> Books:
    """One version more from a minute on, which may have passed: a limit that is lower."""
    text = CALM.replace("usd: 4,", f"usd: 0.0{1 + begins % 3},")
    versions = [*books.versions, book_of(ACME + text, begins)]
    return Books(sorted(versions, key=lambda one: one.effective_from))


@contextmanager
def sleepless() -> Iterator[None]:
    """No series ever rests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Resting, "passes", lambda *_: False)
        yield


def begun() -> Watched:
    """A watch that has seen two days under this rulebook."""
    _, (watch,) = beside()
    return Watched(calm(), watch.site, watch.state)


def fed(given: Sequence[Turn], restarts: bool = False) -> Watched:
    """A watch after these turns."""
    watch = begun()
    for number, turn in enumerate(given):
        watch.books = turn.books
        watch.feed(*turn.given)
        if restarts and number % 5 == 0:
            watch.state = restarted(watch.state)
    return watch


@settings(max_examples=20, deadline=None)
@given(given=turns())
def test_it_is_as_if_no_series_had_rested(given: list[Turn]) -> None:
    rested, stopped = fed(given), fed(given, restarts=True)
    with sleepless():
        closed = fed(given)

    assert rested.said == stopped.said == closed.said
    assert awake(rested) == awake(stopped) == awake(closed)


def walked(*texts: str, until: int, cost: int = CENT) -> Watched:
    """A watch of a series that costs as much every minute from a Monday on."""
    books = books_of(ACME, *texts)
    watch, meter = Watched(books), Source(books)
    for minute in range(MONDAY, until):
        watch.feed(meter.tally([Use(minute=minute, cost=cost)], float(minute)))
    return watch


def known(watch: Watched) -> Series:
    found: Series = watch.state.get(("series", CHAT))
    return found


LIMIT = """
policies:
  - {name: guard, kind: limit, series: ["application:*"], usd: 1, window: 1h}
"""


def test_nothing_is_written_of_a_series_while_it_rests() -> None:
    watch = walked(LIMIT, until=MONDAY + 10)
    meter = Source(watch.books, next=10, since=MONDAY * 60_000_000)
    watch.feed(meter.tally([Use(minute=MONDAY + 10, cost=CENT)], MONDAY + 10.0))
    assert known(watch).closed < MONDAY + 10
    kinds = {key[0] for key in watch.state.written(watch.last.changes)}
    assert kinds <= {"minute", "applied", "clock"}


def test_it_wakes_when_it_has_cost_what_it_may_and_in_the_last_minute_of_the_hour() -> None:
    assert known(walked(LIMIT, until=MONDAY + 40, cost=DOLLAR // 20)).closed > MONDAY + 1
    assert known(walked(LIMIT, until=MONDAY + 61)).closed == MONDAY + 60


def test_what_burnt_lately_is_closed_every_minute() -> None:
    watch = walked(LIMIT, until=MONDAY + 130, cost=DOLLAR // 20)
    assert watch.findings("calm") == [] or watch.state.below(("burnt", CHAT))
    assert known(watch).rests == 0


@pytest.mark.parametrize("text", [LIMIT, ""])
def test_a_restart_knows_what_is_left(text: str) -> None:
    watch = walked(text, until=MONDAY + 30)
    assert restarted(watch.state).below(LEFT) == watch.state.below(LEFT) != {}
