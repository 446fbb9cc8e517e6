"""What units cost, through the watch: told, counted hour by hour, accepted, and learnt anew."""

from collections.abc import Mapping

from schemas.moments import at_minute
from schemas.states import Model
from streams.book import Books
from tests.streams.watch_kit import (
    ACME,
    CENT,
    DAY,
    DOLLAR,
    HOUR,
    MONDAY,
    Source,
    Use,
    Watched,
    book_of,
    books_of,
)

UNITS = """
detectors:
  - {name: units, kind: unit_cost, series: ["application:*"], floor_usd: "0.50"}
"""
BURST = """
  - {name: burst, kind: records, grain: minute, series: ["application:*"], floor_usd: "0.50"}
"""
CHAT = "application:chat"
CALLS = 200
"""Of each hour, in its thirtieth minute; each costs a cent."""

DEAR = MONDAY + 10 * DAY + 9 * HOUR


def calls(begin: int, end: int, call: int = CENT) -> list[Use]:
    """The calls of some hours."""
    return [
        Use(minute=minute, cost=CALLS * call, requests=CALLS, charges=CALLS)
        for minute in range(begin + 30, end, HOUR)
    ]


def watched(books: Books, uses: list[Use], until: int) -> Watched:
    """A watch that was fed all of this, six hours at a time."""
    watch, meter = Watched(books), Source(books)
    for begin in range(MONDAY, until, 6 * HOUR):
        end = min(begin + 6 * HOUR, until)
        watch.feed(meter.tally([use for use in uses if begin <= use.minute < end], end))
    return watch


def memory(watch: Watched) -> Mapping[str | int, Model]:
    return dict(watch.state.below(("model", CHAT, "units@hour.1-calls-100")))


def test_calls_that_cost_twice_are_told_and_what_they_cost_more_adds_up_by_the_hour() -> None:
    hours = 30
    end = DEAR + hours * HOUR
    dear = [*calls(MONDAY, DEAR), *calls(DEAR, end, 2 * CENT), *calls(end, end + DAY)]

    watch = watched(books_of(ACME, UNITS), dear, end + DAY)

    (breach,) = watch.findings("breach")
    (calm,) = watch.findings("calm")
    assert (breach.cause, breach.bucket_start) == ("unit_cost", at_minute(DEAR))
    assert breach.excess_nano_usd == breach.accrued_nano_usd == 2 * DOLLAR
    assert breach.reason.startswith("$0.02 a call over 200 calls; usually $0.01; band to $0.018 ")
    assert calm.bucket_start == at_minute(end)
    assert calm.accrued_nano_usd == hours * 2 * DOLLAR


def test_a_price_that_stays_is_accepted_after_a_week_and_then_usual() -> None:
    end = DEAR + 10 * DAY

    watch = watched(books_of(ACME, UNITS), [*calls(MONDAY, DEAR), *calls(DEAR, end, 2 * CENT)], end)

    (calm,) = watch.findings("calm")
    assert calm.reason == "accepted as the new level"
    assert len(watch.findings("breach")) == 1
    assert memory(watch)["aside"].longs == ()


def test_what_others_find_hides_no_price() -> None:
    end = DEAR + 12 * HOUR
    books = books_of(ACME, UNITS + BURST)

    watch = watched(books, [*calls(MONDAY, DEAR), *calls(DEAR, end, 3 * CENT)], end)

    assert {one.rule for one in watch.findings("breach")} == {"burst", "units"}
    told = [one for one in watch.findings("burning") if one.rule == "units"]
    assert told[-1].accrued_nano_usd > 11 * 3 * DOLLAR


def test_a_rule_that_the_rulebook_adds_knows_the_calls_of_the_week_that_is_kept() -> None:
    begins, end = MONDAY + 9 * DAY, MONDAY + 10 * DAY
    later = Books([book_of(ACME), book_of(ACME + UNITS, begins)])

    added = watched(later, calls(MONDAY, end), end)

    records = memory(added)["records.1"].longs
    assert len(records) == 8
    assert set(records) == {1000 * CENT}
    assert added.allocation(CHAT).learning_until is None
