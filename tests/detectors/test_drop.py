"""A series that costs far less than it does, and what is taken for one and is none."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detectors.drop import Drop, DropSettings
from detectors.scoring import DOWN_DAYS, RECORDS, scored
from schemas.ends import Ends
from schemas.moments import HOUR_MINUTES, MINUTE
from schemas.rules import Grain
from tests.detectors.detector_walk import DOLLAR, MONDAY, Step, office, walk

DAY = 24
HOUR = HOUR_MINUTES * MINUTE


def drop(floor: int = 0, once_in: int = DOWN_DAYS) -> Drop:
    """The detector with such settings."""
    text = {"name": "drop", "series": "*", "once_in_days": once_in, "floor_usd": floor}
    return DropSettings.model_validate({"kind": "drop", **text}).rule("application:chat")


def steps(rule: Drop, costs: Sequence[int], first: int = MONDAY * DAY) -> list[Step]:
    return list(walk(rule, costs, first=first))


def found(rule: Drop, costs: Sequence[int]) -> list[int]:
    """The hours that are breaches."""
    return [at for at, step in enumerate(steps(rule, costs)) if step.verdict.breach]


def falling(start: int, share: float, days: int = 42, hours: int = 10**6) -> list[int]:
    """Office hours of which from an hour on only a share comes."""
    costs = office(Grain.HOUR, days)
    ends = range(start, start + hours)
    return [int(cost * share) if at in ends else cost for at, cost in enumerate(costs)]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), days=st.integers(0, 40), start=st.integers(0, 23))
@example(seed=1, days=70, start=13)
def test_live_it_says_what_the_scores_of_a_plain_series_say(
    seed: int, days: int, start: int
) -> None:
    random, first = Random(seed), MONDAY * DAY + start
    costs = [
        int(DOLLAR * random.gammavariate(4, 0.25) * (0.3 if at > days * 18 else 1))
        for at in range(days * DAY)
    ]

    times = (np.arange(len(costs)) + first) * HOUR
    said = scored(times, np.array(costs, dtype=np.float64), HOUR, (RECORDS,))

    for step, down in zip(steps(drop(), costs, first), said.down, strict=True):
        if down < 10:
            assert step.verdict.once_in == 0
        else:
            assert step.verdict.once_in == pytest.approx(min(down, 1e6), rel=1e-6, abs=1)


def test_silence_is_found_within_days_and_a_usual_month_is_not() -> None:
    start = 35 * DAY + 12

    assert found(drop(), office(Grain.HOUR, 42)) == []
    assert start < found(drop(), falling(start, 0.0))[0] < start + 2 * DAY


def test_a_drop_by_six_tenths_is_found_within_a_week() -> None:
    start = 35 * DAY + 12

    assert start < found(drop(), falling(start, 0.4))[0] < start + 5 * DAY


def test_under_the_money_floor_nothing_is_told() -> None:
    costs = falling(35 * DAY, 0.0)

    assert found(drop(floor=100_000), costs) == []
    assert found(drop(floor=50), costs) != []


def test_it_says_what_was_expected_and_what_came_and_calms_when_it_comes_again() -> None:
    lived = steps(drop(floor=20), falling(35 * DAY, 0.0, days=50, hours=4 * DAY))

    said = next(step.verdict for step in lived if step.verdict.breach)

    assert said.excess < -20 * DOLLAR
    assert said.observed < said.low
    assert "expected $" in said.reason and "told from once in 200 days" in said.reason
    assert drop().ends is Ends.NEXT
    assert not lived[-1].verdict.breach


def test_nothing_is_learnt_but_at_midnight() -> None:
    changing = [step.past.at for step in steps(drop(), office(Grain.HOUR, 20)) if step.changed]

    assert changing == [(MONDAY + day) * DAY - 1 for day in range(1, 21)]
