"""What holds of the scores of a plain series, however they are come by."""

from collections.abc import Collection, Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detectors import scoring
from detectors.scoring import DOWN_DAYS, FORMS, LEVELS, RECORDS, UP_DAYS, scored
from detectors.verdicts import Scored
from schemas.moments import HOUR_MINUTES, MINUTE, TICK

HOUR = HOUR_MINUTES * MINUTE
START = 1_793_000_000_000_000
DAY = timedelta(days=1) // TICK
FIELDS = ("expected", "low", "high", "up", "down")

Rows = Sequence[tuple[int, float]]
numbers = st.one_of(
    st.just(0.0), st.floats(-1e15, 1e15), st.sampled_from([1.0, -1.0, 1e30, -1e30, 5e-324])
)
spacings = st.sampled_from([HOUR, HOUR, HOUR, 0, 1, DAY, 40 * DAY, -HOUR, 5 * MINUTE])
everies = st.sampled_from([5 * MINUTE, HOUR, DAY])
ways = st.sampled_from([FORMS, (RECORDS,), (LEVELS,)])


@st.composite
def series(draw: st.DrawFn) -> Rows:
    """Stretches of rows: constant, zero or wild, evenly spaced or with gaps, repeats and jumps."""
    time, rows = START, []
    for _ in range(draw(st.integers(0, 4))):
        value, spacing = draw(numbers), draw(spacings)
        for wild in draw(st.lists(st.none() | numbers, min_size=1, max_size=60)):
            rows.append((time, value if wild is None else wild))
            time += spacing
    return rows


def scores(rows: Rows, every: int = HOUR, forms: Collection[str] = FORMS) -> Scored:
    times, values = zip(*rows, strict=True) if rows else ((), ())
    return scored(
        np.array(times, dtype=np.int64), np.array(values, dtype=np.float64), every, forms
    )  # fmt: skip


def days(value: float, count: int) -> Rows:
    """Hours of a day's rhythm about a value, a little different from day to day."""
    return [
        (START + hour * HOUR, value * (1 + hour % 24 / 24) * (1 + hour * 37 % 11 / 100))
        for hour in range(24 * count)
    ]


@given(rows=series(), every=everies, forms=ways, data=st.data())
def test_a_row_never_sees_the_rows_after_it(
    rows: Rows, every: int, forms: Collection[str], data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, len(rows)))
    whole, part = scores(rows, every, forms), scores(rows[:count], every, forms)
    for name in FIELDS:
        assert np.array_equal(getattr(whole, name)[:count], getattr(part, name)), name


@given(rows=series(), every=everies, at_once=st.sampled_from([1, 30, 100]))
@example(rows=days(3.0, 70), every=HOUR, at_once=1)
def test_days_say_together_what_they_say_alone(rows: Rows, every: int, at_once: int) -> None:
    together = scores(rows, every, (RECORDS,))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scoring, "AT_ONCE", at_once)
        alone = scores(rows, every, (RECORDS,))
    for name in FIELDS:
        assert np.array_equal(getattr(together, name), getattr(alone, name)), name


@given(rows=series(), every=everies, forms=ways)
@example(rows=[], every=HOUR, forms=FORMS)
@example(rows=[(START, 1e15)], every=HOUR, forms=FORMS)
@example(rows=[(START, 7.0)] * 100, every=HOUR, forms=FORMS)
@example(
    rows=[(START + hour * HOUR, 0.0) for hour in range(240)] + [(START, 1e15)],
    every=HOUR,
    forms=FORMS,
)
@example(rows=[*days(5e-324, 20), (START + 480 * HOUR, 1e15)], every=HOUR, forms=FORMS)
@example(rows=[*days(-1e15, 20), (START + 480 * HOUR, 1e15)], every=HOUR, forms=FORMS)
@example(rows=[(START + day * DAY, float(day)) for day in range(90)], every=DAY, forms=FORMS)
def test_every_row_has_its_numbers_and_all_are_finite(
    rows: Rows, every: int, forms: Collection[str]
) -> None:
    found = scores(rows, every, forms)
    for name in FIELDS:
        column = getattr(found, name)
        assert column.dtype == np.float64 and column.shape == (len(rows),), name
        assert np.isfinite(column).all(), name
    assert (found.low <= found.high).all()
    assert (found.up >= 0).all() and (found.down >= 0).all()


@given(rows=series(), every=everies)
def test_the_same_series_has_the_same_scores_and_stays_as_it_was(rows: Rows, every: int) -> None:
    times = np.array([time for time, _ in rows], dtype=np.int64)
    values = np.array([value for _, value in rows], dtype=np.float64)
    times.flags.writeable = values.flags.writeable = False
    first, again = scored(times, values, every), scored(times, values, every)
    assert all(np.array_equal(getattr(first, name), getattr(again, name)) for name in FIELDS)


@pytest.mark.parametrize("value", [0.0, 5.0, -5.0, 1e15])
def test_of_a_constant_series_nothing_is_said(value: float) -> None:
    found = scores([(START + hour * HOUR, value) for hour in range(24 * 30)])
    assert not found.up.any() and not found.down.any()


@pytest.mark.parametrize("value", [0.01, 5.0, 1e9])
def test_a_wild_hour_is_found_upwards_and_not_before_it_comes(value: float) -> None:
    usual = days(value, 28)
    found = scores([*usual, (START + len(usual) * HOUR, 50 * value)])
    assert found.up[-1] >= UP_DAYS and found.down[-1] < DOWN_DAYS
    assert found.up[24 * 7 : -1].max() < UP_DAYS
    assert 50 * value > found.high[-1]


def office(weeks: int) -> np.ndarray:
    """Hourly dollars of a working week, a little different each day."""
    hour = np.arange(weeks * 168)
    bump = np.exp(-0.5 * ((hour % 24 - 13.5) / 3.6) ** 4)
    usual = np.where(hour // 24 % 7 < 5, np.maximum(bump, 0.05), 0.05)
    return usual * (1 + hour * 37 % 11 / 50 + hour // 24 * 13 % 7 / 50)


MONDAY = 1_767_571_200_000_000
"""2026-01-05, microseconds since 1970."""


def scored_from_monday(costs: np.ndarray) -> Scored:
    return scored(MONDAY + HOUR * np.arange(len(costs), dtype=np.int64), costs, HOUR)


def first(found: np.ndarray, start: int) -> int | None:
    """Hours after `start` at which it was found."""
    rows = np.flatnonzero(found[start:])
    return int(rows[0]) if len(rows) else None


def test_a_loop_that_burns_at_night_is_found_though_days_are_dearer() -> None:
    costs = office(6)
    start = 5 * 168 + 26
    costs[start : start + 8] += 0.6
    found = scored_from_monday(costs)
    hours = first(found.up >= UP_DAYS, start)
    assert hours is not None and hours < 8
    assert not (found.up[4 * 168 : start] >= UP_DAYS).any()


def test_a_loop_is_found_under_the_spikes_of_a_wild_series() -> None:
    rng = np.random.default_rng(7)
    costs = 0.02 * rng.gamma(2, 0.5, 6 * 168)
    costs[rng.integers(0, 6 * 168, 120)] += 5 * rng.pareto(2.2, 120)
    start = 5 * 168 + 30
    quiet = scored_from_monday(costs)
    costs[start : start + 9] += 1.0
    found = scored_from_monday(costs)
    assert found.up[start + 8] >= UP_DAYS > quiet.up[start + 8]


def test_a_months_end_hides_no_overrun_before_the_next_and_is_expected_then() -> None:
    costs = office(8)
    for end in (24, 54):
        costs[end * 24 : (end + 3) * 24] *= 3
    assert not (scored_from_monday(costs).up[35 * 24 :] >= UP_DAYS).any()
    start = 42 * 24 + 10
    costs[start : 49 * 24] *= 2
    hours = first(scored_from_monday(costs).up >= UP_DAYS, start)
    assert hours is not None and hours < 48


def test_silence_is_found_downwards_and_a_weekend_is_none() -> None:
    costs = office(6)
    assert not (scored_from_monday(costs).down[3 * 168 :] >= DOWN_DAYS).any()
    start = 5 * 168 + 24
    costs[start:] = 0
    hours = first(scored_from_monday(costs).down >= DOWN_DAYS, start)
    assert hours is not None and hours < 72


def test_a_row_that_only_follows_a_spike_is_no_finding_of_its_own() -> None:
    costs = office(6)
    costs[5 * 168 + 36] = 30
    found = scored_from_monday(costs)
    after = slice(5 * 168 + 37, None)
    itself = costs[after] > found.expected[after]
    assert found.up[5 * 168 + 36] >= UP_DAYS
    assert not found.up[after][~itself].any()


def test_windows_that_are_full_of_what_is_over_say_nothing() -> None:
    drawn = np.random.default_rng(4)
    start, end = 50 * 24 + 4, 50 * 24 + 12
    late = []
    for _ in range(12):
        usual = drawn.lognormal(0, 0.2, (60, 24)) * np.linspace(1, 2, 24)
        values = usual.ravel()
        values[start:end] *= 5
        up = scores([(START + hour * HOUR, cost) for hour, cost in enumerate(values)]).up
        assert (up[start:end] >= UP_DAYS).any()
        late += np.flatnonzero(up[end + 3 : end + 48] >= UP_DAYS).tolist()
    assert len(late) <= 2  # an hour of noise may be as far over as all of it


@pytest.mark.parametrize("size", [1e3, 1e4, 1e15])
def test_one_wild_hour_is_no_new_level_of_the_hours_after_it(size: float) -> None:
    drawn = np.random.default_rng(5)
    values = drawn.lognormal(0, 0.2, 60 * 24)
    values[42 * 24 + 16] = size
    up = scores([(START + hour * HOUR, cost) for hour, cost in enumerate(values)]).up
    assert up[42 * 24 + 16] > UP_DAYS
    assert not (up[42 * 24 + 20 : 45 * 24] >= UP_DAYS).any()
