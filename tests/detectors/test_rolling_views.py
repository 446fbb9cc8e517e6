"""Running sums and what is made of them, against loops over the rows."""

from collections.abc import Sequence
from math import exp, fsum, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.falls import Falls
from detectors.rhythm import Rhythm, slots
from detectors.rolling import LEAST_ACTIVE, Rolling
from detectors.tails import Floats, Ints

costs = st.lists(st.just(0.0) | st.floats(1e-3, 1e6), min_size=1, max_size=60)
windows = st.integers(1, 12)


def ends(rows: Sequence[float]) -> Ints:
    return np.arange(len(rows)) + 1


@given(rows=costs, window=windows)
def test_windows_hold_what_their_rows_cost(rows: list[float], window: int) -> None:
    found = Rolling(np.array(rows)).sums(ends(rows), np.array([window]))[:, 0]
    for at in range(len(rows)):
        held = fsum(rows[max(0, at + 1 - window) : at + 1])
        assert found[at] == pytest.approx(held, rel=1e-9, abs=1e-6)


@given(rows=costs, window=windows)
def test_bodies_are_the_least_and_the_geometric_mean(rows: list[float], window: int) -> None:
    rolling = Rolling(np.array(rows))
    asked = ends(rows), np.array([window])
    [least], [mean] = rolling.least(*asked).T, rolling.geometric(*asked).T
    for at in range(len(rows)):
        held = rows[max(0, at + 1 - window) : at + 1]
        active = [cost for cost in held if cost]
        assert least[at] == (min(held) if at + 1 >= window else 0)
        geometric = exp(fsum(map(log, active)) / len(active)) if len(active) >= LEAST_ACTIVE else 0
        assert mean[at] == pytest.approx(geometric, rel=1e-9)


def test_hours_of_the_week_begin_on_monday() -> None:
    monday = 20458 * 24
    assert slots(np.array([monday, monday + 25, monday + 168 - 1])).tolist() == [0, 25, 167]


def test_a_rhythm_knows_working_days_from_weekends() -> None:
    rhythm = Rhythm.blank()
    for day in range(7):
        hours = np.arange(24) + 24 * day
        rhythm = rhythm.and_then(hours, np.full(24, 5.0 if day < 5 else 1.0))
    usual = rhythm.usual(level=9.0)
    assert usual[:120] == pytest.approx(np.full(120, 5.0))
    assert usual[120:] == pytest.approx(np.full(48, 1.0))


def test_before_it_knows_anything_the_level_is_usual_and_then_the_other_kind_of_day() -> None:
    rhythm = Rhythm.blank()
    assert (rhythm.usual(level=9.0) == 9).all()
    rhythm = rhythm.and_then(np.arange(24), np.full(24, 5.0))
    assert rhythm.usual(level=9.0) == pytest.approx(np.full(168, 5.0))


def test_rows_of_one_hour_count_as_their_mean() -> None:
    rhythm = Rhythm.blank()
    rhythm = rhythm.and_then(np.array([3, 3, 3, 3]), np.array([1.0, 2.0, 3.0, 6.0]))
    assert rhythm.usual(level=0.0)[3] == pytest.approx(3)


def lived(falls: Falls, day: int, costs: Sequence[float] | Floats) -> tuple[Falls, list[float]]:
    """A day more of a series whose level is 1, and the CUSUM after each of its hours."""
    slots, hours = np.arange(24) + day % 7 * 24, np.array(costs)
    known = falls.coming(slots, level=1.0)
    later, sums = falls.and_then(slots, hours, known)
    assert known.sums(known.residuals(hours[:7])).tolist() == sums[:7].tolist()
    return later, sums.tolist()


def test_a_cusum_of_falls_is_that_of_the_formula() -> None:
    rng = np.random.default_rng(1)
    falls = Falls.none()
    sums: list[float] = []
    costs = rng.gamma(20, 0.05, 42 * 24)
    costs[38 * 24 :] *= 0.3
    for day in range(42):
        falls, more = lived(falls, day, costs[24 * day : 24 * day + 24])
        sums += more
    assert max(sums[21 * 24 : 38 * 24]) < 31.25 < sums[-1]
    steps = np.diff(sums[38 * 24 :])
    assert (steps <= 5 - 0.5 + 1e-9).all() and steps.mean() > 1


def test_silence_is_a_fall_and_more_than_usual_is_none() -> None:
    falls = Falls.none()
    for day in range(28):
        falls, _ = lived(falls, day, 1 + np.arange(24) * (day + 3) % 5 / 50)
    dear, sums = lived(falls, 28, [9.0] * 24)
    assert sums[-1] == 0
    assert lived(dear, 29, [0.0] * 24)[1][-1] > 31.25
