"""Forecasts of a month's end, held against months whose end is known."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.forecasts import WEEK, Basis, forecast

HOUR = 60
DAY = 24
FIRST = 2973 * WEEK
"""The hour since 1970 at which the known hours begin."""

CENT = 10_000_000


def week(seed: int) -> list[int]:
    """The hours of a week, in nano-dollars that a minute divides."""
    random = Random(seed)
    return [HOUR * random.randrange(10**9) for _ in range(WEEK)]


@settings(max_examples=50)
@given(
    seed=st.integers(0, 10**6),
    known=st.integers(WEEK, 5 * WEEK),
    left=st.integers(1, 31 * DAY * HOUR),
    spent=st.integers(0, 10**15),
)
def test_on_a_series_that_repeats_each_week_it_is_exact(
    seed: int, known: int, left: int, spent: int
) -> None:
    hours = week(seed)
    now = (FIRST + known) * HOUR
    past = [hours[at % WEEK] for at in range(known)]
    to_come = sum(
        hours[(minute // HOUR - FIRST) % WEEK] // HOUR for minute in range(now, now + left)
    )

    found = forecast(past, spent, now, now + left)

    assert found.expected == spent + to_come
    assert found.basis is Basis.PROFILE
    if known >= 2 * WEEK:
        assert found.low == found.high == found.expected


def test_less_than_a_week_goes_on_at_its_mean_rate() -> None:
    found = forecast([6 * CENT, 0, 3 * CENT], 9 * CENT, 180, 180 + 90)

    assert found.expected == 9 * CENT + 3 * CENT * 90 // HOUR
    assert found.basis is Basis.RATE


def test_an_hour_that_is_cut_counts_for_its_minutes() -> None:
    hours = week(3)
    now = (FIRST + WEEK) * HOUR + 20

    found = forecast(hours, 0, now, now + 50)

    assert found.expected == hours[0] * 40 // HOUR + hours[1] * 10 // HOUR


def test_a_lone_hour_may_be_followed_by_nothing_or_by_twice_as_much() -> None:
    found = forecast([6 * CENT], 6 * CENT, 60, 180)

    assert (found.low, found.expected, found.high) == (6 * CENT, 18 * CENT, 30 * CENT)


def test_of_nothing_known_it_says_what_is_spent() -> None:
    found = forecast([], 5 * CENT, 0, 600)

    assert (found.low, found.expected, found.high) == (5 * CENT, 5 * CENT, 5 * CENT)
    assert found.basis is Basis.NOTHING


def test_when_the_month_is_over_it_is_what_was_spent() -> None:
    found = forecast(week(1), 5 * CENT, 600, 600)

    assert (found.low, found.expected, found.high) == (5 * CENT, 5 * CENT, 5 * CENT)
    assert found.basis is Basis.ENDED


costs = st.lists(st.integers(0, 10**13), min_size=1, max_size=60)


@given(
    costs=costs,
    spent=st.integers(0, 10**15),
    now=st.integers(10**6, 10**8),
    left=st.integers(0, 44_640),
)
def test_the_band_holds_the_forecast_and_never_less_than_is_spent(
    costs: list[int], spent: int, now: int, left: int
) -> None:
    found = forecast(costs, spent, now, now + left)

    assert spent <= found.low <= found.expected <= found.high
    assert forecast(costs, spent + 7, now, now + left).expected == found.expected + 7


def test_what_lies_more_than_four_weeks_back_says_nothing() -> None:
    recent = week(4) + week(5) + week(6) + week(7)
    now = FIRST * HOUR

    assert forecast(recent, 0, now, now + 9999) == forecast(week(8) + recent, 0, now, now + 9999)


def months(noise: str, seed: int, known: int) -> tuple[list[int], list[int]]:
    """Hours before a forecast and after it: office hours with noise on each hour, day or week."""
    random = Random(seed)
    wild = {"hour": (0.6, 0.0, 0.0), "day": (0.6, 0.3, 0.0), "week": (0.6, 0.0, 0.2)}[noise]
    start = random.randrange(WEEK)
    hours, day, level = [], 0.0, 0.0
    for at in range(start, start + known + 20 * DAY):
        if at % DAY == 0 or at == start:
            day = random.gauss(0, wild[1])
        if at % WEEK == 0 or at == start:
            level = random.gauss(0, wild[2])
        busy = 10 if at % WEEK < 5 * DAY and 8 <= at % DAY < 19 else 1
        hours.append(int(busy * CENT * random.lognormvariate(day + level, wild[0])))
    return hours[:known], hours[known:]


def covered(noise: str, known: int, trials: int = 150) -> float:
    """How often the truth lay in the band."""
    hits = 0
    for seed in range(trials):
        before, after = months(noise, seed, known)
        found = forecast(before, 0, known * HOUR, (known + len(after)) * HOUR)
        hits += found.low <= sum(after) <= found.high
    return hits / trials


@pytest.mark.parametrize("noise", ["hour", "day", "week"])
@pytest.mark.parametrize("known", [2 * WEEK, 4 * WEEK])
def test_eight_truths_in_ten_lie_in_the_band(noise: str, known: int) -> None:
    assert 0.70 <= covered(noise, known) <= 0.90


def test_a_profile_errs_by_a_quarter_less_than_a_straight_line_over_three_days() -> None:
    profile, line = 0, 0
    for seed in range(100):
        before, after = months("day", seed, 4 * WEEK)
        now, truth = 4 * WEEK * HOUR, sum(after[: 3 * DAY])
        profile += abs(forecast(before, 0, now, now + 3 * DAY * HOUR).expected - truth)
        line += abs(sum(before) * 3 * DAY // len(before) - truth)

    assert 4 * profile < 3 * line
