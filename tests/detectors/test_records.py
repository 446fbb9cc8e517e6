"""Block records of hours: the same as the scores of a plain series, and known before they fill."""

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detectors.records import Records, RecordsSettings
from detectors.scoring import RECORDS, UP_DAYS, scored
from schemas.moments import HOUR_MINUTES, MINUTE
from schemas.rules import Grain
from schemas.states import Bucket
from tests.detectors.detector_walk import (
    DOLLAR,
    EPOCH,
    MONDAY,
    Step,
    learned,
    office,
    past_at,
    walk,
)

DAY = 24
WEEK = 168
HOUR = HOUR_MINUTES * MINUTE

few = settings(max_examples=15, deadline=None)


def records(floor: int = 0, once_in: int = UP_DAYS) -> Records:
    """The detector with such settings."""
    text = {"name": "hours", "series": "*", "once_in_days": once_in, "floor_usd": floor}
    rule = RecordsSettings.model_validate(text).rule("application:chat")
    assert isinstance(rule, Records)
    return rule


def constant(days: int, dollars: int) -> list[int]:
    """Every hour alike, `dollars` a day."""
    return [dollars * DOLLAR // DAY] * (days * DAY)


def wild(seed: int, days: int, share: float) -> list[int]:
    """Heavy-tailed hours, a share of them with a cost, and a level that doubles at the end."""
    random = Random(seed)
    return [
        int(random.paretovariate(1.3) * DOLLAR * (1 + (at > days * 20)))
        if random.random() < share
        else 0
        for at in range(days * DAY)
    ]


def steps(rule: Records, costs: Sequence[int], first: int = MONDAY * DAY) -> list[Step]:
    return list(walk(rule, costs, first=first))


@few
@given(
    seed=st.integers(0, 999),
    days=st.integers(0, 40),
    share=st.sampled_from([0.05, 0.5, 1.0]),
    start=st.integers(0, 23),
)
@example(seed=1, days=70, share=1.0, start=13)
def test_live_it_says_what_the_scores_of_a_plain_series_say(
    seed: int, days: int, share: float, start: int
) -> None:
    costs, first = wild(seed, days, share), MONDAY * DAY + start
    times = (np.arange(len(costs)) + first) * HOUR

    said = scored(times, np.array(costs, dtype=np.float64), HOUR, (RECORDS,))

    for step, up, expected in zip(
        steps(records(), costs, first), said.up, said.expected, strict=True
    ):
        once_in = step.verdict.once_in
        if up < 10:
            assert once_in == 0
        else:
            assert once_in == pytest.approx(min(up, 1e6), rel=1e-6, abs=1)
        if step.ceiling is not None and not once_in:
            assert step.verdict.expected == pytest.approx(expected, rel=1e-6, abs=1)


@few
@given(seed=st.integers(0, 999), once_in=st.sampled_from([10, 60, 90, 1000]))
def test_what_is_a_breach_has_reached_its_ceiling_and_more_is_none_the_less(
    seed: int, once_in: int
) -> None:
    rule, random = records(once_in=once_in), Random(seed)
    for step in random.sample(steps(rule, wild(seed, 30, 0.7)), 40):
        if step.ceiling is None:
            continue
        costs = sorted({*(int(step.ceiling * share) for share in (0.5, 0.99, 1, 1.1, 2, 9)), 1})
        said = [rule.verdict(step.memory, step.past, Bucket(cost=cost)) for cost in costs]
        breaches = [one.breach for one in said]
        assert breaches == sorted(breaches)
        assert [one.once_in for one in said] == sorted(one.once_in for one in said)
        assert not any(
            one.breach for one, cost in zip(said, costs, strict=True) if cost < step.ceiling
        )


def test_it_only_learns_until_the_first_midnight() -> None:
    rule = records()

    lived = steps(rule, constant(2, 24))

    assert [step.ceiling for step in lived[:DAY]] == [None] * DAY
    assert all(step.ceiling is not None for step in lived[DAY:])
    assert rule.learning_until(lived[0].memory, lived[0].past) == (MONDAY + 1) * DAY
    assert rule.learning_until(lived[DAY].memory, lived[DAY].past) is None
    assert lived[0].verdict.reason == "still learning"


def test_a_first_day_of_less_than_twelve_hours_is_joined_with_the_second() -> None:
    rule = records()

    lived = steps(rule, constant(3, 24), MONDAY * DAY + 13)

    begun = next(step for step in lived if step.ceiling is not None)
    assert begun.past.at == (MONDAY + 2) * DAY
    assert rule.learning_until(lived[0].memory, lived[0].past) == begun.past.at
    assert begun.memory["days"].longs[1] == 35 * DOLLAR


def test_nothing_is_learnt_but_at_midnight() -> None:
    changing = [step.past.at for step in steps(records(), office(Grain.HOUR, 20)) if step.changed]

    assert changing == [(MONDAY + day) * DAY - 1 for day in range(1, 21)]


def test_only_the_last_56_days_are_remembered() -> None:
    memory = learned(records(), [*constant(1, 24_000), *constant(70, 24)])

    assert memory["days"].longs[1:57] == (24 * DOLLAR,) * 56
    assert max(memory["days"].doubles) == DOLLAR


def test_the_money_floor_is_tripled_in_the_first_fortnight() -> None:
    lived = steps(records(floor=200), constant(16, 24))

    assert lived[14 * DAY - 1].ceiling == 601 * DOLLAR
    assert lived[14 * DAY].ceiling == 201 * DOLLAR


def test_under_the_money_floor_nothing_is_told_however_strange_it_is() -> None:
    costs = constant(30, 24)
    cheap, dear = records(floor=100), records(floor=10)
    memory, past = (
        learned(cheap, costs),
        past_at(cheap, [*costs, 0], len(costs), MONDAY * DAY, EPOCH),
    )

    for rule, breach in ((cheap, False), (dear, True)):
        said = rule.verdict(memory, past, Bucket(cost=60 * DOLLAR))
        assert said.breach is breach
        assert said.once_in > 1000


def test_the_reason_is_told_in_numbers() -> None:
    costs, rule = constant(30, 240), records(floor=20)
    memory = learned(rule, costs)

    past = past_at(rule, [*costs, 0], len(costs), MONDAY * DAY, EPOCH)
    said = rule.verdict(memory, past, Bucket(cost=412 * DOLLAR))

    assert said.reason == (
        "$442.00 in the last 4 hours; expected $40.00; band to $60.00 (once in 90 days; this once "
        "in 1,000,000); largest $40.00 of 30 days"
    )
    assert said.breach
    assert said.high <= said.observed


def test_a_level_that_rises_under_wild_hours_is_found_by_what_most_hours_do() -> None:
    random = Random(4)
    costs = [
        int(DOLLAR * (random.gauss(1, 0.05) + (80 * random.random() if at % 31 == 5 else 0)))
        for at in range(42 * DAY)
    ]
    start = 35 * DAY
    risen = [*costs[:start], *(3 * cost if cost < 2 * DOLLAR else cost for cost in costs[start:])]

    found = [at for at, step in enumerate(steps(records(), risen)) if step.verdict.breach]

    assert found
    assert start <= found[0] < start + 2 * DAY


@pytest.mark.parametrize(
    ("hurt", "days"),
    [
        (lambda day, hour: 10.0 if hour < 8 else 1.0, 1),
        (lambda day, hour: 3.0, 1),
        (lambda day, hour: 1.5, 3),
        (lambda day, hour: 1.10 ** (day + hour / 24), 7),
        (lambda day, hour: 1.05 ** (day + hour / 24), 11),
        (lambda day, hour: 1.03 ** (day + hour / 24), 14),
    ],
    ids=["jump", "step", "shift", "creep of 10 %", "creep of 5 %", "creep of 3 %"],
)
def test_a_jump_a_shift_and_a_creep_are_found_within_days(
    hurt: Callable[[int, int], float], days: int
) -> None:
    costs, start = office(Grain.HOUR, 35 + days + 1, dollars=200), 35 * DAY + 6
    hurt_costs = [
        int(cost * hurt((at - start) // DAY, (at - start) % DAY)) if at >= start else cost
        for at, cost in enumerate(costs)
    ]
    rule = records(floor=20)

    found = [at for at, step in enumerate(steps(rule, hurt_costs)) if step.verdict.breach]

    assert not any(step.verdict.breach for step in steps(rule, costs))
    assert found and start <= found[0] < start + days * DAY


@few
@given(
    seed=st.integers(0, 999),
    share=st.sampled_from((0.05, 0.7, 1.0)),
    hour=st.integers(0, WEEK),
    floor=st.sampled_from((0, 1, 20)),
    once_in=st.sampled_from((10, 90)),
)
def test_a_part_of_a_day_is_quiet_where_none_of_its_hours_is_a_breach(
    seed: int, share: float, hour: int, floor: int, once_in: int
) -> None:
    random, rule = Random(seed), records(floor, once_in)
    found = steps(rule, wild(seed, 40, share), MONDAY * DAY + hour)
    for at in range(0, len(found), 5):
        left = DAY - 1 - found[at].past.at % DAY
        part = found[at : at + random.randint(0, left)]
        if part:
            costs = [step.cost for step in part]
            breach = any(step.verdict.breach for step in part)
            assert rule.quiet(part[0].memory, part[0].past, costs) is not breach


def test_a_months_end_that_comes_again_is_expected_and_hides_nothing_in_between() -> None:
    costs = office(Grain.HOUR, 75, dollars=100)
    for at in (at for at in range(len(costs)) if at // DAY in (29, 30, 59, 60)):
        costs[at] *= 3
    burst = [cost * 5 // 2 if at // DAY == 45 else cost for at, cost in enumerate(costs)]

    found, more = (
        {at // DAY for at, step in enumerate(steps(records(), hours)) if step.verdict.breach}
        for hours in (costs, burst)
    )

    assert found == {29, 30}
    assert 45 in more


def test_what_was_usual_after_all_is_learnt_anew_from_all_that_is_kept() -> None:
    rule = records()

    assert rule.taught(learned(rule, constant(3, 24)), [DOLLAR]) is None  # type: ignore[func-returns-value]


def test_usual_spreads_the_hour_over_its_minutes() -> None:
    rule = records()
    memory = learned(rule, constant(10, 24 * 60))

    assert rule.usual(memory, (MONDAY + 10) * 1440 + 615) == DOLLAR
    assert rule.usual({}, MONDAY * 1440) == 0
