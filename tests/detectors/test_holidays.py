"""Holidays: a day that the rulebook names is no drop, and makes no weekday cheap."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from detectors.base import Settings
from detectors.drop import DropSettings
from detectors.holidays import Holiday, filled, observing
from detectors.newcomer import NewcomerSettings
from detectors.records import RecordsSettings
from schemas.moments import EPOCH
from schemas.rules import Grain, Past, Rule
from streams import rulebook
from streams.book import Book
from tests.detectors.detector_walk import MONDAY, learned, office, walk

WEEKS, HOUR = 8, 24
FEAST = MONDAY + 6 * 7 + 2
"""A Wednesday of the seventh week, in days since 1970."""


def rule(kind: str, *days: int, grain: Grain = Grain.HOUR) -> Rule:
    """A detector with these holidays."""
    text = {"name": kind, "series": "*", "once_in_days": 90}
    settings: Settings = (
        DropSettings.model_validate(text)
        if kind == "drop"
        else RecordsSettings.model_validate({**text, "grain": grain})
    )
    return observing(settings.rule("application:chat"), frozenset(days))


def feast(grain: Grain, share: float) -> list[int]:
    """Eight weeks of an office with a Wednesday at a share of its cost."""
    size = 1440 // grain.minutes
    costs, begin = office(grain, WEEKS * 7, 1000), (FEAST - MONDAY) * size
    day = [int(share * cost) for cost in costs[begin : begin + size]]
    return [*costs[:begin], *day, *costs[begin + size :]]


def breaches(rule: Rule, costs: Sequence[int]) -> list[int]:
    """Days since 1970 with a breach."""
    return sorted({step.past.at // HOUR for step in walk(rule, costs) if step.verdict.breach})


def test_a_day_off_is_a_drop_where_nobody_named_it_and_none_where_somebody_did() -> None:
    costs = feast(Grain.HOUR, 0.02)

    assert FEAST in breaches(rule("drop"), costs)
    assert breaches(rule("drop", FEAST), costs) == []


def test_a_drop_on_another_day_is_found_all_the_same() -> None:
    costs = feast(Grain.HOUR, 0.02)

    assert FEAST in breaches(rule("drop", FEAST - 7, FEAST + 1), costs)


def test_what_is_spent_more_on_a_holiday_is_found() -> None:
    assert FEAST in breaches(rule("records", FEAST), feast(Grain.HOUR, 20.0))


@pytest.mark.parametrize("grain", [Grain.HOUR, Grain.MINUTE])
def test_the_weekday_is_not_learnt_to_be_cheap(grain: Grain) -> None:
    days = (FEAST - MONDAY + 1) * 1440 // grain.minutes
    noon = (FEAST + 7) * 1440 + 12 * 60

    def usual(*named: int) -> int:
        one = rule("records", *named, grain=grain)
        return one.usual(learned(one, feast(grain, 0.0)[:days]), noon)

    whole = rule("records", grain=grain)
    before = whole.usual(learned(whole, office(grain, WEEKS * 7, 1000)[:days]), noon)
    assert usual() < 0.95 * before
    assert 0.95 * before < usual(FEAST) < 1.05 * before


def test_only_hours_of_holidays_that_cost_less_are_filled() -> None:
    at = FEAST * HOUR + 2
    past = Past(at, (1, 2, 9, 3), at - 4, at, 0)

    assert list(filled(frozenset({FEAST}), lambda hour: 5, past, 4)) == [1, 2, 9, 5, 5]
    assert list(filled(frozenset({FEAST + 1}), lambda hour: 5, past, 4)) == [1, 2, 9, 3, 4]


def test_a_rulebook_names_them_for_all_series_or_for_some() -> None:
    begin = EPOCH.date() + timedelta(days=FEAST)
    text = f"""
organisation: acme
holidays:
  - {{name: feast, dates: [{begin}, {begin + timedelta(days=1)}]}}
  - {{name: local, dates: [{begin + timedelta(days=9)}], series: "application:us-*"}}
detectors:
  - {{name: drops, kind: drop, series: "*"}}
"""
    book = Book("hash", EPOCH, rulebook.read(text))

    def days(name: str) -> set[int]:
        (one,) = book.rules(name)
        found: frozenset[int] = one.holidays  # type: ignore[attr-defined]
        return set(found)

    assert days("application:chat") == {FEAST, FEAST + 1}
    assert days("application:us-chat") == {FEAST, FEAST + 1, FEAST + 9}


def test_a_rule_that_learns_no_usual_stays_as_it_is_where_there_are_none() -> None:
    one = NewcomerSettings(name="new", series=("*",)).rule("keys:chat|k")

    assert observing(one, frozenset()) is one
    assert Holiday(name="x", dates=(date(2026, 12, 25),), series=("a",)).days("b") == ()
