"""Newcomers: new series that spend fast, once watch knows what is new."""

from detectors.newcomer import Newcomer, NewcomerSettings
from tests.detectors.detector_walk import DOLLAR, MONDAY, Step, walk

FIRST = MONDAY * 1440


def newcomer(**settings: object) -> Newcomer:
    """The detector with its defaults but for these settings."""
    text = {"name": "newcomer", "series": "*", **settings}
    return NewcomerSettings.model_validate(text).rule("keys:chat|key-7")


def steps(costs: list[int], days_watched: float = 30, **settings: object) -> list[Step]:
    return list(walk(newcomer(**settings), costs, since=FIRST - int(days_watched * 1440)))


def breaches(lived: list[Step]) -> list[int]:
    return [index for index, step in enumerate(lived) if step.verdict.breach]


def test_the_minute_that_brings_it_to_the_floor_is_the_breach_and_the_only_one() -> None:
    lived = steps([DOLLAR] * 60)

    assert breaches(lived) == [24]
    assert lived[24].verdict.reason == (
        "$25.00 in the first 25 minutes of a series never seen before; floor $25.00"
    )
    assert lived[24].verdict.excess == 25 * DOLLAR
    assert lived[24].verdict.window == 25


def test_the_ceiling_is_what_is_left_of_the_floor() -> None:
    lived = steps([DOLLAR] * 30)

    assert [step.ceiling for step in lived[:3]] == [25 * DOLLAR, 24 * DOLLAR, 23 * DOLLAR]
    assert lived[24].ceiling == DOLLAR
    assert lived[25].ceiling is None


def test_a_new_installation_stays_calm() -> None:
    assert breaches(steps([DOLLAR] * 60, days_watched=2.9)) == []
    assert breaches(steps([DOLLAR] * 60, days_watched=3)) == [24]


def test_it_says_until_when_everything_is_new() -> None:
    rule = newcomer()
    early, later = (steps([DOLLAR], days_watched=days)[0] for days in (1, 4))

    assert rule.learning_until({}, early.past) == FIRST + 2 * 1440
    assert rule.learning_until({}, later.past) is None


def test_after_its_first_day_it_is_a_newcomer_no_more() -> None:
    slow = [0] * 1440 + [100 * DOLLAR]
    slow[0] = DOLLAR

    assert breaches(steps(slow)) == []
    assert breaches(steps(slow, within_hours=25)) == [1440]


def test_minutes_without_cost_are_not_learnt() -> None:
    lived = steps([DOLLAR, 0, DOLLAR])

    assert [bool(step.changed) for step in lived] == [True, False, True]
    assert lived[2].changed["spent"].longs == (2 * DOLLAR,)
