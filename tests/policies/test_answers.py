"""What people say of an incident, and how long "expected" holds."""

from datetime import datetime
from typing import Any

import pytest

from policies.answers import SIGNALS, answered, quiet_until, swallows
from policies.heard import Heard
from policies.incidents import Incidents
from policies.life import OVER, State
from schemas.records import Incident
from tests.policies.folding import TERMS, fold, only
from tests.streams.judge_kit import CHAT, KEY, STOREFRONT, after, answer, burning, found
from tests.streams.watch_kit import DOLLAR


def expected(
    incidents: Incidents, minute: float, until: datetime | None = None, cap: int | None = None
) -> Incidents:
    """The incidents after somebody called the first one expected."""
    first = next(iter(incidents.all()))
    said = answer(first.id, "expected", minute, until=until, cap_nano_usd_per_hour=cap)
    incidents.answer(said)
    return incidents


def test_every_action_is_a_signal() -> None:
    assert set(SIGNALS) == {"acknowledge", "snooze", "expected", "approve"}


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("acknowledge", State.ACKNOWLEDGED),
        ("snooze", State.SNOOZED),
        ("approve", State.ACKNOWLEDGED),
        ("expected", State.EXPECTED),
    ],
)
def test_an_answer_moves_it_and_says_by_whom(action: str, state: State) -> None:
    burns = only(fold([found(0)]))

    moved = answered(burns, answer(burns.id, action, 9, until=after(60)))

    assert (moved.state, moved.by, moved.until) == (state, "ada", after(60))
    assert moved.updated_at == after(9)
    assert (moved.resolved_at == after(9)) == (state in OVER)


def test_an_answer_that_changes_nothing_leaves_it_alone() -> None:
    over = only(fold(burning(0, 9)))

    assert answered(over, answer(over.id, "acknowledge", 90)) == over


def test_what_is_over_keeps_its_end_when_it_is_called_expected() -> None:
    over = only(fold(burning(0, 9)))

    assert answered(over, answer(over.id, "expected", 90)).resolved_at == over.resolved_at


def test_an_answer_to_nothing_known_is_none() -> None:
    assert Incidents({}).answer(answer("inc_none", "acknowledge", 1)) is None


def test_a_snooze_is_over_at_its_time_or_when_it_gets_worse() -> None:
    incidents = fold([found(0)])
    burns = only(incidents)
    incidents.answer(answer(burns.id, "snooze", 1, until=after(60)))

    incidents.pass_time(after(59), after(59), after(10) - after(0))
    asleep = only(incidents).state
    worse = fold([found(9, "burning", hourly_nano_usd=400 * DOLLAR, opened_at=after(0))],
                 Incidents({burns.id: only(incidents)}))  # fmt: skip
    incidents.pass_time(after(60), after(60), after(10) - after(0))

    assert asleep == State.SNOOZED
    assert (only(worse).state, only(worse).news) == (State.FIRING, "worse")
    assert (only(incidents).state, only(incidents).news) == (State.FIRING, "woken")


def burns_on(length: int, pace: int = DOLLAR // 5, **changes: Any) -> Incidents:
    """An overrun that is called expected after ten minutes and goes on."""
    said = burning(0, length, pace, **changes)
    incidents = expected(fold(said[:10]), 10)
    return fold(said[10:], incidents)


def test_what_was_expected_stays_so_while_it_goes_on() -> None:
    incident = only(burns_on(600))

    assert (incident.state, incident.generation, incident.resolved_at) == (
        State.EXPECTED, 1, after(10),
    )  # fmt: skip


def test_without_an_end_it_holds_until_it_is_learnt() -> None:
    incident = only(burns_on(49 * 60, pace=0, hourly_nano_usd=30 * DOLLAR))

    assert (incident.state, incident.generation) == (State.RESOLVED, 2)
    assert incident.resolved_at == after(49 * 60 + 1)


def test_another_overrun_within_two_hours_is_expected_too_and_later_is_another() -> None:
    soon = fold(burning(60, 9), expected(fold(burning(0, 9)), 20))
    late = fold(burning(200, 9), expected(fold(burning(0, 9)), 20))

    assert [one.state for one in soon.all()] == [State.EXPECTED]
    assert sorted(one.state for one in late.all()) == [State.EXPECTED, State.RESOLVED]


def test_with_an_end_it_holds_until_then() -> None:
    incidents = expected(fold(burning(0, 9)), 20, until=after(600))

    fold(burning(500, 9), incidents)
    within = [one.state for one in incidents.all()]
    fold(burning(700, 9), incidents)

    assert within == [State.EXPECTED]
    assert sorted(one.state for one in incidents.all()) == [State.EXPECTED, State.RESOLVED]


def test_beyond_the_agreed_pace_the_same_overrun_is_told_at_once() -> None:
    said = burning(0, 60, pace=DOLLAR // 5, calm=False)
    dear = burning(0, 90, pace=DOLLAR, calm=False)[60:]
    incidents = expected(fold(said[:10]), 10, cap=20 * DOLLAR)

    fold(said[10:], incidents)
    agreed = only(incidents)
    fold(dear[:1], incidents)
    beyond = only(incidents)

    assert agreed.state == State.EXPECTED
    assert (beyond.state, beyond.news, beyond.generation) == (State.FIRING, "reopened", 2)
    assert (beyond.id, beyond.cap_nano_usd_per_hour, beyond.until) == (agreed.id, 0, None)
    assert beyond.accrued_nano_usd == dear[0].accrued_nano_usd


def test_what_contains_it_is_quiet_with_it() -> None:
    wide = [burning(2, 300, series=name) for name in (CHAT, STOREFRONT)]
    said = sorted(
        [*burning(0, 300, series=KEY), *(one for some in wide for one in some)],
        key=lambda one: one.time,
    )
    incidents = expected(fold([one for one in said if one.time <= after(9)]), 9)

    fold([one for one in said if one.time > after(9)], incidents)

    assert [(one.series, one.state) for one in incidents.all()] == [(KEY, State.EXPECTED)]


def test_only_an_expected_incident_swallows() -> None:
    over: Incident = only(fold(burning(0, 9)))

    assert quiet_until(over) is None
    assert not swallows(over, found(11))


def test_answers_to_merged_and_expected_ones_change_nothing() -> None:
    incidents = fold([*burning(0, 40, series=CHAT), *burning(4, 40, series=KEY)])
    merged = next(one for one in incidents.all() if one.state == State.MERGED)

    for action in SIGNALS:
        assert answered(merged, answer(merged.id, action, 50)) == merged


def test_time_says_whether_data_still_comes_of_what_burns_and_has_dollars() -> None:
    mute = found(0, series=KEY, cause="silence", rule="mute")
    incidents = Incidents({})
    incidents.hear([Heard(one, one.time) for one in (found(0), mute)], TERMS)
    patience = after(10) - after(0)

    states = []
    for clock in (10, 12, 13):
        reached = after(1 if clock < 13 else 13)
        incidents.pass_time(after(clock), reached, patience)
        states.append({one.cause: one.state for one in incidents.all()})

    assert [one["records"] for one in states] == [State.FIRING, State.STALE, State.FIRING]
    assert {one["silence"] for one in states} == {State.STALE}
