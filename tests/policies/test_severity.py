"""Dollars decide how grave an incident is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.severity import GRADES, INFO, SEV1, SEV2, SEV3, Severities, graver, projected
from schemas.money import NANO


@pytest.mark.parametrize(
    ("dollars", "grade"),
    [(0, INFO), (49.999999999, INFO), (50, SEV3), (500, SEV2), (4999, SEV2), (5000, SEV1)],
)
def test_a_grade_begins_at_its_dollars(dollars: float, grade: str) -> None:
    assert Severities().grade(round(dollars * NANO)) == grade


@given(st.integers(-(10**15), 10**20), st.integers(0, 10**20))
def test_more_dollars_are_never_milder(impact: int, more: int) -> None:
    grades = Severities()

    milder, other = grades.grade(impact), grades.grade(impact + more)

    assert graver(milder, other) == other


@pytest.mark.parametrize(
    "floors",
    [
        {"sev1_usd": 500},
        {"sev2_usd": 50},
        {"sev3_usd": 500},
        {"sev1_usd": 5, "sev2_usd": 50, "sev3_usd": 500},
        {"sev3_usd": 0},
    ],
)
def test_floors_descend_and_are_above_nothing(floors: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Severities.model_validate(floors)


@given(st.integers(0, 10**15), st.integers(-(10**15), 10**15))
def test_an_overrun_is_thought_on_for_a_day_and_never_backwards(accrued: int, hourly: int) -> None:
    assert projected(accrued, hourly) == accrued + 24 * max(hourly, 0)


@given(st.sampled_from(GRADES), st.sampled_from(GRADES))
def test_the_graver_of_two_is_one_of_them(one: str, other: str) -> None:
    assert graver(one, other) == graver(other, one) in (one, other)
    assert GRADES.index(graver(one, other)) == max(GRADES.index(one), GRADES.index(other))
