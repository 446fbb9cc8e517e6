"""Growth against the same hours a week ago."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.growth import WEEK, Growth, GrowthSettings
from schemas.rules import Grain, Past
from schemas.states import Bucket, Model

DOLLAR = 1_000_000_000


def growth(**text: Any) -> Growth:
    settings = GrowthSettings.model_validate({"name": "grown", "series": "*", **text})
    rule = settings.rule_for("business_unit:retail")
    assert isinstance(rule, Growth)
    return rule


def past(costs: list[int]) -> Past:
    at = 490_000
    return Past(at=at, costs=costs, first=at - len(costs), last=at - 1, since=0)


def test_three_times_the_same_hours_a_week_ago_is_the_most() -> None:
    week = [10 * DOLLAR] * (WEEK + 3)

    rule = growth()

    assert rule.ceiling({}, past(week)) == 90 * DOLLAR + 1
    assert not rule.verdict({}, past(week), Bucket(cost=90 * DOLLAR)).breach


def test_its_reason_names_both_hours_in_dollars() -> None:
    verdict = growth().verdict({}, past([10 * DOLLAR] * (WEEK + 3)), Bucket(cost=100 * DOLLAR))

    assert verdict.breach
    assert (verdict.observed, verdict.expected, verdict.window) == (130 * DOLLAR, 40 * DOLLAR, 4)
    assert verdict.reason == (
        "$130.00 in the last 4 hours; $40.00 in the same hours a week ago, "
        "at most 3 times that and $10.00 more"
    )


def test_it_is_silent_until_a_week_of_history_exists() -> None:
    young = past([0] * (WEEK + 2))

    verdict = growth().verdict({}, young, Bucket(cost=1000 * DOLLAR))

    assert growth().ceiling({}, young) is None
    assert not verdict.breach
    assert verdict.excess == 0
    assert "no whole week of history yet" in verdict.reason


def test_from_nothing_the_floor_alone_decides() -> None:
    idle = past([0] * (WEEK + 3))

    assert growth(floor_usd=25).ceiling({}, idle) == 25 * DOLLAR


@given(
    costs=st.lists(st.integers(0, 1000), min_size=WEEK + 6, max_size=WEEK + 6),
    cost=st.integers(0, 10_000),
    hours=st.integers(1, 7),
    tenths=st.integers(11, 50),
    floor=st.integers(1, 1000),
)
def test_it_is_the_plain_comparison_of_two_sums_but_for_a_burst_that_was_told(
    costs: list[int], cost: int, hours: int, tenths: int, floor: int
) -> None:
    rule = growth(window=f"{hours}h", times=f"{tenths / 10}", floor_usd=f"{floor}e-9")
    line = [*costs, cost]
    now, before = sum(line[len(line) - hours :]), sum(line[-WEEK - hours : -WEEK])

    verdict = rule.verdict({}, past(costs), Bucket(cost=cost))

    def grown(spent: int) -> bool:
        return 10 * spent > tenths * before and spent >= before + floor

    told_before = grown(now - cost)
    assert verdict.breach == grown(hours * cost if told_before else now)
    assert (verdict.observed, verdict.expected) == (now, before)


@given(
    costs=st.lists(st.integers(0, 10**12), min_size=WEEK, max_size=2 * WEEK), at=st.integers(0, 59)
)
def test_what_is_usual_is_the_same_hour_a_week_ago(costs: list[int], at: int) -> None:
    rule, memory = growth(), dict[str, Model]()
    for hour, cost in enumerate(costs, start=490_000):
        memory |= rule.learn(memory, Past(hour, (), 490_000, hour, 0), Bucket(cost=cost))
    minutes = range((490_000 + len(costs)) * 60, (490_001 + len(costs)) * 60)
    paid = [rule.usual(memory, minute) for minute in minutes]

    assert sum(paid) == costs[-WEEK]
    assert paid[at] in (costs[-WEEK] // 60, costs[-WEEK] // 60 + 1)
    assert len(memory) <= 8


def test_of_a_series_that_it_has_never_seen_nothing_is_usual() -> None:
    assert growth().usual({}, 29_000_000) == 0


def test_it_only_learns_until_the_hours_of_a_week_ago_are_known() -> None:
    first = Past(at=1000, costs=(), first=1000, last=1000, since=0)

    assert growth().learning_until({}, first) == 1000 + WEEK + 3
    assert growth().learning_until({}, past([0] * (WEEK + 3))) is None


def test_it_remembers_a_week_before_its_window() -> None:
    rule = growth(window="24h")

    assert rule.memory == WEEK + 23
    assert rule.grain is Grain.HOUR


@pytest.mark.parametrize(
    "wrong", [{"window": "90m"}, {"window": "169h"}, {"times": 1}, {"floor_usd": 0}]
)
def test_half_hours_and_no_growth_at_all_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        growth(**wrong)
