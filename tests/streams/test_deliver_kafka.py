"""Delivery on real Kafka: what the log's suite can't say, that the shell drives it rightly."""

import asyncio

import pytest

from schemas.topics import widths
from tests.kafka.kafka_fixtures import NewLog
from tests.streams.deliver_kit import (
    Ear,
    HandClock,
    attempts,
    delivering,
    incident,
    notices,
    put,
    state,
    until,
)

pytestmark = pytest.mark.kafka


async def test_it_goes_on_where_a_killed_one_was(kafka_log: NewLog) -> None:
    log, clock, ear = kafka_log(widths(1, 1)), HandClock(), Ear()
    ear.gate.clear()
    put(log, incident())
    async with delivering(log, {"ear": ear}, clock, grace=0.0):
        await until(lambda: ear.heard, "a call under way")
    # readers may see a commit a moment after whoever made it
    await until(lambda: ("inc1", "ear") in state(log), "the intent")
    assert state(log)["inc1", "ear"].phase == "intent"
    ear.gate.set()
    async with delivering(log, {"ear": ear}, clock, member="deliver-1"):
        await until(lambda: state(log)["inc1", "ear"].delivered == 1, "the result")
        clock.turn(3)
        put(log, incident(revision=2), incident(revision=3))
        await until(lambda: state(log)["inc1", "ear"].delivered == 3, "the newest revision")

    assert ear.revisions[-1] == 3
    assert [reason for _, _, reason in attempts(log)][:2] == ["found", "changed"]
    assert notices(log)[-1].revision == 3


async def test_who_is_fenced_writes_nothing_and_opens_again_if_it_stays_his(
    kafka_log: NewLog,
) -> None:
    log, clock, ear = kafka_log(widths(1, 1)), HandClock(), Ear()
    ear.gate.clear()
    async with delivering(log, {"ear": ear}, clock):
        put(log, incident())
        await until(lambda: ear.under_way, "a call under way")
        other = log.own("deliver", 0)
        ear.gate.set()
        await until(lambda: not ear.under_way, "the end of the call")
        await asyncio.sleep(0.5)
        assert state(log)["inc1", "ear"].phase == "intent"
        other.close()
        await until(lambda: state(log)["inc1", "ear"].delivered == 1, "its result after all")

    assert ear.looked == 1
