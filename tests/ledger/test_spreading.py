from datetime import UTC, datetime
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.spreading import Stretches, counted, spread, stretches
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, MINUTE, SECOND, micros, minute_of

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
HOUR = HOUR_MINUTES * MINUTE
Span = tuple[int, int, int, int]
"""Start, how long it is, the length of a stretch in minutes, and the amount."""

starts = st.integers(0, 2 * 10**15)
spans = st.tuples(
    starts,
    st.one_of(st.integers(0, 10**10), st.integers(0, 400 * DAY_MINUTES).map(MINUTE.__mul__)),
    st.sampled_from([1, HOUR_MINUTES]),
    st.one_of(st.integers(0, 9 * 10**15), st.integers(0, 10**4)),
).filter(lambda span: span[1] // (span[2] * MINUTE) < 1000)


def cut(*given: Span) -> Stretches:
    """The stretches of all spans."""
    start, length, minutes, _ = np.array(given, dtype=np.int64).reshape(-1, 4).T
    return stretches(start, start + length, minutes * MINUTE)


def parts(*given: Span) -> list[list[int]]:
    """The parts of each amount."""
    over = cut(*given)
    found = spread(np.array([span[3] for span in given], dtype=np.int64), over)
    return [found[over.of == index].tolist() for index in range(len(given))]


def one_by_one(start: int, length: int, minutes: int, total: int) -> list[int]:
    """The same of one span, in Python's own numbers."""
    if not length:
        return [total]
    long, end = minutes * MINUTE, start + length
    edges = range(start - start % long, end, long)
    weights = [min(end, at + long) - max(start, at) for at in edges]
    running = [total * weight // length for weight in accumulate(weights, initial=0)]
    return [after - before for before, after in pairwise(running)]


@given(st.lists(spans, max_size=5))
def test_columns_say_what_each_span_says_alone(given: list[Span]) -> None:
    assert parts(*given) == [one_by_one(*span) for span in given]


@given(spans)
def test_parts_sum_to_the_total_and_none_is_negative(span: Span) -> None:
    [found] = parts(span)
    assert sum(found) == span[3] and min(found) >= 0


@given(spans)
def test_each_part_is_its_share_to_within_one(span: Span) -> None:
    over = cut(span)
    passed = over.passed.tolist()
    shares = zip(parts(span)[0], passed, [0, *passed[:-1]], over.whole.tolist(), strict=True)
    for part, after, before, whole in shares:
        assert abs(part * whole - span[3] * (after - before)) < whole


@given(starts, st.integers(1, 200_000))
def test_minutes_cover_the_time_and_no_more(start: int, seconds: int) -> None:
    over = cut((start, seconds * SECOND, 1, 0))
    first = start // MINUTE
    assert over.minute.tolist() == list(range(first, first + len(over.of)))
    assert over.first.tolist() == [True] + [False] * (len(over.of) - 1)
    assert over.passed[-1] == over.whole[-1]
    assert (np.diff(over.passed) > 0).all()


@given(starts, st.integers(1, 400 * DAY_MINUTES * MINUTE))
def test_hours_cover_the_period_and_no_more(start: int, length: int) -> None:
    over = cut((start, length, HOUR_MINUTES, 0))
    first = int(over.minute[0])
    assert first <= start // MINUTE < first + HOUR_MINUTES
    assert over.minute.tolist() == [first + HOUR_MINUTES * i for i in range(len(over.of))]
    assert over.passed[-1] == over.whole[-1]
    assert (over.minute % HOUR_MINUTES == 0).all()


@given(st.lists(spans, max_size=5))
def test_stretches_are_counted_before_they_are_cut(given: list[Span]) -> None:
    start, length, minutes, _ = np.array(given, dtype=np.int64).reshape(-1, 4).T
    count = counted(start, start + length, minutes * MINUTE)
    assert count.tolist() == np.bincount(cut(*given).of, minlength=len(given)).tolist()


def test_a_moment_falls_into_its_minute() -> None:
    span = (micros(NOON) + 59 * SECOND, 0, 1, 7)
    assert (cut(span).minute.tolist(), parts(span)) == ([minute_of(NOON)], [[7]])


def test_time_that_ends_with_a_minute_does_not_touch_the_next() -> None:
    assert cut((micros(NOON) + 30 * SECOND, 30 * SECOND, 1, 0)).minute.tolist() == [minute_of(NOON)]


def test_a_seat_of_november_costs_the_same_every_day_to_within_a_nano_dollar() -> None:
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    [hours] = parts((micros(start), micros(end) - micros(start), HOUR_MINUTES, 19_000_000_000))
    days = [sum(hours[at : at + 24]) for at in range(0, len(hours), 24)]
    assert len(days) == 30 and sum(days) == 19_000_000_000
    assert set(days) == {633_333_333, 633_333_334}


def test_a_seat_bought_at_noon_pays_half_of_its_first_day() -> None:
    start, end = micros(NOON), micros(NOON.replace(day=6, hour=0))
    [hours] = parts((start, end - start, HOUR_MINUTES, 10_000_000_000))
    assert sum(hours[:12]) == 2_000_000_000
    assert sum(hours[12:36]) == sum(hours[36:]) == 4_000_000_000


def test_a_period_that_ends_before_its_start_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        cut((micros(NOON), -1, 1, 0))
