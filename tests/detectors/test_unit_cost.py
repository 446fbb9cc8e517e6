"""Unit cost: what a call, a success, a token costs moves, whatever the load."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest
from pydantic import ValidationError

from detectors import units
from detectors.unit_cost import UnitCost, UnitCostSettings
from schemas.ends import Ends
from schemas.rules import Grain, Memory, Verdict
from schemas.states import Bucket
from tests.detectors.detector_walk import DOLLAR, MONDAY, Step, office, walk

CALL = DOLLAR // 175
"""$0.0057."""

DAY = 24


def unit_cost(**settings: object) -> UnitCost:
    """The detector with a floor of $3 and these settings."""
    text = {"name": "unit", "series": "*", "floor_usd": 3, **settings}
    return UnitCostSettings.model_validate(text).rule("application:chat")


def calls(days: int, seed: int = 1) -> list[int]:
    """Calls of each hour: an office's, some 17,000 a day."""
    return [cost // CALL for cost in office(Grain.HOUR, days, 100, seed)]


def bucket(count: int, call: float, failed: int = 0) -> Bucket:
    held = {"requests": count, "failed": failed, "output": 300 * count}
    return Bucket(cost=int(count * call), charges=count, quantities=held)


def priced(counts: Sequence[int], factors: Sequence[float] = (), seed: int = 2) -> list[Bucket]:
    """Hours of these calls; a call costs `factors` times as much, give or take 6 %."""
    random = Random(seed)
    times = [*factors, *[1.0] * (len(counts) - len(factors))]
    return [
        bucket(count, CALL * factor * random.lognormvariate(0, 0.06))
        for count, factor in zip(counts, times, strict=True)
    ]


def from_day(day: int, factor: float, hours: int = 10**6) -> Iterator[float]:
    """Factors: from three in the afternoon of a day on."""
    begin = day * DAY + 15
    return (factor if begin <= at < begin + hours else 1.0 for at in range(60 * DAY))


def breaches(steps: Sequence[Step]) -> list[int]:
    return [index for index, step in enumerate(steps) if step.verdict.breach]


def lived(factors: Iterator[float], days: int = 50, **settings: object) -> list[Step]:
    counts = calls(days)
    return list(walk(unit_cost(**settings), priced(counts, list(factors)[: len(counts)])))


@pytest.mark.parametrize(("factor", "within"), [(1.3, 24), (1.5, 6), (3.0, 1)])
def test_calls_that_cost_more_are_found_while_there_are_no_more_of_them(
    factor: float, within: int
) -> None:
    begin = 40 * DAY + 15

    found = breaches(lived(from_day(40, factor)))

    assert begin <= found[0] <= begin + within


def test_more_calls_at_the_usual_price_are_nothing_to_it() -> None:
    counts = calls(50)
    begin = 40 * DAY + 15
    more = [*counts[:begin], *(10 * count for count in counts[begin:])]

    assert breaches(list(walk(unit_cost(), priced(more)))) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_usual_quarter_is_quiet_even_without_a_floor(seed: int) -> None:
    steps = list(walk(unit_cost(floor_usd=0, once_in_days=1000), priced(calls(90, seed), (), seed)))

    assert len(breaches(steps)) <= 2


def test_it_says_what_a_call_cost_and_what_it_usually_does() -> None:
    steps = lived(from_day(40, 3.0))
    said = steps[breaches(steps)[0]].verdict

    assert said.reason == (
        "$0.016 a call over 490 calls; usually $0.0059; band to $0.012 (money floor); "
        "largest of 40 days $0.0068"
    )
    assert (said.window, said.low) == (1, 0)
    assert said.observed > said.high > said.expected > 0
    assert said.excess == said.latest == said.observed - said.expected
    assert said.once_in > 90


def test_a_day_that_is_a_little_dear_is_told_as_a_day() -> None:
    steps = lived(from_day(40, 1.3), floor_usd=10)
    said = steps[breaches(steps)[0]].verdict

    assert said.window == 24
    assert " calls in the last 24 hours; usually $0.0057; " in said.reason
    assert said.latest is not None
    assert 0 < said.latest < said.excess


def test_it_ends_when_calls_cost_what_is_usual_again() -> None:
    begin, hours = 40 * DAY + 15, 30
    steps = lived(from_day(40, 1.5, hours))

    found = breaches(steps)

    assert unit_cost().ends is Ends.NEXT
    assert found[-1] < begin + hours
    assert all(at in found for at in range(begin + 12, begin + hours))


def test_by_night_the_day_before_goes_on_speaking() -> None:
    counts = [0 if at % DAY < 6 else count for at, count in enumerate(calls(50))]
    steps = list(walk(unit_cost(), priced(counts, list(from_day(40, 2.0))[: len(counts)])))

    night = range(41 * DAY, 41 * DAY + 6)
    assert all(steps[at].verdict.breach for at in night)


def test_before_it_has_a_week_of_records_it_only_learns() -> None:
    rule, steps = unit_cost(), lived(from_day(3, 5.0, 24), days=9)
    first = MONDAY * DAY

    assert rule.learning_until({}, steps[0].past) == first + 7 * DAY
    assert {step.verdict.reason for step in steps[: 7 * DAY]} == {"still learning"}
    assert rule.learning_until(steps[-1].memory, steps[-1].past) is None


def test_few_calls_say_nothing() -> None:
    steps = lived(from_day(40, 1.0))
    rule, last = unit_cost(), steps[-1]
    few = bucket(99, 1000 * CALL)
    alone = {**last.memory, "limits": last.memory["limits"].__class__(longs=(10**7, 0))}

    said = rule.verdict(alone, last.past, few)

    assert not said.breach
    assert said.reason == "99 calls, too few to say; at least 100"


def test_what_was_found_is_not_usual_and_the_band_stays() -> None:
    usual, dear = lived(from_day(40, 1.0), 46), lived(from_day(40, 3.0), 46)

    def each(steps: list[Step]) -> int:
        return units.usual(steps[-1].memory, steps[-1].past.at, 1000, 100)

    assert each(dear) < 1.05 * each(usual)
    assert units.limits(dear[-1].memory)[1] < 1.5 * units.limits(usual[-1].memory)[1]


def test_what_was_usual_after_all_is_learnt_and_found_no_more() -> None:
    rule, steps = unit_cost(), lived(from_day(40, 3.0), 47)
    last = steps[-1]
    costs = [step.cost for step in steps[40 * DAY :]]

    taught: Memory = {**last.memory, **rule.taught(last.memory, costs)}

    def said(memory: Memory) -> Verdict:
        return rule.verdict(memory, last.past, last.bucket)

    assert said(last.memory).breach
    assert not said(taught).breach
    assert said(taught).expected > 1.3 * said(last.memory).expected
    assert taught["aside"].longs == ()


def test_what_was_usual_at_another_time_lets_nothing_in() -> None:
    rule, last = unit_cost(), lived(from_day(40, 3.0), 47)[-1]

    assert last.memory["aside"].longs
    assert rule.taught(last.memory, [1, 2, 3]) == {}


def test_retries_that_fail_make_a_success_dear() -> None:
    counts = calls(50)
    begin = 40 * DAY + 15
    hours = [
        bucket(count, CALL, failed=count // (2 if at >= begin else 50))
        for at, count in enumerate(counts)
    ]

    found = breaches(list(walk(unit_cost(per="successes"), hours)))
    by_call = breaches(list(walk(unit_cost(), hours)))

    assert begin <= found[0] <= begin + 6
    assert by_call == []


def test_cost_per_outcome_counts_uses_and_an_hour_without_any_counts_its_cost() -> None:
    rule = unit_cost(per="uses", units=10)
    usual = [Bucket(cost=DOLLAR, charges=9, quantities={"uses": 20, "output": 9})] * 20 * DAY
    idle = [Bucket(cost=DOLLAR, charges=9, quantities={"output": 9})] * 12

    steps = list(walk(rule, [*usual, *idle]))

    assert breaches(steps[: len(usual)]) == []
    found = breaches(steps)
    assert len(usual) < found[0] < len(usual) + 12
    assert " a use over " in steps[found[0]].verdict.reason


def test_hours_of_which_only_the_cost_is_known_say_nothing_of_units() -> None:
    rule, known = unit_cost(), office(Grain.HOUR, 7)

    steps = list(walk(rule, [*known, *priced(calls(40))]))

    assert breaches(steps) == []
    assert units.records(steps[7 * DAY].memory, 1) == ()
    assert units.usual(steps[-1].memory, steps[-1].past.at, 1000, 100) < 1100 * CALL


def test_another_way_to_count_begins_anew() -> None:
    versions = {
        unit_cost(**text).version
        for text in ({}, {"per": "successes"}, {"units": 9}, {"per": "uses"})
    }

    assert len(versions) == 4
    assert unit_cost(floor_usd=50).version == unit_cost().version


@pytest.mark.parametrize("per", ["tokens", "", "requests,output"])
def test_a_unit_that_nobody_counts_is_refused(per: str) -> None:
    with pytest.raises(ValidationError, match="is none of calls, successes, "):
        unit_cost(per=per)
