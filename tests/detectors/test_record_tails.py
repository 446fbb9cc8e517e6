"""The price of records in columns, against what price.py says of one window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import price
from detectors.tails import ABSENT, FARTHEST_TIMES, tails

amounts = st.floats(1e-3, 1e9)
records = st.lists(amounts, min_size=1, max_size=56)


def one(days: list[float]) -> np.ndarray:
    return np.array(days)[:, None]


def prior() -> tuple[np.ndarray, np.ndarray]:
    return np.array([price.PRIOR_TAIL]), np.array([price.PRIOR_DAYS])


@given(days=records, times=st.floats(1.001, 1e6))
def test_a_column_says_what_the_price_of_one_window_says(days: list[float], times: float) -> None:
    value = max(days) * times
    [[said]] = tails(one(days), *prior()).strangeness(np.array([[value]]))
    assert 10**said == pytest.approx(1 / price.chance(days, value), rel=1e-6)


@given(days=records, once=st.floats(60, 1e6))
def test_a_limit_is_the_value_that_is_so_strange(days: list[float], once: float) -> None:
    known = tails(one(days), *prior())
    limit = known.limits(np.log10(np.array([once])))
    assert limit[0] == pytest.approx(price.limit(days, once), rel=1e-6)  # type: ignore[arg-type]
    [[said]] = known.strangeness(limit[None, :] * 1.0001)
    assert said >= np.log10(once) or limit[0] > FARTHEST_TIMES * max(days) / 2


@given(days=records, at=st.integers(0, 56))
def test_a_day_without_a_record_is_as_if_it_had_not_been(days: list[float], at: int) -> None:
    with_gap = [*days[:at], ABSENT, *days[at:]]
    whole, gap = tails(one(days), *prior()), tails(one(with_gap), *prior())
    assert gap.days == whole.days and gap.largest == whole.largest
    assert gap.spread == pytest.approx(whole.spread)


def test_what_no_day_is_known_of_is_not_strange() -> None:
    known = tails(np.full((1, 1), ABSENT), *prior())
    assert (
        not known.strangeness(np.array([[1e9]])).any() and not known.limits(np.array([2.0])).any()
    )


def test_a_first_cost_is_as_rare_as_a_record() -> None:
    known = tails(np.zeros((20, 1)), *prior())
    assert known.strangeness(np.array([[5.0]]))[0, 0] == pytest.approx(np.log10(21))


@given(days=records, values=st.lists(amounts, min_size=2, max_size=9))
def test_more_is_stranger(days: list[float], values: list[float]) -> None:
    said = tails(one(days), *prior()).strangeness(np.sort(values)[:, None])[:, 0]
    assert (np.diff(said) >= -1e-12).all()
