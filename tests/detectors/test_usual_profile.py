"""What an hour usually costs, learnt hour by hour."""

from detectors import profile
from schemas.rules import Memory
from tests.detectors.detector_walk import DOLLAR, MONDAY

HOUR = MONDAY * 24
"""Monday, midnight."""


def weeks(costs: dict[int, int], count: int) -> Memory:
    """A memory of so many weeks in which hours of the week cost so much, others nothing."""
    memory: Memory = {}
    for hour in range(count * 168):
        memory = {**memory, **profile.learnt(memory, HOUR + hour, costs.get(hour % 168, 0))}
    return memory


def test_before_it_has_seen_anything_nothing_is_expected() -> None:
    assert profile.expected({}, HOUR) == 0
    assert profile.summed({}, MONDAY, MONDAY + 1) == (0,) * 25


def test_after_one_day_the_next_is_expected_to_be_like_it_even_if_it_is_the_weekend() -> None:
    friday = HOUR + 4 * 24
    memory = profile.learnt({}, friday + 10, DOLLAR)

    assert profile.expected(memory, friday + 24 + 10) == DOLLAR
    assert profile.expected(memory, friday + 3 * 24 + 10) == DOLLAR
    assert profile.expected(memory, friday + 24 + 11) == 0


def test_an_hour_of_the_week_that_differs_from_other_days_is_known_for_it() -> None:
    memory = weeks({10: 9 * DOLLAR, 34: DOLLAR, 58: DOLLAR, 82: DOLLAR, 106: DOLLAR}, 8)

    assert profile.expected(memory, HOUR + 10) > 7 * DOLLAR
    assert profile.expected(memory, HOUR + 34) < 2 * DOLLAR
    assert profile.expected(memory, HOUR + 5 * 24 + 10) == 0


def test_a_lasting_change_is_followed_within_weeks() -> None:
    memory = weeks({10: DOLLAR}, 4)
    for week in range(8):
        memory = {**memory, **profile.learnt(memory, HOUR + (week + 4) * 168 + 10, 3 * DOLLAR)}

    assert profile.expected(memory, HOUR + 10) > 2 * DOLLAR


def test_running_sums_add_up_the_hours_of_whole_days() -> None:
    memory = weeks({hour: hour * DOLLAR for hour in range(168)}, 3)

    sums = profile.summed(memory, MONDAY - 7, MONDAY + 1)

    assert len(sums) == 8 * 24 + 1
    for hour in range(8 * 24):
        expected = profile.expected(memory, HOUR - 168 + hour)
        assert sums[hour + 1] - sums[hour] == expected


def test_an_hour_changes_two_parts_of_a_day_each() -> None:
    memory = weeks({10: DOLLAR}, 2)

    changed = profile.learnt(memory, HOUR + 9, DOLLAR)

    assert set(changed) == {"week.0", "day.0"}
    assert all(len(part.longs) == len(part.doubles) == 24 for part in changed.values())
