"""What delivery decides: the table of its life, its decisions, and what holds on every path."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifiers.base import Gone, Refused, Uncertain, Unreachable
from notifiers.delivery import Action, Decision, Why, decide
from notifiers.life import LIFE, Event, Impossible, Phase, step
from notifiers.manner import Manner, steady
from notifiers.outcomes import (
    Result,
    after,
    begun,
    failed,
    is_noted,
    passed_over,
    restored,
    wanted,
)
from schemas.records import Delivery
from tests.notifiers.incident_samples import NOW, incident, resolved

MANNER = Manner(apart=timedelta(seconds=3), quarantine=timedelta(minutes=3))
SECOND = timedelta(seconds=1)


def record(**changes: Any) -> Delivery:
    """A place that shows revision 1."""
    found = Delivery(
        incident=incident().id,
        place="spend-alerts",
        desired=1,
        delivered=1,
        generation=1,
        phase="idle",
        remote={"ts": "1.1"},
        attempt=0,
    )
    return replace(found, **changes)


NOTHING_THERE = {"delivered": 0, "remote": {}}


def test_the_life_is_total() -> None:
    assert set(LIFE) == set(product(Phase, Event))


def test_what_cannot_happen_is_a_mistake() -> None:
    with pytest.raises(Impossible):
        step("idle", Event.SENT)


@pytest.mark.parametrize(
    ("known", "of", "action", "why"),
    [
        (None, incident(), Action.SHOW, Why.FIRST),
        (None, incident(state="acknowledged"), Action.SHOW, Why.FIRST),
        (None, incident(quiet="history"), Action.NOTHING, Why.QUIET),
        (None, resolved(), Action.NOTHING, Why.OVER_BEFORE_SHOWN),
        (None, resolved(cause="catching_up"), Action.SHOW, Why.FIRST),
        (None, incident(state="merged"), Action.NOTHING, Why.OVER_BEFORE_SHOWN),
        (record(**NOTHING_THERE), resolved(), Action.NOTHING, Why.OVER_BEFORE_SHOWN),
        (record(), incident(), Action.NOTHING, Why.UP_TO_DATE),
        (record(delivered=5, desired=5), incident(revision=4), Action.NOTHING, Why.UP_TO_DATE),
        (record(delivered=3, desired=5), incident(revision=4), Action.NOTHING, Why.OLDER),
        (record(), incident(revision=2), Action.SHOW, Why.CHANGED),
        (record(), resolved(), Action.SHOW, Why.CHANGED),
        (record(), incident(revision=2, quiet="merged"), Action.SHOW, Why.CHANGED),
        (record(delivered=0), resolved(), Action.SHOW, Why.CHANGED),
        (record(phase="intent"), incident(revision=2), Action.NOTHING, Why.UNDER_WAY),
        (record(phase="uncertain"), incident(), Action.LOOK, Why.IN_DOUBT),
        (record(phase="uncertain", **NOTHING_THERE), resolved(), Action.LOOK, Why.IN_DOUBT),
        (record(phase="dead"), incident(), Action.NOTHING, Why.GAVE_UP),
        (record(phase="dead"), incident(revision=2), Action.LOOK, Why.AFTER_GIVING_UP),
    ],
)
def test_each_decision_has_its_reason(
    known: Delivery | None, of: Any, action: Action, why: Why
) -> None:
    assert decide(known, of, NOW) == Decision(action, why)


@pytest.mark.parametrize(
    ("attempt", "phase", "why"),
    [
        (0, "idle", Why.SPACING),
        (2, "idle", Why.BACKING_OFF),
        (1, "uncertain", Why.BACKING_OFF),
    ],
)
def test_it_waits_until_it_is_due(attempt: int, phase: str, why: Why) -> None:
    due = NOW + SECOND
    known = record(attempt=attempt, phase=phase, due_at=due)

    assert decide(known, incident(revision=2), NOW) == Decision(Action.WAIT, why, due)
    assert decide(known, incident(revision=2), due).action in {Action.SHOW, Action.LOOK}


def test_a_success_waits_before_the_next_change() -> None:
    going = begun(wanted(record(), incident(revision=2), "spend-alerts"), NOW)
    sent = after(going, Result(Event.SENT, "", {"ts": "1.1", "told": "2"}), NOW, MANNER)

    assert (sent.phase, sent.delivered, sent.attempt) == ("idle", 2, 0)
    assert sent.due_at == NOW + MANNER.apart
    assert sent.intent_at is None
    assert sent.remote["told"] == "2"


def going() -> Delivery:
    return begun(wanted(None, incident(), "spend-alerts"), NOW)


def test_a_place_that_does_not_answer_is_tried_again_later_each_time() -> None:
    first = after(going(), failed(Unreachable("no")), NOW, MANNER)
    second = after(begun(first, NOW), failed(Unreachable("no")), NOW, MANNER)

    assert first.phase == second.phase == "idle"
    assert first.due_at is not None and second.due_at is not None
    assert NOW + SECOND / 2 <= first.due_at <= NOW + SECOND <= second.due_at <= NOW + 2 * SECOND
    assert first.error == "no"


def test_the_vendors_own_wait_is_kept() -> None:
    held = after(going(), failed(Unreachable("busy", retry_after=40)), NOW, MANNER)

    assert held.due_at == NOW + timedelta(seconds=40)


def test_after_a_doubtful_try_the_quarantine_is_kept() -> None:
    doubtful = after(going(), failed(Uncertain("cut")), NOW + SECOND, MANNER)

    assert doubtful.phase == "uncertain"
    assert doubtful.intent_at == NOW
    assert doubtful.due_at == NOW + SECOND + MANNER.quarantine


def test_a_restart_in_the_middle_of_a_call_is_in_doubt() -> None:
    found = restored(going(), NOW + SECOND, MANNER)

    assert found.phase == "uncertain"
    assert found.due_at == NOW + SECOND + MANNER.quarantine
    assert restored(record(), NOW, MANNER) == record()


def test_what_is_found_is_adopted_and_brought_up_to_date() -> None:
    doubtful = restored(going(), NOW, MANNER)
    found = after(doubtful, Result(Event.FOUND, "found", {"ts": "7"}), NOW, MANNER)

    assert found.remote == {"ts": "7"}
    assert decide(found, resolved(), NOW).action is Action.SHOW


def test_what_is_missing_after_the_end_stays_away() -> None:
    missing = after(restored(going(), NOW, MANNER), Result(Event.MISSING, "missing"), NOW, MANNER)

    assert decide(missing, resolved(), NOW + timedelta(hours=1)).why is Why.OVER_BEFORE_SHOWN
    assert decide(missing, incident(), NOW + timedelta(hours=1)).why is Why.FIRST


def test_a_refusal_is_final_until_something_newer_comes() -> None:
    dead = after(going(), failed(Refused("channel_not_found")), NOW, MANNER)

    assert dead.phase == "dead"
    assert dead.error == "channel_not_found"
    assert decide(dead, incident(), NOW).why is Why.GAVE_UP
    assert wanted(dead, incident(revision=2), "spend-alerts").phase == "uncertain"


def test_what_is_gone_is_made_anew_once() -> None:
    change = begun(wanted(record(), incident(revision=2), "spend-alerts"), NOW)
    gone = after(change, failed(Gone("message_not_found")), NOW, MANNER)

    assert (gone.generation, gone.remote, gone.delivered) == (2, {}, 0)
    assert decide(gone, incident(revision=2), NOW) == Decision(Action.SHOW, Why.FIRST)
    assert decide(gone, resolved(), NOW).why is Why.OVER_BEFORE_SHOWN


@pytest.mark.parametrize("wrong", [Unreachable("no"), Uncertain("cut")])
def test_it_is_given_up_when_the_waits_are_used_up(wrong: Any) -> None:
    brief = Manner(retries=(SECOND, SECOND))
    now = going()
    for _ in brief.retries:
        now = after(now, failed(wrong), NOW, brief)
        now = now if now.phase == "uncertain" else begun(now, NOW)
    spent = after(now, failed(wrong), NOW, brief)

    assert spent.phase == "dead"
    assert spent.error == wrong.reason


def test_a_newer_revision_starts_the_tries_afresh() -> None:
    tired = record(attempt=9, due_at=NOW + SECOND)

    assert wanted(tired, incident(revision=2), "spend-alerts").attempt == 0
    assert wanted(tired, incident(revision=1), "spend-alerts") == tired


def test_what_is_passed_over_is_noted_with_its_reason() -> None:
    noted = passed_over(None, resolved(), "spend-alerts", "quiet")

    assert (noted.desired, noted.delivered, noted.phase) == (9, 0, "idle")
    assert is_noted(noted, "quiet")
    assert not is_noted(noted, "over_before_shown")
    assert not is_noted(None, "quiet")


def test_steady_waits_double_to_a_minute_then_take_five() -> None:
    waits = steady(timedelta(hours=24))

    assert waits[:7] == tuple(SECOND * n for n in (1, 2, 4, 8, 16, 32, 60))
    assert waits[-1] == timedelta(minutes=5)
    assert timedelta(hours=23, minutes=50) < sum(waits, timedelta(0)) <= timedelta(hours=24)


@given(attempt=st.integers(0, 400), name=st.text(max_size=20))
def test_a_wait_is_drawn_from_the_record_and_bounded(attempt: int, name: str) -> None:
    tried = replace(going(), attempt=attempt, incident=name)
    result = Result(Event.UNREACHABLE, "no")
    first, again = (after(tried, result, NOW, MANNER) for _ in range(2))

    assert first == again
    if first.due_at is not None:
        whole = MANNER.retries[min(attempt, len(MANNER.retries) - 1)]
        assert whole / 2 <= first.due_at - NOW <= whole


class Vendor:
    """A place that does what it is told to do wrong, and remembers what it showed."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, str]] = []
        self.there = False

    def show(self, of: Any, fault: str) -> Result:
        if fault in {"ok", "lost"}:
            self.there = True
            self.shown.append((of.revision, of.state))
        if fault == "ok":
            return Result(Event.SENT, "", {"ts": "1"})
        wrong = {"lost": Uncertain, "cut": Uncertain, "down": Unreachable, "no": Refused}
        return failed(wrong.get(fault, Unreachable)(fault))

    def look(self, fault: str) -> Result:
        if fault in {"down", "cut"}:
            return failed(Unreachable(fault))
        return Result(Event.FOUND, "", {"ts": "1"}) if self.there else Result(Event.MISSING, "")


STATES = st.sampled_from(["firing", "firing", "acknowledged", "stale", "resolved"])
FAULTS = st.sampled_from(["ok", "ok", "lost", "cut", "down", "no", "restart"])


@settings(max_examples=300)
@given(
    states=st.lists(STATES, min_size=1, max_size=8),
    faults=st.lists(FAULTS, max_size=30),
    steps=st.lists(st.booleans(), max_size=30),
)
def test_on_every_path_it_converges_and_nothing_old_follows_something_new(
    states: list[str], faults: list[str], steps: list[bool]
) -> None:
    vendor, known, now, at = Vendor(), None, NOW, 0
    versions = [incident(revision=n + 1, state=state) for n, state in enumerate(states)]
    todo = [*zip(faults, steps, strict=False), *[("ok", True)] * (len(states) + 200)]
    for fault, forward in todo:
        at = min(at + forward, len(versions) - 1)
        known, now = one_step(vendor, known, versions[at], now, fault)

    revisions = [revision for revision, _ in vendor.shown]
    assert revisions == sorted(revisions)
    assert not vendor.shown or vendor.shown[0][1] != "resolved"
    final = decide(known, versions[-1], now)
    assert final.action in {Action.NOTHING, Action.WAIT} or final.why is Why.UP_TO_DATE
    if vendor.there and final.why is Why.UP_TO_DATE:
        assert vendor.shown[-1] == (versions[-1].revision, versions[-1].state)
    assert vendor.there or states[-1] == "resolved" or final.why is Why.GAVE_UP


def one_step(
    vendor: Vendor, known: Delivery | None, of: Any, now: Any, fault: str
) -> tuple[Delivery | None, Any]:
    """What the shell does with one decision."""
    decision = decide(known, of, now)
    if decision.until is not None:
        return known, decision.until
    if decision.action is Action.NOTHING:
        return known, now + SECOND
    record = wanted(known, of, "p")
    if decision.action is Action.LOOK:
        return after(record, vendor.look(fault), now, MANNER), now + SECOND
    record = begun(record, now)
    if fault == "restart":
        return restored(record, now, MANNER), now + SECOND
    return after(record, vendor.show(of, fault), now, MANNER), now + SECOND
