"""Times, lengths of time and dollars as people type them."""

from datetime import UTC, datetime, timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.money import NANO
from spendwatch.amounts import Dollars
from spendwatch.moments import LONGEST, Length, Moment

TEN = datetime(2026, 11, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        (" 1.5h ", timedelta(minutes=90)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(days=14)),
    ],
)
def test_a_length_is_a_number_with_its_unit(text: str, length: timedelta) -> None:
    assert Length()(text) == length


@pytest.mark.parametrize("text", ["", "h", "10", "-1h", "1 hour", "two hours", "1e3s", "٣h", "1h1"])
def test_other_lengths_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not like 90s, 30m"):
        Length()(text)


@pytest.mark.parametrize("text", ["0s", "0.0h", "3661d", "999999w"])
def test_a_length_is_above_nothing_and_no_age(text: str) -> None:
    with pytest.raises(click.BadParameter, match="above 0 and at most 3660d"):
        Length()(text)


@given(st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,3})?[smhdw]", fullmatch=True))
def test_a_length_can_be_added_to_any_time_of_ours(text: str) -> None:
    try:
        length = Length()(text)
    except click.BadParameter:
        return
    assert TEN < TEN + length <= TEN + LONGEST


@pytest.mark.parametrize("text", ["2026-11-03T10:00:00Z", "2026-11-03T12:00:00+02:00"])
def test_a_moment_is_in_utc_whatever_its_offset(text: str) -> None:
    assert Moment()(text) == TEN
    assert Moment()(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-11-03T10:00:00", "2026-11-03"])
def test_a_moment_needs_its_offset(text: str) -> None:
    with pytest.raises(click.BadParameter, match="offset"):
        Moment()(text)


@pytest.mark.parametrize("text", ["", "tomorrow", "0001-01-01T00:00:00+10:00"])
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not like 2026"):
        Moment()(text)


@pytest.mark.parametrize(("text", "usd"), [("50", 50), ("$50", 50), (" 9000000000 ", 9 * 10**9)])
def test_dollars_are_nano_dollars_inside(text: str, usd: int) -> None:
    assert Dollars()(text) == usd * NANO


@pytest.mark.parametrize("text", ["", "0", "-3", "much", "nan", "inf", "1e-10", "9000000001"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="no amount of dollars"):
        Dollars()(text)
