"""From false alarms a month to once in T days, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.calibration import COUNTED, EAGER, LEAST, false_alarms, once_in_days


@pytest.mark.parametrize(("once_in", "week"), COUNTED)
def test_what_was_counted_is_read_both_ways(once_in: int, week: float) -> None:
    assert false_alarms(once_in, 70) == pytest.approx(week * 300)
    assert once_in_days(week * 300, 70) == once_in


@given(alarms=st.floats(0.01, 1000), series=st.integers(1, 100_000))
def test_fewer_alarms_or_more_series_never_make_alarms_more_frequent(
    alarms: float, series: int
) -> None:
    t = once_in_days(alarms, series)

    assert 90 <= t <= 100_000
    assert once_in_days(alarms / 2, series) >= t
    assert once_in_days(alarms, 2 * series) >= t


@given(alarms=st.floats(0.1, 100), series=st.integers(1, 10_000))
def test_t_gives_the_false_alarms_it_was_asked_for(alarms: float, series: int) -> None:
    t = once_in_days(alarms, series)

    if 90 < t < 100_000:
        assert false_alarms(t, series) == pytest.approx(alarms, rel=0.02)
    elif t == 90:
        assert false_alarms(t, series) <= alarms * 1.01


@pytest.mark.parametrize(("once_in", "week"), [EAGER, (25, 0.784), (20, 0.98), (10, 1.96)])
def test_below_what_was_counted_they_grow_as_seven_by_t(once_in: int, week: float) -> None:
    assert false_alarms(once_in, 70) == pytest.approx(week * 300)


@given(once_in=st.integers(10, 100_000))
def test_a_longer_t_never_gives_more(once_in: int) -> None:
    assert false_alarms(once_in + 1, 1) <= false_alarms(once_in, 1)


def test_however_many_are_borne_t_goes_no_lower() -> None:
    assert once_in_days(2 * false_alarms(LEAST, 16), 16) == LEAST == 90


def test_no_series_is_as_one() -> None:
    assert once_in_days(4, 0) == once_in_days(4, 1) == 90
