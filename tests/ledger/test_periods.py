"""Calendar months, through changes of clocks."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.periods import Zone, midnight, month
from schemas.moments import at_minute, minute_of

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Asuncion",  # put its clocks forward at midnight
    "America/St_Johns",  # put its clocks back at one minute past midnight
    "America/Havana",  # puts its clocks back from one to midnight
    "Asia/Kolkata",
    "Pacific/Apia",  # left out 30 December 2011
    "Africa/Monrovia",  # kept seconds until 1972
)


@given(minute=st.integers(0, 50_000_000), zone=st.sampled_from(ZONES))
def test_months_tile_time(minute: int, zone: str) -> None:
    period = month(minute, zone)

    assert period.start <= minute < period.end
    assert month(period.end - 1, zone) == period
    assert month(period.end, zone).start == period.end
    assert month(period.end, zone).key > period.key


@given(minute=st.integers(0, 50_000_000), zone=st.sampled_from(ZONES))
def test_a_month_begins_when_the_clocks_first_show_it(minute: int, zone: str) -> None:
    period = month(minute, zone)
    before, first = (
        at_minute(edge).astimezone(ZoneInfo(zone)) for edge in (period.start - 1, period.start)
    )

    assert f"{first:%Y-%m}" == period.key
    assert f"{before:%Y-%m}" < period.key


@given(minute=st.integers(0, 50_000_000))
def test_in_utc_it_is_the_month_of_the_date(minute: int) -> None:
    assert month(minute).key == f"{at_minute(minute):%Y-%m}"


def test_the_month_in_which_clocks_go_forward_is_an_hour_short() -> None:
    march = month(minute_of(datetime(2026, 3, 15, tzinfo=UTC)), "Europe/Berlin")

    assert march.end - march.start == 31 * 1440 - 60


def test_a_month_whose_first_midnight_was_left_out_begins_at_the_change() -> None:
    october = month(minute_of(datetime(2017, 10, 5, tzinfo=UTC)), "America/Asuncion")

    assert at_minute(october.start) == datetime(2017, 10, 1, 4, tzinfo=UTC)


def test_a_minute_whose_clocks_were_put_back_into_the_old_month_belongs_to_the_new() -> None:
    again = datetime(2009, 10, 31, 23, 30, fold=1, tzinfo=ZoneInfo("America/St_Johns"))

    assert month(minute_of(again.astimezone(UTC)), "America/St_Johns").key == "2009-11"


def test_a_day_begins_at_its_midnight() -> None:
    assert at_minute(midnight(date(2026, 7, 1), "Asia/Kolkata")) == datetime(
        2026, 6, 30, 18, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("name", ["Mars/Olympus", "America", "", "../UTC", "/etc/passwd"])
def test_a_zone_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="IANA"):
        TypeAdapter(Zone).validate_python(name)
