"""Runaway: a rate that only climbs is told while it is small, a morning is not."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.climbs import Steps, climb, more
from detectors.records import RecordsSettings
from detectors.runaway import Runaway, RunawaySettings
from schemas.ends import Ends
from schemas.rules import ANY, Grain, Memory
from schemas.states import Bucket
from tests.detectors.detector_walk import DOLLAR, Step, learned, office, past_at, walk

FIRST = 20_003 * 1440
BEGIN = 21 * 1440 + 20 * 60
"""Eight in the evening of a Monday, after three weeks."""


def runaway(**settings: object) -> Runaway:
    """The detector with its defaults but for these settings."""
    text = {"name": "loops", "series": "*", **settings}
    return RunawaySettings.model_validate(text).rule("keys:agent|key-7")


def looped(costs: Sequence[int], begin: int, double: float, minutes: int = 60) -> list[int]:
    """A loop that begins at a cent a minute and doubles every so many minutes."""
    random, hurt = Random(3), list(costs)
    for at in range(minutes):
        cost = DOLLAR // 100 * 2 ** (at / double) * random.gammavariate(25, 1 / 25)
        hurt[begin + at] += int(cost)
    return hurt


def breaches(steps: Sequence[Step]) -> list[int]:
    return [index for index, step in enumerate(steps) if step.verdict.breach]


@pytest.mark.parametrize(("double", "within"), [(2, 18), (3, 27), (5, 44)])
def test_a_loop_that_doubles_every_few_minutes_is_found(double: float, within: int) -> None:
    hurt = looped(office(Grain.MINUTE, 22, 100), BEGIN, double)

    steps = list(walk(runaway(), hurt))

    found = breaches(steps)
    assert BEGIN < found[0] <= BEGIN + within
    assert sum(hurt[BEGIN : found[0] + 1]) < 8 * DOLLAR


def test_a_loop_in_a_series_of_great_records_is_found_before_they_are_passed() -> None:
    random, costs = Random(1), office(Grain.MINUTE, 22, 100)
    for at in range(0, len(costs) - 20, 700):
        costs[at + random.randrange(9)] += 100 * DOLLAR  # a batch of an instant
    hurt = looped(costs, BEGIN + 100, 3)
    records = RecordsSettings.model_validate(
        {"name": "burst", "series": "*", "grain": "minute", "floor_usd": 2}
    ).rule("keys:agent|key-7")

    early, late = (
        [at for at in breaches(list(walk(rule, hurt))) if at >= BEGIN]
        for rule in (runaway(), records)
    )

    assert early[0] > BEGIN + 100
    assert early[0] + 5 < late[0]


@pytest.mark.parametrize("dollars", [20, 100, 1000, 10_000])
def test_three_weeks_of_mornings_are_quiet(dollars: float) -> None:
    assert breaches(list(walk(runaway(), office(Grain.MINUTE, 21, dollars)))) == []


def test_a_jump_that_stays_is_no_climb() -> None:
    costs = office(Grain.MINUTE, 22, 100)
    jump = [*costs[:BEGIN], *(10 * cost for cost in costs[BEGIN:])]

    found = breaches(list(walk(runaway(once_in_days=1000), jump)))

    assert len(found) < 10


def known() -> tuple[Memory, list[int]]:
    """What is learnt of three weeks of a cent a minute, and the minutes."""
    costs = [DOLLAR // 100] * 21 * 1440
    return learned(runaway(), costs), costs


def test_what_the_next_minute_may_cost_is_known_before_it_fills() -> None:
    memory, costs = known()
    rule = runaway(minutes=1, steps=3, floor_usd="0.50")
    climbing = [*costs, DOLLAR // 20, DOLLAR // 10, 0]
    past = past_at(rule, climbing, len(costs) + 2, FIRST, 0)

    # The floor: 50 cents above three usual cents, less the 15 cents that are spent.
    ceiling = rule.ceiling(memory, past)

    assert ceiling == (50 + 3 - 15) * DOLLAR // 100
    assert rule.verdict(memory, past, Bucket(cost=ceiling)).breach
    assert not rule.verdict(memory, past, Bucket(cost=ceiling - 1)).breach


def test_what_does_not_climb_may_cost_anything() -> None:
    memory, costs = known()
    rule = runaway()
    past = past_at(rule, [*costs, DOLLAR, 0], len(costs) + 1, FIRST, 0)

    assert rule.ceiling(memory, past) == ANY
    assert rule.verdict(memory, past, Bucket(cost=DOLLAR)).reason == (
        "$1.00 a minute; it does not climb"
    )


def test_it_says_how_the_rate_climbed() -> None:
    steps = list(walk(runaway(), looped(office(Grain.MINUTE, 22, 100), BEGIN, 3)))
    said = steps[breaches(steps)[0]].verdict

    assert said.window == 8
    assert said.observed >= said.high
    assert said.reason == (
        "$0.23, $0.23, $0.35, $0.41 and $0.53 a minute in steps of 2 minutes; usually $0.11; "
        "two rises of $0.041 are once in 90 days; steepest of 21 days $0.03"
    )


def test_while_it_burns_only_less_than_a_usual_pace_calms_it() -> None:
    assert runaway().ends is Ends.PACE
    assert runaway().guards


def test_it_learns_for_a_day_and_of_nothing_but_whole_hours() -> None:
    rule, steps = runaway(), list(walk(runaway(), office(Grain.MINUTE, 3, 100)))

    assert rule.learning_until({}, steps[0].past) == FIRST + 1440
    assert {step.verdict.reason for step in steps[:1440]} == {"still learning"}
    assert all(bool(step.changed) == (at % 60 == 59) for at, step in enumerate(steps))


def test_a_climb_that_was_usual_after_all_widens_the_band() -> None:
    memory, _ = known()
    rule, climb = runaway(), [DOLLAR * at for at in range(30)]

    taught = {**memory, **rule.taught(memory, climb)}

    assert taught["limit"].longs[0] > memory["limit"].longs[0]
    assert taught["climbs"].longs[-1] == rule.steps.steepest((), climb) == 4 * DOLLAR
    assert rule.taught(taught, climb) == {}


def test_steps_end_with_any_minute_and_the_first_are_empty() -> None:
    steps = Steps(minutes=2, after=2)

    assert list(steps.ending([], [1, 2, 3])) == [(0, 0, 1), (0, 0, 3), (0, 1, 5)]
    assert list(steps.ending([1, 2, 3, 4, 5, 6], [7])) == [(5, 9, 13)]
    assert steps.closed([1, 2, 3, 4, 5, 6]) == (5, 9, 6)
    assert steps.steepest([1, 2, 3, 4, 5, 6], [7, 1]) == 4


def test_a_climb_is_as_steep_as_its_second_largest_rise() -> None:
    assert climb((1, 2, 4, 8, 16)) == 4
    assert climb((1, 2, 3, 4, 1000)) == 1
    assert climb((1, 2, 3, 3, 1000)) == 0


@given(
    sums=st.lists(st.integers(0, 50), min_size=3, max_size=5),
    last=st.integers(0, 120),
    limit=st.integers(1, 40),
)
def test_how_much_more_the_next_step_costs_says_whether_it_goes_on_with_a_climb(
    sums: list[int], last: int, limit: int
) -> None:
    wanted = more(sums, limit)

    assert (climb((*sums, last)) >= limit) == (wanted is not None and last >= sums[-1] + wanted)
