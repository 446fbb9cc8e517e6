"""Whatever is lost around a delivery, a channel that can be asked hears of an incident once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from notifiers.manner import Manner
from notifiers.slack.client import Slack
from streams import deliver_log
from streams.embedded import EmbeddedLog
from tests.notifiers import slack_double
from tests.notifiers.place_kits import slack_settings
from tests.notifiers.slack_double import SlackDouble
from tests.notifiers.vendor_double import CUT, LOST, Fault
from tests.streams.deliver_kit import (
    Ear,
    FastClock,
    HandClock,
    attempts,
    delivering,
    incident,
    made_log,
    put,
    quiet,
    state,
    until,
)
from tests.streams.faulty_log import LOST_WORD, REFUSED, UNSENT, FaultyLog
from tests.streams.faulty_log import Fault as Failed

SPEED = 300.0
"""How much faster than the wall the shell's clock runs."""

CALLS = {
    "answered": None,
    "lost": LOST,
    "cut": CUT,
    "broken": Fault(503, body={"ok": False, "error": "service_unavailable"}, applied=True),
}
COMMITS = {"refused": REFUSED, "landed unsaid": LOST_WORD, "unsent": UNSENT}
INTENT, RESULT, FURTHER = range(3)
"""The commits of a delivery in their order; further is that of a look or of another try."""


@dataclass
class World:
    """A log, a clock, and a channel in which many people talk."""

    log: EmbeddedLog
    clock: FastClock
    slack: SlackDouble
    place: Slack


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("SLACK_TOKEN", slack_double.TOKEN)
    monkeypatch.setattr(deliver_log, "HEARTBEAT", 0.02)
    log, clock, slack = made_log(tmp_path), FastClock(SPEED), SlackDouble()
    slack.clock = lambda: clock().timestamp()
    slack.crowd = 30
    await slack.start()
    place = Slack(slack_settings(slack.url))
    yield World(log, clock, slack, place)
    await place.close()
    await slack.stop()
    log.close()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("commit", COMMITS)
@pytest.mark.parametrize("at", [INTENT, RESULT, FURTHER])
async def test_a_lost_commit_and_a_lost_answer_tell_it_once(
    world: World, call: str, commit: str, at: int
) -> None:
    if (fault := CALLS[call]) is not None:
        world.slack.fail("chat.postMessage", fault)
    faulty = FaultyLog(world.log, [*[None] * at, COMMITS[commit]])
    put(world.log, incident(places=("slack",)))
    async with delivering(faulty, {"slack": world.place}, world.clock):
        await until(lambda: is_told(world.log), "the result")
        put(world.log, incident(revision=2, places=("slack",), severity="SEV1", news="worse"))
        await until(lambda: is_told(world.log, 2), "the change")

    assert told(world.slack) == ["inc1"]
    assert faulty.commits > at


@pytest.mark.parametrize("applied", [True, False])
async def test_who_loses_the_partition_during_a_call_tells_it_once(
    world: World, applied: bool
) -> None:
    world.slack.fail("chat.postMessage", Fault(held=True, applied=applied))
    put(world.log, incident(places=("slack",)))
    async with delivering(world.log, {"slack": world.place}, world.clock):
        await until(lambda: world.slack.calls, "a call under way")
        world.log.own("deliver", 0).close()
        put(world.log, incident(id="inc2", places=("nowhere",)))
        await until(lambda: is_told(world.log), "the result")

    assert told(world.slack) == ["inc1"]
    assert world.slack.named("conversations.history")


async def test_records_that_are_not_read_to_their_end_are_read_again(world: World) -> None:
    world.slack.fail("chat.postMessage", Fault(held=True, applied=True))
    put(world.log, incident(places=("slack",)))
    async with delivering(world.log, {"slack": world.place}, world.clock, grace=0.0):
        await until(lambda: world.slack.calls, "a call under way")
    faulty = FaultyLog(world.log, cut=["delivery"])
    async with delivering(faulty, {"slack": world.place}, world.clock):
        await until(lambda: is_told(world.log), "the result")

    assert told(world.slack) == ["inc1"]
    assert not faulty.cut


async def test_every_commit_of_a_delivery_may_be_lost_one_after_the_other(world: World) -> None:
    faulty = FaultyLog(world.log, [LOST_WORD, UNSENT, REFUSED, LOST_WORD, UNSENT, LOST_WORD])
    put(world.log, *(incident(id=f"inc{n}", places=("slack",)) for n in range(3)))
    async with delivering(faulty, {"slack": world.place}, world.clock):
        await until(lambda: all(is_told(world.log, of=f"inc{n}") for n in range(3)), "all three")

    assert told(world.slack) == ["inc0", "inc1", "inc2"]


async def test_a_call_that_is_broken_off_is_looked_for_once_its_place_can_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver_log, "HEARTBEAT", 0.02)
    log, clock, ear = made_log(tmp_path), HandClock(), Ear(Manner(quarantine=timedelta(seconds=3)))
    ear.gate.clear()
    put(log, incident())
    async with delivering(log, {"ear": ear}, clock):
        await until(lambda: ear.under_way, "a call under way")
        clock.turn(10)  # the broker was slow to take the intent, or the place to answer
        log.own("deliver", 0).close()
        put(log, incident(id="inc2", places=("nowhere",)))
        await until(lambda: attempts(log), "a note that only the next owner can write")
        await quiet(log)
        assert ear.looked == 0
        clock.turn(3)
        await until(lambda: ear.looked, "a look")
    log.close()


def told(slack: SlackDouble) -> list[str]:
    """The incidents of our messages in the channel."""
    ours = [one["metadata"] for one in slack.parents if "metadata" in one]
    return sorted(str(one["event_payload"]["incident"]) for one in ours)


def is_told(log: FaultyLog | EmbeddedLog, revision: int = 1, of: str = "inc1") -> bool:
    """Whether the channel shows a revision of an incident, by our own records."""
    record = state(log).get((of, "slack"))
    return record is not None and record.delivered == revision


def test_a_commit_is_lost_in_every_way_that_a_log_knows() -> None:
    assert {
        (type(one.error), one.lands) for one in COMMITS.values() if isinstance(one, Failed)
    } == {
        (type(REFUSED.error), False),
        (type(UNSENT.error), False),
        (type(LOST_WORD.error), True),
    }
