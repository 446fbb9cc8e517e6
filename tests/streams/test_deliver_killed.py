"""Delivery killed in the middle of a call: a real process, SIGKILL, and a Slack that remembers."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.notifiers import slack_double
from tests.notifiers.slack_double import SlackDouble
from tests.notifiers.vendor_double import Fault
from tests.streams.deliver_kit import incident, made_log, put, state, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackDouble]:
    monkeypatch.setenv("SLACK_TOKEN", slack_double.TOKEN)
    double = SlackDouble()
    await double.start()
    yield double
    await double.stop()


async def process(file: Path, url: str) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "tests.streams.deliver_process", str(file), url]
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT)


@pytest.mark.parametrize("applied", [True, False])
async def test_killed_between_intent_and_answer_it_shows_once(
    tmp_path: Path, slack: SlackDouble, applied: bool
) -> None:
    log = made_log(tmp_path)
    put(log, incident(places=("slack",)))
    slack.fail("chat.postMessage", Fault(held=True, applied=applied))
    first = await process(tmp_path / "log.db", slack.url)
    await until(lambda: slack.calls, "a call under way")
    first.send_signal(signal.SIGKILL)
    await first.wait()
    assert state(log)["inc1", "slack"].phase == "intent"

    second = await process(tmp_path / "log.db", slack.url)
    try:
        await until(lambda: state(log)["inc1", "slack"].delivered == 1, "the result")
    finally:
        second.send_signal(signal.SIGKILL)
        await second.wait()
        log.close()

    assert len(slack.parents) == 1
    assert slack.named("conversations.history")
