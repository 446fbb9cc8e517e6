"""The shell that converges places, on the embedded log, with places of our own making."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notifiers.base import Gone, Refused, Uncertain, Unreachable
from notifiers.manner import Manner
from schemas.records import Delivery, Finding
from schemas.states import Position
from schemas.unsettled import Pending, Told
from streams.embedded import EmbeddedLog
from streams.log import Entry
from tests.streams.deliver_kit import (
    CODEC,
    OPENED,
    Ear,
    HandClock,
    attempts,
    delivering,
    incident,
    made_log,
    notices,
    put,
    quiet,
    state,
    until,
    until_count,
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    made = made_log(tmp_path)
    yield made
    made.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def over(revision: int, **changes: Any) -> Any:
    ended = OPENED + timedelta(hours=1)
    life = {"state": "resolved", "news": "resolved", "resolved_at": ended}
    return incident(revision=revision, **life, **changes)


async def test_an_incident_is_shown_and_everything_about_it_is_on_the_log(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: notices(log), "a notice")

    record = state(log)["inc1", "ear"]
    assert ear.revisions == [1]
    assert ear.heard[0].link == "https://spend.example/incidents/inc1"
    assert (record.delivered, record.phase, record.remote) == (1, "idle", {"place": "here"})
    assert attempts(log) == [(1, "sent", "first")]
    assert "$412" in notices(log)[0].text
    records = [CODEC.decode(one.value or b"") for one in log.read("delivery", 0)]
    phases = [one.phase for one in records if isinstance(one, Delivery)]
    assert phases == ["intent", "idle"]
    assert log.committed("deliver", 0) == {
        topic: log.end(topic, 0) for topic in ("incident", "delivery")
    }


async def test_a_burst_becomes_one_change_and_the_newest_wins(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: notices(log), "a notice")
        put(log, *(incident(revision=n, news="worse") for n in range(2, 8)))
        put(log, incident(revision=3))
        await quiet(log)
        assert ear.revisions == [1]
        clock.turn(3)
        await until(lambda: ear.revisions == [1, 7], "one change")
        clock.turn(3)
        await quiet(log)

    assert ear.revisions == [1, 7]


async def test_what_else_the_judge_keeps_is_left_alone(log: EmbeddedLog, clock: HandClock) -> None:
    finding = Finding(
        series="s",
        owner="",
        dimensions={},
        rule="r",
        cause="c",
        phase="breach",
        bucket="minute",
        bucket_start=OPENED,
        bucket_end=OPENED,
        time=OPENED,
        window=1,
        observed=1,
        expected=1,
        low=1,
        high=1,
        excess_nano_usd=0,
        accrued_nano_usd=0,
        hourly_nano_usd=0,
        opened_at=OPENED,
        reason="",
        history=False,
        rulebook="",
    )
    settled = incident(id="settled", revision=0)
    others = [
        Position(next={"docket": 4}),
        Pending(finding=finding, heard=OPENED),
        Told(),
        settled,
    ]
    ear = Ear()
    log.append(
        Entry("incident", f"settled {n}".encode(), CODEC.encode(one), 0)
        for n, one in enumerate(others)
    )
    log.append(
        [Entry("incident", b"incident other", b"not ours", 0), Entry("incident", b"x", None, 0)]
    )
    async with delivering(log, {"ear": ear}, clock):
        log.append([Entry("incident", b"incident another", b"\xc3\x01not ours either", 0)])
        put(log, incident())
        await until(lambda: notices(log), "a notice")

    assert ear.revisions == [1]


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (over(4), "over_before_shown"),
        (incident(revision=4, quiet="history"), "quiet"),
        (incident(revision=4, places=("nowhere",)), "unknown_place"),
    ],
)
async def test_what_is_not_shown_is_noted_once_with_its_reason(
    log: EmbeddedLog, clock: HandClock, first: Any, reason: str
) -> None:
    ear = Ear()
    put(log, first)
    for _ in range(2):
        async with delivering(log, {"ear": ear}, clock):
            await until(lambda: attempts(log), "a note")
            await quiet(log)

    assert ear.heard == []
    assert [(outcome, why) for _, outcome, why in attempts(log)] == [("nothing_to_do", reason)]


async def test_what_a_place_shows_is_changed_even_if_it_has_become_quiet(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: notices(log), "a notice")
        clock.turn(3)
        put(log, incident(revision=2, state="merged", quiet="merged", places=()))
        await until(lambda: ear.revisions == [1, 2], "the change")


async def test_after_a_restart_in_the_middle_of_a_call_it_looks_first(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    ear.gate.clear()
    put(log, incident())
    async with delivering(log, {"ear": ear}, clock, grace=0.0):
        await until(lambda: ear.heard, "a call under way")
    assert state(log)["inc1", "ear"].phase == "intent"
    ear.gate.set()
    async with delivering(log, {"ear": ear}, clock):
        await until(lambda: state(log)["inc1", "ear"].delivered == 1, "the result")

    assert ear.looked == 1
    assert [reason for _, _, reason in attempts(log)] == ["found", "changed"]


async def test_after_a_restart_before_the_call_it_shows_once(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    ear.gate.clear()
    ear.wrongs = [(Unreachable("never sent"), False)]
    put(log, incident())
    async with delivering(log, {"ear": ear}, clock, grace=0.0):
        await until(lambda: ear.under_way, "a call under way")
    ear.gate.set()
    async with delivering(log, {"ear": ear}, clock):
        await until(lambda: attempts(log), "a look")
        clock.turn(60)
        await until(lambda: ear.revisions == [1], "the notice")

    assert [reason for _, _, reason in attempts(log)] == ["missing", "first"]


async def test_a_doubtful_resolve_of_what_was_never_shown_stays_unsaid(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    ear.wrongs = [(Uncertain("cut"), False)]
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: attempts(log), "a try")
        put(log, over(2))
        clock.turn(60)
        await until(lambda: "nothing_to_do" in str(attempts(log)), "a note")

    assert ear.heard == []
    assert ear.looked == 1


async def test_a_place_that_is_busy_is_left_alone_as_long_as_it_says(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    ear.wrongs = [(Unreachable("http_429", retry_after=30), False)]
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: attempts(log), "a try")
        put(log, incident(id="inc2"), incident(id="inc3", severity="SEV1"))
        clock.turn(29)
        await quiet(log)
        assert ear.heard == []
        clock.turn(2)
        await until(lambda: len(ear.heard) == 3, "all three")

    assert ear.heard[0].incident.id == "inc3"
    assert ear.most_under_way == 1


async def test_the_calls_of_a_lane_begin_apart(log: EmbeddedLog, clock: HandClock) -> None:
    ear = Ear(Manner(interval=timedelta(seconds=1), at_once=4))
    put(log, *(incident(id=f"inc{n}") for n in range(3)))
    async with delivering(log, {"ear": ear}, clock):
        for count in (1, 2, 3):
            await until_count(lambda: ear.heard, count)
            await quiet(log)
            assert len(ear.heard) == count
            clock.turn(1)


async def test_a_slow_place_holds_up_no_other(log: EmbeddedLog, clock: HandClock) -> None:
    slow, quick = Ear(), Ear()
    slow.gate.clear()
    put(log, incident(places=("slow", "quick")), incident(id="inc2", places=("slow", "quick")))
    async with delivering(log, {"slow": slow, "quick": quick}, clock, grace=0.0):
        await until(lambda: len(quick.heard) == 2, "both notices in the quick place")

    assert len(slow.heard) == 1


async def test_one_call_at_a_time_for_an_incident_and_a_place(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear(Manner(at_once=4, apart=timedelta(0)))
    ear.gate.clear()
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: ear.under_way, "a call under way")
        put(log, incident(revision=2), incident(id="inc2"))
        await until(lambda: ear.under_way == 2, "the other incident")
        await quiet(log)
        assert ear.revisions == [1, 1]
        ear.gate.set()
        await until(lambda: ear.revisions == [1, 1, 2], "the newer revision")


async def test_a_failing_place_is_tried_again_until_it_works(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    ear.wrongs = [(Unreachable("down"), False)] * 5
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        for tries in range(1, 6):
            await until_count(lambda: attempts(log), tries)
            clock.turn(60)
        await until(lambda: ear.revisions == [1], "the notice")

    assert attempts(log) == [(1, "retry", "down")] * 5 + [(1, "sent", "first")]


async def test_a_refusal_is_final_until_something_newer_comes(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    ear.wrongs = [(Refused("channel_not_found"), False)]
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: attempts(log), "a try")
        clock.turn(3600)
        await quiet(log)
        assert attempts(log) == [(1, "refused", "channel_not_found")]
        put(log, incident(revision=2))
        await until(lambda: ear.looked, "a look")
        clock.turn(60)
        await until(lambda: ear.revisions == [2], "the newer revision")


async def test_what_was_deleted_is_made_anew(log: EmbeddedLog, clock: HandClock) -> None:
    ear = Ear()
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: notices(log), "a notice")
        ear.wrongs = [(Gone("message_not_found"), False)]
        clock.turn(3)
        put(log, incident(revision=2))
        await until(lambda: ear.revisions == [1, 2], "a second message")
        await until(lambda: state(log)["inc1", "ear"].delivered == 2, "the result")

    assert state(log)["inc1", "ear"].generation == 2


async def test_a_mistake_of_a_place_is_in_doubt_and_its_text_is_nowhere(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    ear.wrongs = [(RuntimeError("the token is canary"), True)]
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: attempts(log), "a try")

    assert attempts(log)[0] == (1, "uncertain", "RuntimeError")
    everything = [one.value or b"" for one in log.read("delivery-log", 0)]
    assert not any(b"canary" in value for value in everything)


async def test_a_stop_lets_calls_under_way_end(log: EmbeddedLog, clock: HandClock) -> None:
    ear = Ear()
    ear.gate.clear()
    async with delivering(log, {"ear": ear}, clock) as stop:
        put(log, incident(), incident(id="inc2"))
        await until(lambda: ear.under_way, "a call under way")
        stop.set()
        await asyncio.sleep(0.2)
        ear.gate.set()

    assert len(ear.heard) == 1
    assert [one.phase for one in state(log).values()] == ["idle"]


async def test_places_may_come_while_it_runs(log: EmbeddedLog, clock: HandClock) -> None:
    places: dict[str, Any] = {}
    async with delivering(log, places, clock):
        put(log, incident())
        await until(lambda: attempts(log), "a note")
        places["ear"] = Ear()
        put(log, incident(revision=2))
        await until(lambda: places["ear"].revisions == [2], "the notice")


async def test_who_is_fenced_writes_nothing_and_opens_again_if_it_stays_his(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    ear.gate.clear()
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: ear.under_way, "a call under way")
        other = log.own("deliver", 0)
        before = log.end("delivery", 0)
        ear.gate.set()
        await until(lambda: not ear.under_way, "the end of the call")
        await asyncio.sleep(0.5)
        assert log.end("delivery", 0) == before
        other.close()
        await until(lambda: state(log)["inc1", "ear"].delivered == 1, "its result after all")

    assert ear.looked == 1


async def test_the_records_of_a_cleared_incident_are_cleared(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident(), incident(id="inc2"))
        await until(lambda: len(notices(log)) == 2, "two notices")
        log.append([Entry("incident", b"incident inc1", None, 0)])
        await until(lambda: list(state(log)) == [("inc2", "ear")], "a tombstone")
    log.append([Entry("incident", b"incident inc2", None, 0)])
    async with delivering(log, {"ear": ear}, clock):
        await until(lambda: not state(log), "the other tombstone")


async def test_an_incident_may_be_cleared_while_a_call_is_under_way(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear(Manner(at_once=2))
    ear.gate.clear()
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: ear.under_way, "a call under way")
        log.append([Entry("incident", b"incident inc1", None, 0)])
        await quiet(log)
        assert ("inc1", "ear") in state(log)
        ear.gate.set()
        await until(lambda: not state(log), "a tombstone")
        put(log, incident(id="inc2"))
        await until(lambda: len(ear.heard) == 2, "the next incident")


async def test_two_members_share_and_hand_over(log: EmbeddedLog, clock: HandClock) -> None:
    first, second = Ear(), Ear()
    put(log, incident())
    async with delivering(log, {"ear": first}, clock, member="deliver-0"):
        await until(lambda: notices(log), "a notice")
    clock.turn(10)
    async with delivering(log, {"ear": second}, clock, member="deliver-1"):
        put(log, over(2))
        await until(lambda: second.revisions == [2], "the end")

    assert first.revisions == [1]
    assert second.heard[0].delivered == 1


class SlowLog:
    """A log whose calls take their time."""

    def __init__(self, log: EmbeddedLog) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        time.sleep(0.05)
        return getattr(self._log, name)


async def test_a_slow_log_does_not_hold_up_the_event_loop(
    log: EmbeddedLog, clock: HandClock
) -> None:
    ear = Ear()
    slow: Any = SlowLog(log)
    late: list[float] = []

    async def watch() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.005)
            late.append(time.monotonic() - began)

    watching = asyncio.create_task(watch())
    async with delivering(slow, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: ear.heard, "a notice")
    watching.cancel()

    assert sorted(late)[len(late) * 9 // 10] < 0.05
    assert replace(incident(), revision=1) == ear.heard[0].incident
