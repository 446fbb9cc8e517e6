"""What judge tells before it is settled, and what becomes of that; what time does by itself."""

from datetime import timedelta

import pytest

from schemas.records import Finding
from schemas.unsettled import Told
from tests.kafka import oracle
from tests.streams.judge_kit import (
    ALL,
    CHAT,
    JUDGED,
    KEY,
    PLACES,
    RETAIL,
    STOREFRONT,
    Court,
    after,
    agreed,
    burning,
    found,
    mark,
    tick,
)
from tests.streams.watch_kit import ACME, DOLLAR, books_of


def early(minute: int, **changes: object) -> Finding:
    """A finding of a minute that is still open."""
    return found(minute, "early", **changes)


def test_an_early_finding_is_told_at_once_and_confirmed_when_its_minute_closes() -> None:
    court = Court().hear(early(0))
    told = court.incident()

    court.hear(found(0), mark(1))

    assert (told.state, told.quiet, told.places) == ("firing", "", ("finops",))
    assert (told.evidence[0].phase, court.incident().evidence[0].phase) == ("early", "breach")
    assert court.incident().id == told.id
    assert court.news() == ["opened"]


@pytest.mark.parametrize("name", [KEY, CHAT, "pool:gpus"])
def test_what_contains_no_other_is_told_early(name: str) -> None:
    assert [one.series for one in Court().hear(early(0, series=name)).incidents()] == [name]


@pytest.mark.parametrize("name", [STOREFRONT, RETAIL, ALL])
def test_what_contains_others_waits_until_its_minute_has_closed_everywhere(name: str) -> None:
    court = Court().hear(early(0, series=name), mark(0, 0, 2))
    waits = court.incidents()

    court.hear(found(0, series=name), mark(1, 0, 2), mark(1, 1, 2))

    assert waits == []
    assert [one.series for one in court.incidents()] == [name]


def test_what_was_told_early_and_is_explained_ends_as_merged() -> None:
    court = Court().hear(early(0, series=CHAT))

    court.hear(found(0, series=KEY), found(0, series=CHAT), mark(1))

    wide, narrow = court.incident(CHAT), court.incident(KEY)
    assert (wide.state, wide.news, wide.merged_into) == ("merged", "merged", narrow.id)
    assert (narrow.state, {one.series for one in narrow.evidence}) == ("firing", {KEY, CHAT})


def test_what_was_told_early_and_not_confirmed_is_resolved() -> None:
    court = Court().hear(early(0)).hear(mark(1))

    over = court.incident()
    assert (over.state, over.news, over.hourly_nano_usd) == ("resolved", "resolved", 0)
    assert court.settled() == {}


def test_what_was_not_confirmed_stays_as_it_ended() -> None:
    court = Court().hear(early(0)).hear(mark(1))
    before = len(court.published)

    court.minutes(burning(30, 9, series=KEY), 60)

    assert len([one for one in court.published[before:] if one.series == CHAT]) == 0
    assert court.incident().state == "resolved"


def test_an_early_finding_of_what_burns_already_only_adds_to_it() -> None:
    court = Court().minutes(burning(0, 9, calm=False), 9)

    court.hear(early(9, rule="guard", cause="limit"))

    (incident,) = court.incidents()
    assert [one.rule for one in incident.evidence] == ["burst", "guard"]


@pytest.mark.parametrize(
    ("calm", "told"),
    [(False, CHAT), (True, CHAT), (False, KEY)],
    ids=["grows", "reopens", "ends in a narrower one"],
)
def test_what_is_told_early_is_no_part_of_the_settled_view(calm: bool, told: str) -> None:
    court = Court().minutes(burning(0, 9, calm=calm), 10)
    settled = agreed(court.incidents())

    court.hear(early(11, series=told, rule="guard", cause="limit", accrued_nano_usd=9 * DOLLAR))

    assert agreed(court.incidents()) != settled
    assert agreed(oracle.settled(dict(court.state.items()))) == settled


def test_the_closed_bucket_takes_the_place_of_the_early_one() -> None:
    late = early(0, accrued_nano_usd=DOLLAR)

    court = Court().hear(late, found(0), mark(1)).hear(late)

    assert court.incident().accrued_nano_usd == 3 * DOLLAR
    assert court.state.below(("pending",)) == {}


def test_whoever_told_early_is_remembered_until_it_is_settled() -> None:
    court = Court().hear(early(0))
    told: Told = court.state.get(("told",))

    court.hear(found(0), mark(1))

    assert told.early == (court.incident().id,)
    assert court.state.get(("told",)).early == ()


def test_data_that_stands_still_is_stale_and_says_when_it_is_back() -> None:
    court = Court().minutes(burning(0, 40, calm=False)[:5], 5)

    court.hear(tick(15)).hear(tick(16))
    stale = court.incident().state
    court.hear(*burning(0, 40, calm=False)[5:12], mark(12))

    assert (stale, court.incident().state) == ("stale", "firing")
    assert court.news() == ["opened", "stale", "burns"]


def test_ticks_alone_end_nothing() -> None:
    court = Court().minutes(burning(0, 40, calm=False)[:5], 5)

    for minute in range(16, 3 * 1440, 60):
        court.hear(tick(minute))

    assert court.incident().state == "stale"
    assert court.incident().resolved_at is None


def test_a_tick_that_comes_late_does_not_turn_the_clock_back() -> None:
    court = Court().hear(mark(5), at=after(90))

    court.hear(tick(30), at=after(91)).hear(tick(20), at=after(20))

    assert court.state.get(("told",)).clock == (after(91) - after(0) + (after(0) - EPOCH)) // TICK


EPOCH, TICK = after(0) - timedelta(minutes=29_896_560), timedelta(microseconds=1)
"""NOON is 29,896,560 minutes after 1970 (2026-11-04T12:00Z)."""


def test_a_partition_that_waits_long_for_stragglers_is_neither_late_nor_stalled() -> None:
    patient = books_of(ACME.replace("lateness_s: 0", "lateness_s: 1800"), PLACES)
    court, said = Court(books=patient), burning(0, 20)

    for minute in range(25):
        now = [one for one in said if one.time == after(minute)]
        court.hear(*now, mark(minute), at=after(minute + 31))

    assert (court.incident().quiet, court.news()) == ("", ["opened", "resolved"])


def test_its_places_are_those_of_the_rulebook_of_its_time_and_grow_with_it() -> None:
    grave = found(1, "burning", hourly_nano_usd=100 * DOLLAR, opened_at=after(0))

    court = Court().hear(found(0), mark(1))
    first = court.incident().places
    court.hear(grave, mark(2))

    assert (first, court.incident().places) == (("finops",), ("finops", "tickets"))
    assert court.incident().rulebook == JUDGED.versions[0].hash


def test_a_rule_that_flaps_every_five_minutes_is_one_incident() -> None:
    said = [one for begin in range(0, 600, 10) for one in burning(begin, 5)]

    court = Court().minutes(said, 620)

    (incident,) = court.incidents()
    assert incident.generation == 60
    assert incident.accrued_nano_usd == 60 * (3 * DOLLAR + 4 * DOLLAR // 5)


def test_counts_say_how_many_changed() -> None:
    court = Court().hear(found(0), found(0, series="application:triage"))

    assert court.last.counts == {"incidents": 2}
    assert court.hear(mark(0)).last.counts == {"incidents": 0}


def test_a_docket_record_without_a_value_is_nothing() -> None:
    court = Court()

    court.hear()

    assert court.incidents() == []


def test_what_is_over_its_first_minute_is_opened_and_resolved_alike() -> None:
    court = Court().minutes(burning(0, 1), 3)

    assert court.news() == ["opened", "resolved"]
    assert court.incident().resolved_at == after(2)
