"""Block records on series whose overruns are known."""

import pytest

from detectors.records import Records, RecordsSettings
from schemas.rules import Grain, Memory
from schemas.states import Bucket
from tests.detectors.detector_walk import (
    DOLLAR,
    EPOCH,
    MONDAY,
    Step,
    day,
    learned,
    office,
    past_at,
    walk,
)

GRAINS = pytest.mark.parametrize("grain", [Grain.MINUTE, Grain.HOUR])


def records(grain: Grain = Grain.HOUR, floor: int = 1, once_in: int = 90) -> Records:
    """The detector with such settings."""
    text = {"name": "jumps", "series": "*", "once_in_days": once_in, "floor_usd": floor}
    return RecordsSettings.model_validate({**text, "grain": grain}).rule("application:chat")


def steps(rule: Records, costs: list[int], first: int = -1) -> list[Step]:
    return list(walk(rule, costs, first=first))


def constant(grain: Grain, days: int, dollars: int) -> list[int]:
    """Every bucket alike, `dollars` a day."""
    return [dollars * DOLLAR // day(grain)] * (days * day(grain))


@GRAINS
def test_it_only_learns_until_the_first_midnight(grain: Grain) -> None:
    rule, size = records(grain), day(grain)

    lived = steps(rule, constant(grain, 2, 24))

    assert [step.ceiling for step in lived[:size]] == [None] * size
    assert all(step.ceiling is not None for step in lived[size:])
    assert rule.learning_until(lived[0].memory, lived[0].past) == (MONDAY + 1) * size
    assert rule.learning_until(lived[size].memory, lived[size].past) is None
    assert lived[0].verdict.reason == "still learning"


@GRAINS
def test_a_first_day_of_less_than_twelve_hours_is_joined_with_the_second(grain: Grain) -> None:
    rule, size = records(grain), day(grain)
    first = MONDAY * size + size // 2 + 1

    lived = steps(rule, constant(grain, 3, 24), first)

    begun = next(step for step in lived if step.ceiling is not None)
    assert begun.past.at == (MONDAY + 2) * size
    assert rule.learning_until(lived[0].memory, lived[0].past) == begun.past.at
    assert len(begun.memory["records.60" if grain is Grain.MINUTE else "records.1"].longs) == 1


def test_the_second_day_asks_for_six_times_the_first_once_in_120_days() -> None:
    rule = records(floor=0, once_in=120)

    first = steps(rule, constant(Grain.HOUR, 2, 240))[24]

    assert first.ceiling == pytest.approx(63 * DOLLAR, rel=0.01)


@GRAINS
def test_the_ceiling_is_the_least_that_any_window_leaves(grain: Grain) -> None:
    rule, costs = records(grain), office(grain, 15)
    memory, index = learned(rule, costs), len(costs) - 1

    past = past_at(rule, costs, index, MONDAY * day(grain), EPOCH)
    ceiling = rule.ceiling(memory, past)

    rooms = []
    for place, window in enumerate(rule.shape.windows):
        held = sum(costs[max(0, index - window + 1) : index])
        usual = rule._expected(memory, past.at)[place]
        rooms.append(max(memory["limits"].longs[place], usual + DOLLAR) - held)
    assert ceiling == min(rooms)


def test_a_window_that_straddles_midnight_counts_in_both_days() -> None:
    rule, costs = records(), [0] * 72
    costs[23], costs[24] = 3 * DOLLAR, 4 * DOLLAR

    memory = learned(rule, costs)

    assert memory["records.1"].longs == (3 * DOLLAR, 4 * DOLLAR, 0)
    assert memory["records.4"].longs == (3 * DOLLAR, 7 * DOLLAR, 0)
    assert memory["records.24"].longs == (3 * DOLLAR, 7 * DOLLAR, 0)
    assert memory["records.168"].longs == (3 * DOLLAR, 7 * DOLLAR, 7 * DOLLAR)


@GRAINS
def test_records_are_the_largest_sums_of_each_day(grain: Grain) -> None:
    rule, size, costs = records(grain), day(grain), office(grain, 3)

    memory = learned(rule, costs)

    for window in rule.shape.windows:
        for number in range(3):
            ends = range(number * size + 1, (number + 1) * size + 1)
            most = max(sum(costs[max(0, end - window) : end]) for end in ends)
            assert memory[f"records.{window}"].longs[number] == most


def test_only_the_last_56_days_are_remembered() -> None:
    rule = records()
    memory = learned(rule, [*constant(Grain.HOUR, 1, 24_000), *constant(Grain.HOUR, 70, 24)])

    assert len(memory["records.1"].longs) == 56
    assert max(memory["records.1"].longs) == DOLLAR


def test_a_lower_limit_or_the_money_floor_decides_and_the_reason_says_which() -> None:
    costs = office(Grain.HOUR, 30)
    for floor, words in ((1, "once in 90 days"), (500, "money floor")):
        rule = records(floor=floor)
        memory = learned(rule, costs)
        past = past_at(rule, [*costs, 0], len(costs), MONDAY * 24, EPOCH)
        said = rule.verdict(memory, past, Bucket(cost=5_000 * DOLLAR))
        assert said.breach
        assert words in said.reason
        assert said.high < said.observed


def test_the_reason_is_told_in_numbers() -> None:
    costs = constant(Grain.HOUR, 30, 240)
    rule = records(floor=20)
    memory = learned(rule, costs)

    past = past_at(rule, [*costs, 0], len(costs), MONDAY * 24, EPOCH)
    said = rule.verdict(memory, past, Bucket(cost=412 * DOLLAR))

    assert said.reason == (
        "$412.00 in the last hour; expected $10.00; band to $30.00 (money floor); "
        "largest of 30 days $10.00"
    )
    assert (said.window, said.observed, said.expected) == (1, 412 * DOLLAR, 10 * DOLLAR)
    assert said.excess == 402 * DOLLAR


def test_the_money_floor_is_tripled_in_the_first_fortnight() -> None:
    rule, costs = records(floor=20), constant(Grain.HOUR, 16, 24)

    lived = steps(rule, costs)

    assert lived[14 * 24 - 1].ceiling == 61 * DOLLAR
    assert lived[14 * 24].ceiling == 21 * DOLLAR


@GRAINS
def test_between_the_ends_of_hours_a_minute_changes_nothing(grain: Grain) -> None:
    lived = steps(records(grain), office(grain, 3))

    changing = [step.past.at for step in lived if step.changed]

    assert all((at + 1) % (60 // grain.minutes) == 0 for at in changing)
    assert len(changing) == 72


def test_one_wild_hour_lifts_neither_the_profile_nor_blinds_the_limits() -> None:
    rule, costs = records(), constant(Grain.HOUR, 30, 240)
    calm = learned(rule, costs)
    wild = learned(rule, [*costs[:-24], 100_000 * DOLLAR, *costs[-23:]])

    noon = (MONDAY + 30) * 1440 + 30
    assert rule.usual(wild, noon) <= rule.usual(calm, noon) + DOLLAR // 60
    assert wild["limits"].longs[0] < 10 * calm["limits"].longs[0]


@GRAINS
def test_a_new_level_that_was_taught_is_no_breach_any_more(grain: Grain) -> None:
    rule, size = records(grain), day(grain)
    costs = office(grain, 21)
    level = [4 * cost for cost in office(grain, 29)[21 * size :]]
    memory = learned(rule, costs)
    taught = {**memory, **rule.taught(memory, level[: 7 * size])}
    all_costs = [*costs, *level]

    def breaches(memory: Memory) -> int:
        """On the day after a week of the new level."""
        ceilings = [
            rule.ceiling(memory, past_at(rule, all_costs, index, MONDAY * size, EPOCH))
            for index in range(28 * size, 29 * size)
        ]
        return sum(
            cost >= (room or 0) for cost, room in zip(all_costs[28 * size :], ceilings, strict=True)
        )

    assert breaches(memory) > size // 4
    assert breaches(taught) == 0


def test_teaching_keeps_the_number_of_days_and_changes_only_the_newest() -> None:
    rule, costs = records(), constant(Grain.HOUR, 20, 24)
    memory = learned(rule, costs)

    taught = rule.taught(memory, [5 * DOLLAR] * 30)

    assert taught["records.1"].longs == (*[DOLLAR] * 18, 5 * DOLLAR, 5 * DOLLAR)
    assert rule.taught({}, [DOLLAR]) == {}


def test_usual_spreads_the_hour_over_its_minutes() -> None:
    rule = records()
    memory = learned(rule, constant(Grain.HOUR, 10, 24 * 60))

    assert rule.usual(memory, (MONDAY + 10) * 1440 + 615) == DOLLAR
    assert rule.usual({}, MONDAY * 1440) == 0


def test_other_settings_that_memory_depends_on_make_another_version() -> None:
    assert records(once_in=90).version != records(once_in=120).version
    assert records(floor=20).version == records(floor=30).version
