"""What the views say together, and what that is worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.verdicts import BODY_MOST, SCALE, fall, rise, said_for

said = st.floats(0, 12)
OLD = 35


def rising(cost: float, body: float, days: int = OLD) -> float:
    return float(rise(np.array([cost]), np.array([body]), days)[0])


def falling(record: float, cusum: float, days: int = OLD) -> float:
    return float(fall(np.array([record]), np.array([cusum]), days)[0])


def test_bodies_alone_say_no_more_than_they_may() -> None:
    assert rising(0.0, BODY_MOST) == rising(0.0, 3.0) < rising(3.0, 0.0)


def test_costs_and_bodies_that_agree_say_more_than_each() -> None:
    assert rising(2.4, 2.4) > rising(2.4, 0.0)


@given(cost=said, body=said, more=said)
def test_more_never_says_less(cost: float, body: float, more: float) -> None:
    assert rising(cost + more, body) >= rising(cost, body)
    assert rising(cost, body + more) >= rising(cost, body)
    assert falling(cost + more, 10 * body) >= falling(cost, 10 * body)
    assert falling(cost, 10 * (body + more)) >= falling(cost, 10 * body)


@given(true=st.floats(1, 6), days=st.integers(0, 40))
def test_what_has_to_be_said_is_worth_that_much(true: float, days: int) -> None:
    assert rising(float(said_for(true, days)), 0.0, days) == pytest.approx(true)


def test_the_young_are_believed_less() -> None:
    assert rising(3.0, 3.0, days=10) < rising(3.0, 3.0, days=3) < rising(3.0, 3.0, days=14)


def test_a_holiday_alone_is_no_more_than_a_record_and_a_long_fall_goes_beyond() -> None:
    assert falling(9.0, 0.0) == pytest.approx(4.5)
    assert falling(2.5, 0.0) == pytest.approx(2.5)
    assert falling(0.0, 125.0) == pytest.approx(4.0)
    assert falling(0.0, 125.0, days=13) == 0


def test_what_is_said_is_calibrated_in_order() -> None:
    line = np.linspace(0, 6, 601)
    assert (np.diff(SCALE.calibrated(line)) > 0).all()
