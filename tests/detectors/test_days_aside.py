"""Days that stand apart from all others are left out of the records, until they are due."""

import numpy as np
import pytest

from detectors.aside import kept, set_aside

MONDAY = 20458
"""2026-01-05, days since 1970."""


def dates(count: int) -> np.ndarray:
    return MONDAY + np.arange(count)


def bodies(count: int, **dear: float) -> np.ndarray:
    """Days that swing a little, but for those that are named: d12=3.0."""
    out = 1 + np.arange(count) * 37 % 11 / 100
    for day, times in dear.items():
        out[int(day[1:])] *= times
    return out


def aside(costs: np.ndarray) -> list[int]:
    found: list[int] = (set_aside(costs, dates(len(costs))) - MONDAY).tolist()
    return found


def test_a_months_end_stands_apart() -> None:
    assert aside(bodies(35, d27=3, d28=3, d29=3)) == [27, 28, 29]


def test_a_weekend_of_it_is_held_against_weekends() -> None:
    costs = bodies(35, d26=3, d27=3)  # a Saturday and a Sunday
    costs[(np.arange(35) % 7) >= 5] *= 0.2
    assert aside(costs) == [26, 27]


def test_two_months_ends_stand_apart_and_two_odd_days_do_not() -> None:
    assert aside(bodies(56, d20=3, d21=3, d50=3, d51=3)) == [20, 21, 50, 51]
    assert aside(bodies(56, d20=3, d29=3)) == []
    assert aside(bodies(56, d20=3, d21=3, d35=3, d36=3)) == []


@pytest.mark.parametrize(("times", "found"), [(1.3, []), (5, [12])])
def test_a_lone_day_has_to_stand_farther_apart(times: float, found: list[int]) -> None:
    assert aside(bodies(35, d12=times)) == found


def test_a_new_level_is_no_run() -> None:
    assert aside(bodies(35, **{f"d{day}": 3.0 for day in range(20, 27)})) == []


def test_a_young_series_and_one_of_mostly_nothing_have_none() -> None:
    assert aside(bodies(20, d12=9)) == []
    assert aside(np.where(np.arange(35) == 12, 5.0, 0.0)) == []


def counted(today: int, spill: int | None, found: tuple[int, ...] = (10, 11)) -> list[int]:
    """Days of 40 that do not count on a day."""
    mask = kept(MONDAY + np.array(found), dates(40), MONDAY + today, [spill])[:, 0]
    days: list[int] = np.flatnonzero(~mask).tolist()
    return days


def test_they_do_not_count_nor_do_the_days_whose_windows_hold_them() -> None:
    assert counted(today=23, spill=0) == [10, 11]
    assert counted(today=23, spill=7) == list(range(10, 19))
    assert counted(today=23, spill=None) == []


@pytest.mark.parametrize("today", [11, 12, 37, 44])
def test_while_they_last_and_when_they_are_due_again_they_count(today: int) -> None:
    assert counted(today, spill=0) == []
