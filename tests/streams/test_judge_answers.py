"""What people say reaches the incident, once, whenever it comes; and teaches where it should."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from schemas.keys import partition_of
from schemas.moments import DAY_MINUTES, at_minute
from schemas.records import Finding, Incident
from streams.steps.step import Site
from streams.walk import Passing
from tests.streams.judge_kit import (
    CHAT,
    KEY,
    NOON,
    Court,
    after,
    answer,
    burning,
    found,
    mark,
    tick,
)
from tests.streams.watch_kit import DOLLAR

MIDNIGHT = (NOON // DAY_MINUTES + 2) * DAY_MINUTES
"""The second midnight after NOON."""


def firing(minutes: int = 10) -> tuple[Court, Iterator[Finding]]:
    """A judge who hears of an overrun, and what is still to come of it."""
    said = burning(0, 600)
    court = Court().minutes(said[:minutes], minutes)
    return court, iter(said[minutes:])


def test_acknowledged_is_told_at_once() -> None:
    court, _ = firing()

    court.hear(answer(court.incident().id, "acknowledge", 10.5))

    assert (court.incident().state, court.incident().by) == ("acknowledged", "ada")
    assert court.news() == ["opened", "acknowledged"]


def test_an_answer_that_comes_twice_changes_nothing() -> None:
    court, _ = firing()
    said = answer(court.incident().id, "snooze", 10.5, until=after(60))

    court.hear(said)
    before = court.incident()
    court.hear(said).hear(said, said)

    assert court.incident() == before
    assert court.state.below(("asked",)) == {}


def test_two_answers_are_taken_in_order_of_time() -> None:
    court, _ = firing()
    first, then = (
        answer(court.incident().id, "acknowledge", 10.2, by="ada"),
        answer(court.incident().id, "snooze", 10.4, by="bob", until=after(60)),
    )

    court.hear(then, first)

    assert (court.incident().state, court.incident().by) == ("snoozed", "bob")


@pytest.mark.parametrize("id_", ["123", "-7", "click 99", "a/b|c:d%", "٣", "²"])
def test_any_text_will_do_as_the_id_of_an_answer(id_: str) -> None:
    court, said = firing()
    court.restarts = True
    court.hear(answer("inc_none", "acknowledge", 10.5, id=id_))
    court.hear(answer(court.incident().id, "expected", 10.6, id=f"{id_}!"))
    waits = len(court.state.below(("asked",)))

    court.minutes([one for one in said if one.time <= after(80)], 80)

    assert (waits, court.state.below(("asked",))) == (2, {})
    assert [one.incident for one, _ in court.labels] == [court.incident().id]


def test_a_snooze_ends_by_the_clock_or_by_getting_worse() -> None:
    court, said = firing()
    court.hear(answer(court.incident().id, "snooze", 10.5, until=after(60)))
    for minute in range(11, 60):
        court.hear(next(said), mark(minute), tick(minute))
    asleep = court.incident().state

    court.hear(next(said), mark(60), tick(60))

    assert (asleep, court.incident().state) == ("snoozed", "firing")
    assert court.news() == ["opened", "snoozed", "woken"]


def test_a_graver_one_wakes_whoever_snoozed() -> None:
    court, said = firing()
    court.hear(answer(court.incident().id, "snooze", 10.5, until=after(600)))

    grave = found(11, "burning", hourly_nano_usd=400 * DOLLAR, opened_at=after(0))
    court.hear(next(said), grave, mark(12))

    assert (court.incident().state, court.incident().news) == ("firing", "worse")


def test_an_answer_to_what_was_told_early_holds_when_it_is_settled() -> None:
    court = Court().hear(found(0, "early"))

    court.hear(answer(court.incident().id, "acknowledge", 0.5))
    at_once = court.incident().state
    court.hear(found(0), mark(1)).hear(mark(2))

    assert (at_once, court.incident().state) == ("acknowledged", "acknowledged")
    assert court.state.below(("asked",)) == {}


def test_answers_to_what_never_was_do_not_wait_for_ever() -> None:
    court = Court().hear(found(0, "early"))
    court.hear(answer(court.incident().id, "expected", 0.5), answer("inc_none", "snooze", 1))

    court.hear(mark(1)).hear(mark(62))

    assert court.state.below(("asked",)) == {}
    assert court.incident().state == "expected"


def test_what_was_expected_is_quiet_for_as_long_as_it_was_said() -> None:
    court, said = firing()
    until = after(3000)
    court.hear(answer(court.incident().id, "expected", 10.5, until=until))

    court.minutes([*said, *burning(2000, 30)], 2040)

    (incident,) = court.incidents()
    assert (incident.state, incident.resolved_at) == ("expected", after(10.5))
    court.minutes(burning(3010, 30), 3050)
    assert [one.state for one in court.incidents()] == ["expected", "resolved"]


def test_beyond_the_cap_it_is_told_again() -> None:
    court, said = firing()
    court.hear(answer(court.incident().id, "expected", 10.5, cap_nano_usd_per_hour=20 * DOLLAR))
    court.minutes([next(said) for _ in range(30)], 40)
    agreed = court.incident().state

    court.minutes(burning(0, 60, pace=DOLLAR, calm=False)[40:], 60)

    assert (agreed, court.incident().state) == ("expected", "firing")
    assert court.news() == ["opened", "expected", "reopened"]


def test_what_is_called_expected_teaches_from_the_second_midnight() -> None:
    court, said = firing()

    court.hear(answer(court.incident().id, "expected", 10.5))
    before = list(court.labels)
    court.hear(next(said), mark(11))

    ((label, _),) = court.labels
    assert before == []
    assert (label.series, label.start, label.end) == (CHAT, after(0), after(10.5))
    assert label.effective_from == at_minute(MIDNIGHT)
    assert label.incident == court.incident().id


@pytest.mark.parametrize("name", [CHAT, KEY, "application:triage"])
def test_a_label_goes_to_the_partition_that_watches_the_series(name: str) -> None:
    court = Court(site=Site(tallies=7, codec=Passing())).hear(found(0, series=name), mark(1))

    court.hear(answer(court.incident(name).id, "expected", 2), mark(2))

    ((label, to),) = court.labels
    root = {CHAT: "retail", KEY: "keys"}.get(name, "operations")
    assert (label.series, to) == (name, partition_of(root.encode(), 7))


@pytest.mark.parametrize("action", ["acknowledge", "snooze", "approve"])
def test_only_expected_teaches(action: str) -> None:
    court, _ = firing()

    court.hear(answer(court.incident().id, action, 9, until=after(60)), mark(11))

    assert court.labels == []


def test_what_happened_last_night_can_be_called_expected_in_the_morning() -> None:
    court = Court().minutes(burning(0, 30), 40)
    court.hear(mark(800))
    forgotten = court.settled()

    court.hear(answer(court.incident().id, "expected", 799)).hear(mark(801))

    ((label, _),) = court.labels
    assert forgotten == {}
    assert court.incident().state == "expected"
    assert (label.start, label.end) == (after(0), after(31))


def test_an_answer_that_comes_too_late_to_change_anything_is_forgotten() -> None:
    court = Court().minutes(burning(0, 30), 40)
    court.hear(mark(800))
    before = court.incident()

    court.hear(answer(court.incident().id, "acknowledge", 799)).hear(mark(900))

    assert court.incident() == before
    assert court.state.below(("asked",)) == {}


def test_an_answer_to_a_summary_changes_nothing() -> None:
    court = Court()
    for one in burning(0, 9):
        court.hear(one, mark(int((one.time - after(0)) / timedelta(minutes=1))), at=after(500))
    court.hear(mark(490), at=after(500))
    summary = court.incident("catching_up:1")

    court.hear(answer(summary.id, "expected", 500), mark(600))

    assert court.incident("catching_up:1") == summary
    assert court.labels == []


def test_an_approval_says_until_when() -> None:
    court, _ = firing()

    court.hear(answer(court.incident().id, "approve", 10.5, until=after(900)))

    told: Incident = court.incident()
    assert (told.state, told.news, told.until) == ("acknowledged", "approved", after(900))


def test_ids_of_answers_are_kept_for_a_thousand() -> None:
    court, _ = firing()
    name = court.incident().id

    court.hear(*(answer(name, "acknowledge", 10 + n / 10**4, id=f"a{n}") for n in range(1100)))

    assert len(court.state.get(("told",)).answers) == 1000
