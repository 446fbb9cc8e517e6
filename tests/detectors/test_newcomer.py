"""Newcomers: new series that spend fast, once watch knows what is new."""

from dataclasses import replace

from detectors.newcomer import Newcomer, NewcomerSettings
from schemas.siblings import Siblings
from schemas.states import Bucket
from tests.detectors.detector_walk import DOLLAR, MONDAY, Step, walk

FIRST = MONDAY * 1440


def newcomer(**settings: object) -> Newcomer:
    """The detector with its defaults but for these settings."""
    text = {"name": "newcomer", "series": "*", **settings}
    return NewcomerSettings.model_validate(text).rule("keys:chat|key-7")


def steps(
    costs: list[int],
    days_watched: float = 30,
    siblings: Siblings | None = None,
    **settings: object,
) -> list[Step]:
    since = FIRST - int(days_watched * 1440)
    return list(walk(newcomer(**settings), costs, since=since, siblings=siblings))


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


CENTS = DOLLAR // 100
SIBLINGS = Siblings(
    series=12,
    middles=(9 * CENTS, 30 * CENTS, 60 * CENTS, 90 * CENTS),
    tops=(5 * DOLLAR, 20 * DOLLAR, 50 * DOLLAR, 60 * DOLLAR),
)
"""What a usual day is for them, by 1, 4, 12 and 24 hours."""


def test_what_all_its_siblings_cost_is_no_news() -> None:
    usual = [DOLLAR] * 59

    assert breaches(steps(usual)) == [24]
    assert breaches(steps(usual, siblings=SIBLINGS)) == [24]
    dear = replace(SIBLINGS, tops=(30 * DOLLAR, 40 * DOLLAR, 50 * DOLLAR, 60 * DOLLAR))
    assert breaches(steps(usual, siblings=dear)) == []
    assert breaches(steps([2 * DOLLAR] * 60, siblings=dear)) == [29]
    assert breaches(steps([2 * DOLLAR] * 60, siblings=dear, times="1.5")) == [22]


def test_it_may_cost_what_its_siblings_do_in_their_dearest_hours_of_as_long() -> None:
    lived = steps([0] * 1440, siblings=SIBLINGS)

    rooms = {at // 60: step.ceiling for at, step in enumerate(lived)}
    assert rooms == {
        hour: (25 if hour < 1 else 40 if hour < 4 else 100 if hour < 12 else 120) * DOLLAR
        for hour in range(24)
    }
    longer = steps([0] * 2881, siblings=SIBLINGS, within_hours=72)
    assert [longer[at].ceiling for at in (1440, 2879, 2880)] == [
        240 * DOLLAR,
        240 * DOLLAR,
        360 * DOLLAR,
    ]


def test_it_says_what_its_siblings_cost_and_counts_what_is_above_the_middle_one() -> None:
    [said] = [one.verdict for one in steps([15 * DOLLAR] * 3, siblings=SIBLINGS)[:2]][1:]

    assert said.breach
    assert (said.observed, said.expected, said.high) == (30 * DOLLAR, 9 * CENTS, 25 * DOLLAR)
    assert said.reason == (
        "$30.00 in the first 2 minutes of a series never seen before; half of 12 siblings cost up "
        "to $0.90 a day, nine in ten up to $60.00; floor $25.00"
    )


def test_it_is_told_once_though_its_room_grows() -> None:
    lived = steps([DOLLAR] * 600, siblings=SIBLINGS)

    assert breaches(lived) == [24]
    assert all(step.ceiling is None and not step.changed for step in lived[25:])


def test_where_a_rulebook_allows_less_than_was_spent_the_next_cost_is_told() -> None:
    before = steps([DOLLAR] * 10)[-1]
    rule = newcomer(floor_usd=5)

    assert rule.ceiling(before.memory, before.past) == 1
    assert not rule.verdict(before.memory, before.past, Bucket()).breach
    assert rule.verdict(before.memory, before.past, Bucket(cost=1)).breach
