"""Budgets and their marks."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.budgets import Budget, How, add, ceiling, identity, least, total
from ledger.periods import Period
from schemas.moments import minute_of
from schemas.states import Spent

DOLLAR = 1_000_000_000
NOVEMBER = Period("2026-11", 0, 1)
marks = st.sets(st.integers(1, 300), min_size=1, max_size=6).map(sorted)


def budget(**text: Any) -> Budget:
    return Budget.model_validate(
        {"name": "retail", "series": "business_unit:retail", "amount_usd": 1000, **text}
    )


def spent_on(dollars: int, marks: tuple[int, ...] = ()) -> Spent:
    return Spent(cost=dollars * DOLLAR, marks=marks)


def test_an_amount_that_passes_two_marks_tells_both() -> None:
    spent, told = add(budget(), NOVEMBER, spent_on(450), cost=400 * DOLLAR)

    assert [(news.mark, news.how) for news in told] == [(50, How.CROSSED), (80, How.CROSSED)]
    assert spent == spent_on(850, (50, 80))
    assert told[1].identity == "retail/1/2026-11/80"
    assert told[1].reason == "80 % reached: $850.00 of $1,000.00 in 2026-11"


def test_a_budget_first_seen_in_the_middle_of_its_month_tells_where_it_stands_once() -> None:
    spent, told = add(budget(), NOVEMBER, spent_on(837))
    again, silence = add(budget(), NOVEMBER, spent, cost=DOLLAR)

    assert [(news.mark, news.how, news.percent) for news in told] == [(80, How.ALREADY, 83)]
    assert told[0].reason == "already at 83 %: $837.00 of $1,000.00 in 2026-11"
    assert spent.marks == again.marks == (50, 80)
    assert silence == ()


def test_a_crossing_is_told_before_what_was_reached_already() -> None:
    _, told = add(budget(), NOVEMBER, spent_on(700), cost=100 * DOLLAR)

    assert [(news.mark, news.how) for news in told] == [(80, How.CROSSED)]


def test_shared_cost_counts_as_direct_cost_does() -> None:
    spent, told = add(budget(), NOVEMBER, spent_on(300), shared=200 * DOLLAR)

    assert (spent.cost, spent.shared) == (300 * DOLLAR, 200 * DOLLAR)
    assert [news.mark for news in told] == [50]


@given(
    amount=st.integers(1, 10**6),
    marks=marks,
    steps=st.lists(st.integers(-(10**5), 10**6), max_size=30),
)
def test_each_mark_that_is_reached_is_told_exactly_once(
    amount: int, marks: list[int], steps: list[int]
) -> None:
    small = budget(amount_usd=f"{amount}e-9", marks=marks)
    spent, told, most = Spent(), [], 0
    for step in steps:
        spent, news = add(small, NOVEMBER, spent, cost=step)
        told += [one.mark for one in news]
        most = max(most, total(spent))

    assert sorted(told) == [mark for mark in marks if most * 100 >= mark * amount]
    assert spent.marks == tuple(sorted(told))


@given(amount=st.integers(1, 10**12), marks=marks, spent=st.integers(0, 10**12))
def test_the_ceiling_is_the_least_amount_that_crosses_the_next_mark(
    amount: int, marks: list[int], spent: int
) -> None:
    any_budget = budget(amount_usd=f"{amount}e-9", marks=marks)
    so_far, _ = add(any_budget, NOVEMBER, Spent(), cost=spent)
    left = ceiling(any_budget, so_far)
    assume(left is not None)
    assert left is not None

    assert left > 0
    assert add(any_budget, NOVEMBER, so_far, cost=left)[1][0].how is How.CROSSED
    assert add(any_budget, NOVEMBER, so_far, cost=left - 1)[1] == ()


def test_there_is_no_ceiling_when_all_marks_are_told() -> None:
    spent, _ = add(budget(), NOVEMBER, Spent(), cost=1200 * DOLLAR)

    assert ceiling(budget(), spent) is None


def test_a_mark_of_an_odd_amount_is_reached_at_the_next_whole_nano_dollar() -> None:
    assert least(budget(amount_usd="0.000000003", marks=[50]), 50) == 2


def test_what_was_spent_stays_as_it_was() -> None:
    before = spent_on(450)

    add(budget(), NOVEMBER, before, cost=400 * DOLLAR)

    assert before == spent_on(450)


def test_a_raised_budget_is_a_new_version_whose_marks_are_others() -> None:
    assert identity(budget(), "2026-11", 80) == "retail/1/2026-11/80"
    assert identity(budget(version=2), "2026-11", 80) == "retail/2/2026-11/80"


def test_a_budget_of_a_series_watches_it_and_one_with_a_filter_its_own_cut() -> None:
    filtered = budget(name="opus", series=None, when={"model": "claude-opus*"})
    (cut,) = filtered.cuts()

    assert budget().watched == "business_unit:retail"
    assert budget().cuts() == ()
    assert filtered.watched == "budget.opus:"
    assert cut.series_of({"model": "claude-opus-4"}, {}) == filtered.watched


def test_its_month_is_that_of_its_time_zone_and_begins_no_earlier_than_the_budget() -> None:
    berlin = budget(time_zone="Europe/Berlin", **{"from": date(2026, 11, 10)})
    at = minute_of(datetime(2026, 11, 15, tzinfo=UTC))

    period = berlin.period_of(at)

    assert period is not None
    assert period.key == "2026-11"
    assert period.start == minute_of(datetime(2026, 11, 9, 23, tzinfo=UTC))
    assert period.end == minute_of(datetime(2026, 11, 30, 23, tzinfo=UTC))
    assert berlin.period_of(period.start - 1) is None


def test_without_a_first_day_it_counts_from_the_first_of_the_month() -> None:
    period = budget().period_of(minute_of(datetime(2026, 11, 15, tzinfo=UTC)))

    assert period is not None
    assert period.start == minute_of(datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "wrong",
    [
        {"series": None},
        {"when": {"model": "*"}},
        {"marks": [80, 50]},
        {"marks": [50, 50]},
        {"marks": []},
        {"marks": [0]},
        {"amount_usd": 0},
        {"version": 0},
        {"period": "week"},
        {"time_zone": "Berlin"},
        {"name": "Retail 2026"},
        {"owner": "retail"},
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        budget(**wrong)
