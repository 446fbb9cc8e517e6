"""Block records of minutes, on series whose overruns are known."""

from math import ceil
from operator import lt

import pytest

from detectors import profile
from detectors.minute_records import MinuteRecords
from detectors.records import RecordsSettings
from schemas.rules import Grain, Memory
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

DAY = 1440


def records(floor: int = 1, once_in: int = 90) -> MinuteRecords:
    """The detector with such settings."""
    text = {"name": "jumps", "series": "*", "once_in_days": once_in, "floor_usd": floor}
    rule = RecordsSettings.model_validate({**text, "grain": "minute"}).rule("application:chat")
    assert isinstance(rule, MinuteRecords)
    return rule


def steps(rule: MinuteRecords, costs: list[int], first: int = -1) -> list[Step]:
    return list(walk(rule, costs, first=first))


def constant(days: int, dollars: int) -> list[int]:
    """Every minute alike, `dollars` a day."""
    return [dollars * DOLLAR // DAY] * (days * DAY)


def minutes(days: int) -> list[int]:
    """A series with a daily rhythm."""
    return office(Grain.MINUTE, days)


def test_it_only_learns_until_the_first_midnight() -> None:
    rule, size = records(), DAY

    lived = steps(rule, constant(2, 24))

    assert [step.ceiling for step in lived[:size]] == [None] * size
    assert all(step.ceiling is not None for step in lived[size:])
    assert rule.learning_until(lived[0].memory, lived[0].past) == (MONDAY + 1) * size
    assert rule.learning_until(lived[size].memory, lived[size].past) is None
    assert lived[0].verdict.reason == "still learning"


def test_a_first_day_of_less_than_twelve_hours_is_joined_with_the_second() -> None:
    rule, size = records(), DAY
    first = MONDAY * size + size // 2 + 1

    lived = steps(rule, constant(3, 24), first)

    begun = next(step for step in lived if step.ceiling is not None)
    assert begun.past.at == (MONDAY + 2) * size
    assert rule.learning_until(lived[0].memory, lived[0].past) == begun.past.at
    assert len(begun.memory["records.60"].longs) == 1


def test_the_ceiling_is_the_least_that_any_window_leaves() -> None:
    rule, costs = records(), minutes(15)
    memory, index = learned(rule, costs), len(costs) - 1

    past = past_at(rule, costs, index, MONDAY * DAY, EPOCH)
    ceiling = rule.ceiling(memory, past)

    rooms = []
    level, *most = memory["ratio.limits"].doubles
    times = {15: most[0], 60: most[1]}
    for place, window in enumerate(rule.shape.windows):
        held = sum(costs[max(0, index - window + 1) : index])
        usual = rule._expected(memory, past.at)[place]
        limit, offset = memory["limits"].longs[place], 0.5 * level * window**0.5
        if window in times:
            limit = min(limit, ceil(times[window] * (usual + offset) - offset))
        rooms.append(max(limit, usual + DOLLAR) - held)
    assert ceiling == min(rooms)


def test_a_window_that_straddles_midnight_counts_in_both_days() -> None:
    rule, costs = records(), [0] * (3 * DAY)
    costs[DAY - 1], costs[DAY] = 3 * DOLLAR, 4 * DOLLAR

    memory = learned(rule, costs)

    for window in (5, 15, 60):
        assert memory[f"records.{window}"].longs == (3 * DOLLAR, 7 * DOLLAR, 0)


def test_records_are_the_largest_sums_of_each_day() -> None:
    rule, size, costs = records(), DAY, minutes(3)

    memory = learned(rule, costs)

    for window in rule.shape.windows:
        for number in range(3):
            ends = range(number * size + 1, (number + 1) * size + 1)
            most = max(sum(costs[max(0, end - window) : end]) for end in ends)
            assert memory[f"records.{window}"].longs[number] == most


def test_ratios_are_those_of_each_minutes_window_to_what_is_usual() -> None:
    rule, costs = records(), minutes(9)
    memory = learned(rule, costs)
    before = learned(rule, costs[: 8 * DAY])
    level = before["ratio.limits"].doubles[0]

    for window in (15, 60):
        assert len(memory[f"ratio.{window}"].doubles) == 9 - 3
        offset = 0.5 * level * window**0.5
        largest = 0.0
        for at in range(8 * DAY, 9 * DAY):
            usual = sum(
                profile.expected(before, (MONDAY * DAY + minute) // 60) / 60
                for minute in range(at - window + 1, at + 1)
            )
            held = sum(costs[at - window + 1 : at + 1])
            largest = max(largest, (held + offset) / (usual + offset))
        assert memory[f"ratio.{window}"].doubles[-1] == pytest.approx(largest, rel=1e-6)


def test_a_loop_at_night_is_found_by_what_nights_usually_cost() -> None:
    rule, costs = records(floor=0), minutes(22)
    start = 21 * DAY + 5 * 60 + 30  # about an office's cheapest hour
    loop = [2 * cost if at >= start else cost for at, cost in enumerate(costs)]

    found = [at for at, step in enumerate(steps(rule, loop)) if step.verdict.breach]

    assert not any(step.verdict.breach for step in steps(rule, costs))
    assert start <= found[0] < start + 30
    said = steps(rule, loop)[found[0]].verdict
    assert "times the usual" in said.reason
    assert said.observed < max(learned(rule, costs)[f"records.{said.window}"].longs)


def test_only_the_last_56_days_are_remembered() -> None:
    memory = learned(records(), [*constant(1, 1_440_000), *constant(58, 1_440)])

    assert len(memory["records.5"].longs) == 56
    assert max(memory["records.5"].longs) == 5 * DOLLAR


def test_a_lower_limit_or_the_money_floor_decides_and_the_reason_says_which() -> None:
    costs = minutes(30)
    for floor, words in ((0, "once in 90 days"), (500, "money floor")):
        rule = records(floor=floor)
        memory = learned(rule, costs)
        past = past_at(rule, [*costs, 0], len(costs), MONDAY * DAY, EPOCH)
        said = rule.verdict(memory, past, Bucket(cost=5_000 * DOLLAR))
        assert said.breach
        assert words in said.reason
        assert said.high < said.observed


def test_the_reason_is_told_in_numbers() -> None:
    costs = constant(30, 1_440)
    rule = records(floor=20)
    memory = learned(rule, costs)

    past = past_at(rule, [*costs, 0], len(costs), MONDAY * DAY, EPOCH)
    said = rule.verdict(memory, past, Bucket(cost=412 * DOLLAR))

    assert said.reason == (
        "$416.00 in the last 5 minutes; expected $5.00; band to $25.00 (money floor); "
        "largest of 30 days $5.00"
    )
    assert (said.window, said.observed, said.expected) == (5, 416 * DOLLAR, 5 * DOLLAR)
    assert said.excess == 411 * DOLLAR


def test_the_money_floor_is_tripled_in_the_first_fortnight() -> None:
    rule, costs = records(floor=20), constant(16, 1_440)

    lived = steps(rule, costs)

    assert lived[14 * DAY - 1].ceiling == 61 * DOLLAR
    assert lived[14 * DAY].ceiling == 21 * DOLLAR


def test_between_the_ends_of_hours_a_minute_changes_nothing() -> None:
    lived = steps(records(), minutes(3))

    changing = [step.past.at for step in lived if step.changed]

    assert all((at + 1) % (60 // 1) == 0 for at in changing)
    assert len(changing) == 72


def test_one_wild_hour_lifts_neither_the_profile_nor_blinds_the_limits() -> None:
    rule, costs = records(), constant(30, 240)
    calm = learned(rule, costs)
    wild = learned(rule, [*costs[:-24], 100_000 * DOLLAR, *costs[-23:]])

    noon = (MONDAY + 30) * 1440 + 30
    assert rule.usual(wild, noon) <= rule.usual(calm, noon) + DOLLAR // 60
    assert wild["limits"].longs[0] < 10 * calm["limits"].longs[0]


def test_a_new_level_that_was_taught_is_no_breach_any_more() -> None:
    rule, size = records(), DAY
    costs = minutes(21)
    level = [4 * cost for cost in minutes(29)[21 * size :]]
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
    rule, costs = records(), constant(20, 1_440)
    memory = learned(rule, costs)

    taught = rule.taught(memory, [5 * DOLLAR] * 1_500)

    assert taught["records.60"].longs == (*[60 * DOLLAR] * 18, 300 * DOLLAR, 300 * DOLLAR)
    assert rule.taught({}, [DOLLAR]) == {}


def test_usual_spreads_the_hour_over_its_minutes() -> None:
    rule = records()
    memory = learned(rule, constant(10, 24 * 60))

    assert rule.usual(memory, (MONDAY + 10) * 1440 + 615) == DOLLAR
    assert rule.usual({}, MONDAY * 1440) == 0


def test_another_once_in_keeps_what_was_learnt_and_counts_from_the_next_midnight() -> None:
    often, seldom, costs = records(once_in=90), records(once_in=900), minutes(20)
    memory = learned(often, costs)

    later = learned(seldom, costs)

    assert often.version == seldom.version
    assert {part: memory[part] for part in memory if "limits" not in part} == {
        part: later[part] for part in later if "limits" not in part
    }
    assert all(map(lt, memory["limits"].longs, later["limits"].longs))
