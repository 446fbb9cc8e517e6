from datetime import UTC, date, datetime, time, timedelta, timezone

from genai_prices.types import StartDateConstraint, TimeOfDateConstraint
from hypothesis import given
from hypothesis import strategies as st

from ledger.validity import FIRST, LAST, Constraint, around, begun, dawn, edges

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
zones = st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=30))])
hours = st.builds(lambda hour, zone: hour.replace(tzinfo=zone), st.times(), zones)
days = st.dates(date(2026, 10, 25), date(2026, 11, 10))
constraints: st.SearchStrategy[list[Constraint]] = st.lists(
    st.none()
    | st.builds(StartDateConstraint, days)
    | st.builds(TimeOfDateConstraint, start_time=hours, end_time=hours),
    max_size=4,
)
moments = st.datetimes(
    datetime(2026, 10, 20), datetime(2026, 11, 15), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip


def active(each: Constraint, moment: datetime) -> bool:
    return each is None or each.active(moment)


@given(constraints, moments, moments)
def test_nothing_begins_or_ends_in_the_stretch_around_a_moment(
    given: list[Constraint], moment: datetime, other: datetime
) -> None:
    begin, end = around(edges(given, moment), moment)
    assert begin <= moment < end
    inside = min(max(other, begin), end - timedelta(microseconds=1))
    assert [active(each, inside) for each in given] == [active(each, moment) for each in given]
    assert begun(given, inside) == begun(given, moment)


def test_a_price_without_a_date_holds_for_ever() -> None:
    assert around(edges([None], NOON), NOON) == (FIRST, LAST)
    assert begun([None], NOON) == "undated"


def test_an_edge_belongs_to_what_it_begins() -> None:
    assert around([NOON], NOON) == (NOON, LAST)
    assert around([NOON], NOON - timedelta(microseconds=1)) == (FIRST, NOON)


def test_a_dated_price_is_called_by_the_latest_day_that_has_come() -> None:
    given = [StartDateConstraint(date(2026, 11, day)) for day in (1, 3, 4)]
    assert begun(given, NOON) == "2026-11-03"
    assert around(edges(given, NOON), NOON) == (dawn(date(2026, 11, 3)), dawn(date(2026, 11, 4)))


def test_a_night_that_began_yesterday_is_called_by_its_beginning() -> None:
    night = [TimeOfDateConstraint(start_time=time(22), end_time=time(6))]
    assert begun(night, NOON) == "undatedT06:00"
    assert begun(night, NOON.replace(hour=1)) == "undatedT22:00"
    assert begun(night, NOON.replace(hour=23)) == "undatedT22:00"
