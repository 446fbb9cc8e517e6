"""Budgets: each mark once, of the minute that reached it; what is spent is what was charged."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.forecasts import forecast
from ledger.periods import month
from schemas.kinds import Kind
from schemas.moments import MINUTE, at_minute, minute_of
from schemas.records import Finding, Tally
from schemas.rules import Grain
from schemas.states import Spent
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
    cut,
    filled,
    restarted,
)

RETAIL = "business_unit:retail"
START = MONDAY + 12 * HOUR
NEXT = month(MONDAY).end
"""December begins."""


def budget(**changes: Any) -> str:
    """A rulebook with one budget of ten dollars."""
    parts = {"name": "retail", "series": f'"{RETAIL}"', "amount_usd": 10, **changes}
    listed = ", ".join(f"{name}: {value}" for name, value in parts.items())
    return f"budgets: [{{{listed}}}]\n"


def watched(*texts: str) -> tuple[Watched, Source]:
    books = books_of(ACME, *texts)
    return Watched(books), Source(books)


def marks(findings: Sequence[Finding]) -> list[tuple[str, str, int]]:
    """Mark, phase and minute from START, in the order they were said."""
    return [
        (one.rule, one.phase, minute_of(one.bucket_start) - START)
        for one in findings
        if one.cause == "budget"
    ]


def spent(watch: Watched, version: int = 1, key: str = "2026-11", name: str = "retail") -> Spent:
    found: Spent = watch.state.get(("spent", name, version, key))
    return found


def test_a_mark_is_told_once_of_the_minute_that_reached_it() -> None:
    watch, meter = watched(budget(marks=[50, 100]))
    uses = [Use(minute=START + at, cost=DOLLAR) for at in range(0, 30, 2)]

    watch.feed(meter.tally(uses, START + 60)).feed(meter.tally([], START + 61))

    assert marks(watch.findings()) == [
        ("retail/1/2026-11/50", "breach", 8),
        ("retail/1/2026-11/100", "breach", 18),
    ]
    told = watch.findings()[0]
    assert (told.observed, told.expected, told.accrued_nano_usd) == (5 * DOLLAR, 10 * DOLLAR, 0)
    assert told.reason == "50 % reached: $5.00 of $10.00 in 2026-11"


uses = st.lists(st.tuples(st.integers(0, 3 * HOUR - 1), st.integers(0, 2 * DOLLAR)), max_size=25)


@settings(max_examples=40, deadline=None)
@given(given=uses, draw=st.randoms(use_true_random=False), wide=st.booleans())
def test_the_minute_of_a_mark_is_no_matter_of_batches(
    given: list[tuple[int, int]], draw: Random, wide: bool
) -> None:
    watch, meter = watched(budget(marks=[1, 30, 100, 120]))
    every = sorted(
        (Use(minute=START + at, cost=cost) for at, cost in given), key=lambda u: u.minute
    )
    ends = [START + at for at in range(20, 200, 20)]
    tallies = [
        meter.tally([use for use in every if end - 20 <= use.minute < end], end) for end in ends
    ]
    batches = [tallies] if wide else list(cut(tallies, draw))
    for batch in batches:
        watch.feed(*batch)

    wanted = []
    for mark in (1, 30, 100, 120):
        total = 0
        for use in every:
            total += use.cost
            if total >= 10 * DOLLAR * mark // 100:
                wanted.append((f"retail/1/2026-11/{mark}", "breach", use.minute - START))
                break
    assert marks(watch.findings()) == wanted
    assert (spent(watch) or Spent()).cost == sum(use.cost for use in every)


kinds = st.sampled_from((Kind.LATE, Kind.REVERSAL, Kind.RERATE))
zones = st.sampled_from(("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"))
anywhen = st.tuples(st.integers(-3 * DAY, 0), st.integers(-DOLLAR, DOLLAR), kinds)


@settings(max_examples=60, deadline=None)
@given(
    batches=st.lists(
        st.tuples(st.integers(0, 20 * HOUR), st.lists(anywhen, max_size=2)), max_size=8
    ),
    zone=zones,
)
def test_what_is_spent_is_all_that_was_charged_in_the_period(
    batches: list[tuple[int, list[tuple[int, int, Kind]]]], zone: str
) -> None:
    watch, meter = watched(budget(time_zone=zone, amount_usd=1000))
    reached, charged = NEXT - 2 * DAY, list[Use]()
    for step, late in batches:
        given = [Use(minute=reached + at, cost=cost, kind=kind) for at, cost, kind in late]
        given += [Use(minute=reached + at, cost=CENT + at) for at in range(0, step, 47)]
        charged += given
        reached += step
        watch.feed(meter.tally(given, reached))
    watch.feed(meter.tally([], reached + 1))  # what came late for an open minute counts with it

    for key in ("2026-11", "2026-12"):
        period = next(p for p in (month(NEXT - DAY, zone), month(NEXT + DAY, zone)) if p.key == key)
        wanted = sum(use.cost for use in charged if period.start <= use.minute < period.end)
        held = spent(watch, key=key)
        assert (held.cost if held else 0) == wanted


def test_what_was_passed_before_the_budget_is_told_once_as_already() -> None:
    books = Books([book_of(ACME), book_of(ACME + budget(), START + HOUR)])
    watch, meter = Watched(books), Source(books)
    bought = [Use(minute=START + at, cost=DOLLAR) for at in range(9)]

    watch.feed(meter.tally(bought, START + 30)).feed(meter.tally([], START + 90))
    watch.feed(meter.tally([Use(minute=START + 91, cost=1)], START + 92))

    (told,) = watch.findings()
    assert told.rule == "retail/1/2026-11/80"
    assert told.reason == "already at 90 %: $9.00 of $10.00 in 2026-11"
    assert spent(watch).marks == (50, 80)


@pytest.mark.parametrize("step", [10, 40, 120])
def test_a_raised_budget_starts_anew_and_the_old_one_is_over(step: int) -> None:
    raised = budget(amount_usd=20, version=2)
    books = Books([book_of(ACME + budget()), book_of(ACME + raised, START + HOUR)])
    watch, meter = Watched(books), Source(books)
    bought = [Use(minute=START + at, cost=DOLLAR) for at in range(0, 108, 12)]

    for end in range(START + step, START + 121, step):
        watch.feed(meter.tally([u for u in bought if end - step <= u.minute < end], end))

    assert marks(watch.findings()) == [
        ("retail/1/2026-11/50", "breach", 48),
        ("retail/1/2026-11/50", "calm", HOUR),
    ]
    assert spent(watch, 2).cost == 9 * DOLLAR
    assert [one.reason for one in watch.findings("calm")] == ["the budget was changed"]


def test_a_budget_that_is_taken_out_is_over() -> None:
    books = Books([book_of(ACME + budget()), book_of(ACME, START + HOUR)])
    watch, meter = Watched(books), Source(books)

    watch.feed(meter.tally([Use(minute=START, cost=9 * DOLLAR)], START + 10))
    watch.feed(meter.tally([], START + 70)).feed(meter.tally([], START + 80))

    assert [one[1] for one in marks(watch.findings())] == ["breach", "breach", "calm", "calm"]
    assert watch.budgets("retail")[-1].time == at_minute(START + 10)


def a_morning(reached: Sequence[int]) -> Watched:
    """A seat that is told of at 12:40 with its three hours before, beside usage of each minute."""
    watch, meter = watched(budget(marks=[50, 80]))
    past = [
        Use(minute=START - hour * HOUR, known=START + 40, cost=DOLLAR, kind=Kind.LATE)
        for hour in (1, 2, 3)
    ]
    given = [Use(minute=START + at, cost=10 * CENT) for at in range(60)]
    for begin, end in pairwise(reached):
        now = [use for use in given if begin <= (use.known or use.minute) - START < end]
        now += past if begin <= 40 < end else []
        watch.feed(meter.tally(now, START + end))
    return watch


@pytest.mark.parametrize("reached", [(0, 80), (0, 40, 80), (0, 41, 80), (0, 20, 45, 50, 80)])
def test_what_is_told_of_past_hours_counts_in_the_minute_it_is_told(reached: Sequence[int]) -> None:
    watch = a_morning(reached)

    told = [*marks(watch.findings("breach"))]
    assert told == [("retail/1/2026-11/50", "breach", 40), ("retail/1/2026-11/80", "breach", 49)]
    assert spent(watch).cost == 9 * DOLLAR
    assert watch.state.below(("waits", RETAIL)) == {}


@pytest.mark.parametrize("begins", [5, 41])
def test_a_budget_that_begins_while_past_hours_wait_counts_them_once(begins: int) -> None:
    books = Books([book_of(ACME), book_of(ACME + budget(amount_usd=100), START + begins)])
    watch, meter = Watched(books), Source(books)
    past = Use(minute=START - HOUR, known=START + 40, cost=DOLLAR, kind=Kind.LATE)

    watch.feed(meter.tally([past, Use(minute=START, cost=DOLLAR)], START + 1))
    for end in (10, 30, 60):
        now = [Use(minute=START + end - 1, cost=CENT)]
        watch.feed(meter.tally(now, START + end))

    assert spent(watch).cost == 2 * DOLLAR + 3 * CENT


POOLED = """
pools:
  - {id: gpus, when: {application: gpus}, driver: calls, members: [chat, search]}
"""


def pooled(amounts: Sequence[tuple[int, Kind, int]], sequence: int, reached: int) -> Tally:
    """A tally of the pool's split: minute, kind and what retail got."""
    head = Tally(source="pool/gpus", first=sequence, next=sequence + 1, watermark=reached * MINUTE)
    parts = [Use(minute=minute, kind=kind, cost=cost, charges=0) for minute, kind, cost in amounts]
    return filled(head, [(RETAIL, part) for part in parts])


LAST = MONDAY + DAY - 1
"""Monday's last minute, to which its final split is booked."""


def shared_monday(watch: Watched, meter: Source) -> None:
    """$3 of the pool on Monday as divided at once, $4 for good."""
    watch.feed(meter.tally([Use(minute=START, cost=DOLLAR)], START + 1))
    watch.feed(pooled([(START, Kind.USAGE, 3 * DOLLAR)], 0, START + 1))
    final = [(LAST, Kind.TRUEUP, DOLLAR), (LAST, Kind.FINAL, 4 * DOLLAR)]
    watch.feed(meter.tally([], LAST + 3), pooled(final, 1, LAST + 3))


def test_shared_cost_counts_from_the_final_split_of_each_closed_day() -> None:
    watch, meter = watched(POOLED, budget(marks=[30, 50]))
    watch.feed(meter.tally([Use(minute=START, cost=DOLLAR)], START + 1))
    watch.feed(pooled([(START, Kind.USAGE, 3 * DOLLAR)], 0, START + 1))
    provisional = watch.findings()

    shared_monday(*watched(POOLED, budget()))
    final = [(LAST, Kind.TRUEUP, DOLLAR), (LAST, Kind.FINAL, 4 * DOLLAR)]
    watch.feed(meter.tally([], LAST + 3), pooled(final, 1, LAST + 3))

    assert provisional == []
    assert (spent(watch).cost, spent(watch).shared) == (DOLLAR, 4 * DOLLAR)
    assert [one.bucket_start for one in watch.findings()] == [at_minute(LAST)] * 2
    standing = watch.budgets("retail")[-1]
    assert (standing.spent_nano_usd, standing.shared_nano_usd) == (5 * DOLLAR, 4 * DOLLAR)


TWO = POOLED + "  - {id: bus, when: {application: bus}, driver: calls, members: [search]}\n"


def said_of_two_pools(batches: Sequence[int]) -> list[tuple[str, str, int]]:
    """A Monday that one pool has split for good before the other has begun, in such batches."""
    watch, meter = watched(TWO, budget(marks=[30, 50, 70]))
    used = meter.tally([Use(minute=START, cost=4 * DOLLAR)], LAST + 3)
    kinds = (Kind.TRUEUP, Kind.FINAL)
    quick = pooled([(LAST, kind, 2 * DOLLAR) for kind in kinds], 0, LAST + 3)
    begun = replace(pooled([], 0, 0), source="pool/bus")
    late = pooled([(LAST, kind, DOLLAR) for kind in kinds], 1, LAST + 3)
    slow = replace(late, source="pool/bus")
    tallies = [used, begun, quick, slow]
    for first, end in pairwise([0, *batches, len(tallies)]):
        watch.feed(*tallies[first:end])
    return marks(watch.findings())


@pytest.mark.parametrize("batches", [[], [1, 2, 3], [3], [2], [2, 3]])
def test_the_minute_of_a_mark_does_not_hang_on_which_pool_is_the_quicker(
    batches: Sequence[int],
) -> None:
    named = [f"retail/1/2026-11/{mark}" for mark in (30, 50, 70)]
    assert said_of_two_pools(batches) == [
        (named[0], "breach", 0),
        (named[1], "breach", LAST - START),
        (named[2], "breach", LAST - START),
    ]


def test_a_raised_budget_knows_what_was_shared_before() -> None:
    raised = ACME + POOLED + budget(version=2, marks=[99])
    books = Books([book_of(ACME + POOLED + budget()), book_of(raised, LAST + HOUR)])
    watch, meter = Watched(books), Source(books)
    shared_monday(watch, meter)

    watch.feed(pooled([(LAST + 9, Kind.USAGE, DOLLAR)], 2, LAST + 90))
    watch.feed(meter.tally([Use(minute=LAST + 80, cost=1)], LAST + 90))

    assert (spent(watch, 2).cost, spent(watch, 2).shared) == (DOLLAR + 1, 4 * DOLLAR)


def test_a_period_that_ends_calms_its_marks_an_hour_later() -> None:
    watch, meter = watched(budget())
    watch.feed(meter.tally([Use(minute=NEXT - 9, cost=6 * DOLLAR)], NEXT - 5))

    watch.feed(meter.tally([], NEXT + 59))
    waits = len(watch.findings())
    watch.feed(meter.tally([], NEXT + 60)).feed(meter.tally([], NEXT + 4 * DAY))

    (_, over) = watch.findings()
    assert waits == 1
    assert (over.phase, over.time, over.reason) == ("calm", at_minute(NEXT + 1), "the period ended")
    assert spent(watch) is None


def test_what_comes_late_for_a_period_that_is_over_is_told_and_over_again() -> None:
    watch, meter = watched(budget())
    watch.feed(meter.tally([Use(minute=NEXT - 9, cost=6 * DOLLAR)], NEXT + 2 * HOUR))

    late = Use(minute=NEXT - 5, cost=3 * DOLLAR, kind=Kind.LATE)
    watch.feed(meter.tally([late], NEXT + 3 * HOUR)).feed(meter.tally([], NEXT + 4 * HOUR))

    assert [(one.rule[-3:], one.phase) for one in watch.findings()] == [
        ("/50", "breach"),
        ("/80", "breach"),
        ("/50", "calm"),
        ("/50", "calm"),
        ("/80", "calm"),
    ]


def test_what_comes_days_after_the_end_counts_for_no_budget() -> None:
    watch, meter = watched(budget())
    watch.feed(meter.tally([Use(minute=NEXT - 9, cost=6 * DOLLAR)], NEXT + 4 * DAY))
    said = len(watch.findings())

    late = Use(minute=NEXT - 5, cost=30 * DOLLAR, kind=Kind.LATE)
    watch.feed(meter.tally([late], NEXT + 5 * DAY))

    assert len(watch.findings()) == said
    assert spent(watch) is None


def test_a_month_that_begins_within_an_hour_is_cut_to_the_minute() -> None:
    watch, meter = watched(budget(time_zone="Asia/Kolkata"))
    turn = month(NEXT - DAY, "Asia/Kolkata").end
    assert turn % HOUR == 30
    bought = [Use(minute=turn + at, cost=DOLLAR) for at in range(-20, 10, 5)]

    for end in range(turn - 20, turn + 11, 5):
        watch.feed(meter.tally([u for u in bought if end - 5 <= u.minute < end], end))

    assert [spent(watch, key=key).cost for key in ("2026-11", "2026-12")] == [
        4 * DOLLAR,
        2 * DOLLAR,
    ]


def test_where_a_budget_stands_is_said_with_its_forecast() -> None:
    watch, meter = watched(budget(amount_usd=500))
    bought = [Use(minute=MONDAY + at, cost=CENT) for at in range(0, 3 * DAY, 11)]
    watch.feed(meter.tally(bought, MONDAY + 3 * DAY + 30))

    stands = watch.budgets("retail")[-1]

    now, total = MONDAY + 3 * DAY + 30, len(bought) * CENT
    hours = [0] * 72
    for use in bought:
        hours[(use.minute - MONDAY) // HOUR] += use.cost
    ahead = forecast(hours, total, now, NEXT)
    assert (stands.spent_nano_usd, stands.amount_nano_usd) == (total, 500 * DOLLAR)
    assert (stands.low_nano_usd, stands.forecast_nano_usd, stands.high_nano_usd) == (
        ahead.low, ahead.expected, ahead.high,
    )  # fmt: skip
    assert (minute_of(stands.start), minute_of(stands.end)) == (month(MONDAY).start, NEXT)
    assert (stands.time, stands.owner) == (at_minute(now), "retail")


def test_a_budget_with_a_filter_counts_what_matches_alone() -> None:
    text = 'budgets: [{name: opus, when: {model: "*opus*"}, amount_usd: 2}]\n'
    watch, meter = watched(text)
    bought = [Use(minute=START + at, model=model) for at, model in enumerate(("opus", "haiku") * 2)]

    watch.feed(meter.tally(bought, START + 9))

    assert spent(watch, name="opus").cost == 2 * DOLLAR
    assert {one.series for one in watch.findings()} == {"budget.opus:"}


def test_marks_are_told_once_across_restarts() -> None:
    watch, meter = watched(budget())
    for at in range(12):
        watch.feed(meter.tally([Use(minute=START + at, cost=DOLLAR)], START + at + 1))
        watch.state = restarted(watch.state)

    assert [one[0].rpartition("/")[2] for one in marks(watch.findings())] == [
        "50",
        "80",
        "100",
        "120",
    ]


def test_history_is_marked_as_such() -> None:
    watch, meter = watched(budget())
    tally = meter.tally([Use(minute=START, cost=6 * DOLLAR)], START + 1)

    watch.feed(replace(tally, history_until=(START + 1) * MINUTE))
    watch.feed(meter.tally([Use(minute=START + 2, cost=3 * DOLLAR)], START + 3))

    assert [one.history for one in watch.findings("breach")] == [True, False]


def test_hours_of_the_forecast_begin_with_the_series() -> None:
    watch, meter = watched(budget(amount_usd=500))

    watch.feed(meter.tally([Use(minute=MONDAY + 90, cost=CENT)], MONDAY + 5 * HOUR))

    assert watch.state.get(("block", RETAIL, Grain.HOUR, MONDAY // DAY)).costs[:5] == (
        0, CENT, 0, 0, 0,
    )  # fmt: skip
    ahead = forecast([CENT, 0, 0, 0], CENT, MONDAY + 5 * HOUR, NEXT)
    assert watch.budgets("retail")[-1].forecast_nano_usd == ahead.expected
