"""Event time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.moments import EPOCH, MINUTE, at_minute, micros, minute_of, moment, rfc3339

MOMENTS = st.datetimes(timezones=st.just(UTC))
ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(time=MOMENTS)
def test_microseconds_are_exact(time: datetime) -> None:
    assert moment(micros(time)) == time


@given(time=st.datetimes(timezones=ZONES))
def test_a_moment_is_the_same_in_every_zone(time: datetime) -> None:
    assert moment(micros(time)) == time


@given(time=MOMENTS)
def test_a_minute_holds_its_moments(time: datetime) -> None:
    minute = minute_of(time)
    assert minute * MINUTE <= micros(time) < (minute + 1) * MINUTE


@given(minute=st.integers(-(10**6), 10**9))
def test_a_minute_begins_where_it_says(minute: int) -> None:
    assert minute_of(at_minute(minute)) == minute
    assert minute_of(at_minute(minute) - timedelta(microseconds=1)) == minute - 1


@given(time=MOMENTS)
def test_rfc_3339_is_utc_and_read_back(time: datetime) -> None:
    text = rfc3339(time)
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == time


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (EPOCH, "1970-01-01T00:00:00Z"),
        (EPOCH + timedelta(microseconds=1), "1970-01-01T00:00:00.000001Z"),
        (datetime(2026, 11, 3, 12, tzinfo=timezone(timedelta(hours=2))), "2026-11-03T10:00:00Z"),
    ],
)
def test_a_time_is_written_without_what_is_zero(time: datetime, text: str) -> None:
    assert rfc3339(time) == text
