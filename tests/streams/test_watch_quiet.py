"""Minutes that are passed over together end as those that are closed one by one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.steps.closing import Closing
from streams.steps.resting import Resting
from tests.streams.watch_kit import (
    ACME,
    BUSY,
    CENT,
    DAY,
    DOLLAR,
    HOUR,
    LIVE,
    MONDAY,
    Beat,
    Source,
    Use,
    Watched,
    awake,
    beats,
    beside,
    books_of,
    history,
)


def never(*_: Any) -> bool:
    return False


@contextmanager
def slowly() -> Iterator[None]:
    """Every minute of every series is closed on its own, and every rule is asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Closing, "_run", never)
        patch.setattr(Closing, "_passes", never)
        patch.setattr(Resting, "passes", never)
        yield


def fed(given: Sequence[Beat]) -> Watched:
    """A watch that has seen two days, then this in one batch."""
    (meter,), (watch,) = beside()
    return watch.feed(*[meter.tally(uses, reached) for uses, reached in given])


@settings(max_examples=25, deadline=None)
@given(given=beats())
def test_quiet_minutes_end_as_they_would_one_by_one(given: list[Beat]) -> None:
    quick = fed(given)
    with slowly():
        slow = fed(given)

    assert quick.said == slow.said
    assert awake(quick) == awake(slow)


def test_two_days_of_history_end_as_they_would_minute_by_minute() -> None:
    quick, slow = (Watched(books_of(ACME, BUSY)) for _ in range(2))
    quick.feed(Source(quick.books).tally(history(), LIVE))
    meter = Source(slow.books)
    with slowly():
        for begin in range(LIVE - 2 * DAY, LIVE, 7):
            uses = [use for use in history() if begin <= use.minute < begin + 7]
            slow.feed(meter.tally(uses, min(begin + 7, LIVE)))

    ours, theirs = ({**awake(one), ("applied", "usage/0"): None} for one in (quick, slow))
    assert ours == theirs
    assert quick.findings() == slow.findings()


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * HOUR), st.integers(1, 4 * DOLLAR)), max_size=6))
def test_a_night_in_which_little_happens_is_no_exception(found: list[tuple[int, int]]) -> None:
    uses = [Use(minute=LIVE + at, cost=cost, principal="k2") for at, cost in found]
    given = [(uses, float(LIVE)), ([], LIVE + 9.0 * HOUR)]

    quick = fed(given)
    with slowly():
        slow = fed(given)

    assert quick.said == slow.said
    assert awake(quick) == awake(slow)


def test_a_charge_without_a_cost_is_looked_at() -> None:
    books = books_of(ACME, BUSY)
    watch, meter = Watched(books), Source(books)
    free = Use(minute=MONDAY + 7, cost=0, model="opus")

    watch.feed(meter.tally([Use(minute=MONDAY, cost=CENT), free], MONDAY + 30))

    assert [(one.rule, one.bucket_start.minute) for one in watch.findings("breach")] == [
        ("models", 7)
    ]
