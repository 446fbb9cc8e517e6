from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.spreading import gpu_minutes, seat_hours, spread
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, MINUTE, SECOND, micros, minute_of

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
totals = st.integers(-(10**19), 10**19)
weights = st.lists(st.integers(0, 10**15), min_size=1, max_size=50).filter(any)
starts = st.integers(0, 2 * 10**15)


@given(totals, weights)
def test_parts_sum_to_the_total(total: int, weights: list[int]) -> None:
    assert sum(spread(total, weights)) == total


@given(totals, weights)
def test_each_part_is_its_share_to_within_one(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    for part, weight in zip(spread(total, weights), weights, strict=True):
        assert abs(part * whole - total * weight) < whole


@given(totals, weights)
def test_a_reversal_undoes_each_part(total: int, weights: list[int]) -> None:
    assert spread(-total, weights) == [-part for part in spread(total, weights)]


@given(totals, weights)
def test_what_weighs_nothing_gets_nothing(total: int, weights: list[int]) -> None:
    parts = spread(total, [0, *weights, 0])
    assert parts[0] == parts[-1] == 0


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_mean_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        spread(1, weights)


@given(starts, st.integers(1, 200_000))
def test_gpu_minutes_cover_the_time_and_no_more(start: int, duration: int) -> None:
    minutes = gpu_minutes(start, duration)
    assert sum(weight for _, weight in minutes) == duration * SECOND
    first = start // MINUTE
    assert [minute for minute, _ in minutes] == list(range(first, first + len(minutes)))
    assert all(0 < weight <= MINUTE for _, weight in minutes)
    assert minutes[0][1] == min(duration * SECOND, MINUTE - start % MINUTE)


def test_gpu_time_without_a_duration_falls_into_its_minute() -> None:
    assert gpu_minutes(micros(NOON) + 59 * SECOND, 0) == [(minute_of(NOON), 1)]


def test_gpu_time_that_ends_with_a_minute_does_not_touch_the_next() -> None:
    assert gpu_minutes(micros(NOON) + 30 * SECOND, 30) == [(minute_of(NOON), 30 * SECOND)]


@given(starts, st.integers(1, 400 * DAY_MINUTES * MINUTE))
def test_seat_hours_cover_the_period_and_no_more(start: int, length: int) -> None:
    hours = seat_hours(start, start + length)
    first = hours[0][0]
    assert sum(weight for _, weight in hours) == length
    assert first <= start // MINUTE < first + HOUR_MINUTES
    assert [hour for hour, _ in hours] == [first + HOUR_MINUTES * i for i in range(len(hours))]
    assert all(hour % HOUR_MINUTES == 0 < weight <= HOUR_MINUTES * MINUTE for hour, weight in hours)


def test_a_seat_of_november_costs_the_same_every_day_to_within_a_nano_dollar() -> None:
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    hours = seat_hours(micros(start), micros(end))
    parts = spread(19_000_000_000, [weight for _, weight in hours])
    days = [sum(parts[at : at + 24]) for at in range(0, len(parts), 24)]
    assert len(days) == 30 and sum(days) == 19_000_000_000
    assert set(days) == {633_333_333, 633_333_334}


def test_a_seat_bought_at_noon_pays_half_of_its_first_day() -> None:
    start, end = micros(NOON), micros(NOON.replace(day=6, hour=0))
    parts = spread(10_000_000_000, [weight for _, weight in seat_hours(start, end)])
    assert sum(parts[:12]) == 2_000_000_000
    assert sum(parts[12:36]) == sum(parts[36:]) == 4_000_000_000


@pytest.mark.parametrize("length", [0, -1])
def test_a_period_that_does_not_end_after_its_start_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="period"):
        seat_hours(micros(NOON), micros(NOON) + length)
