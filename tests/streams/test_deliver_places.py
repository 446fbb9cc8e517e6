"""Delivery to Slack, Jira and a webhook at once, with faults, lost answers and restarts.

What must hold stands on the ledgers of the doubles: reference, "Crash tests that prove it".
"""

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from notifiers.base import Notifier
from notifiers.jira.client import Jira
from notifiers.slack.client import Slack
from notifiers.webhook.client import Webhook
from schemas.records import Incident
from streams.embedded import EmbeddedLog
from tests.notifiers import jira_double, slack_double, webhook_double
from tests.notifiers.jira_double import JiraDouble
from tests.notifiers.place_kits import jira_settings, slack_settings, wall, webhook_settings
from tests.notifiers.slack_double import SlackDouble
from tests.notifiers.vendor_double import CUT, LOST, Fault
from tests.notifiers.webhook_double import WebhookDouble
from tests.streams.deliver_kit import (
    OPENED,
    FastClock,
    delivering,
    incident,
    made_log,
    notices,
    put,
    state,
    until,
)

SPEED = 300.0
"""How much faster than the wall the shell's clock runs: a quarantine of 3 min is 0.6 s."""

PLACES = ("slack", "jira", "hook")
LIVES = (
    ("firing", "firing", "acknowledged", "resolved"),
    ("firing", "stale", "firing", "firing"),
    ("firing", "resolved"),
    ("firing", "snoozed", "firing", "expected"),
    ("resolved",),
)
FAULTS = (
    LOST,
    CUT,
    Fault(429, {"Retry-After": "4"}),
    Fault(500, body={"ok": False, "error": "internal_error"}),
    Fault(503, body={"ok": False, "error": "service_unavailable"}, applied=True),
)
CALLS = {
    "slack": ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies"),
    "jira": ("create", "comment", "search", "transition", "read"),
    "hook": ("hook",),
}


@dataclass
class World:
    """A log, a clock, three vendors and our places there."""

    log: EmbeddedLog
    clock: FastClock
    slack: SlackDouble
    jira: JiraDouble
    hook: WebhookDouble
    places: dict[str, Notifier]

    @property
    def doubles(self) -> dict[str, Any]:
        return {"slack": self.slack, "jira": self.jira, "hook": self.hook}


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("SLACK_TOKEN", slack_double.TOKEN)
    monkeypatch.setenv("JIRA_TOKEN", jira_double.TOKEN)
    monkeypatch.setenv("HOOK_SECRET", webhook_double.SECRET)
    clock = FastClock(SPEED)
    slack, jira, hook = SlackDouble(), JiraDouble(), WebhookDouble()
    slack.clock = lambda: clock().timestamp()
    async with AsyncExitStack() as stack:
        for double in (slack, jira, hook):
            await double.start()
            stack.push_async_callback(double.stop)
        places: dict[str, Notifier] = {
            "slack": Slack(slack_settings(slack.url)),
            "jira": Jira(jira_settings(jira.url)),
            "hook": Webhook(webhook_settings(hook.url), wall),
        }
        for place in places.values():
            stack.push_async_callback(place.close)
        log = made_log(tmp_path)
        stack.callback(log.close)
        yield World(log, clock, slack, jira, hook, places)


def lives(count: int) -> list[list[Incident]]:
    """The revisions of some incidents."""
    found = []
    for number, life in zip(range(count), itertools.cycle(LIVES), strict=False):
        first = incident(id=f"inc{number}", places=PLACES)
        ended = {"resolved", "expected"}
        found.append(
            [
                replace(
                    first,
                    revision=at + 1,
                    state=state,
                    news=state if at else "opened",
                    resolved_at=OPENED if state in ended else None,
                )
                for at, state in enumerate(life)
            ]
        )
    return found


def settled(world: World, newest: dict[str, Incident]) -> bool:
    """Whether every place has been brought to every incident, or has left it out."""
    known = state(world.log)
    for place, (name, one) in itertools.product(PLACES, newest.items()):
        record = known.get((name, place))
        if record is None or record.phase != "idle" or record.desired != one.revision:
            return False
        if record.delivered != one.revision and record.error != "over_before_shown":
            return False
    return True


async def test_each_place_is_brought_to_the_newest_revision(world: World) -> None:
    told = lives(len(LIVES))
    newest = {life[-1].id: life[-1] for life in told}
    async with delivering(world.log, world.places, world.clock):
        for revision in range(4):
            put(world.log, *(life[revision] for life in told if revision < len(life)))
            await asyncio.sleep(0.1)
        await until(lambda: settled(world, newest), "all settled")

    check(world, newest)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_faults_and_restarts_lose_nothing_and_double_nothing(world: World, seed: int) -> None:
    dice = random.Random(seed)
    told = lives(len(LIVES))
    newest = {life[-1].id: life[-1] for life in told}
    for place, names in CALLS.items():
        for name in names:
            world.doubles[place].fail(name, *dice.choices(FAULTS, k=dice.randrange(3)))
    for revision in range(4):
        async with delivering(world.log, world.places, world.clock, grace=0.0):
            put(world.log, *(life[revision] for life in told if revision < len(life)))
            await asyncio.sleep(dice.random() / 2)
    async with delivering(world.log, world.places, world.clock):
        await until(lambda: settled(world, newest), "all settled")

    check(world, newest)


def check(world: World, newest: dict[str, Incident]) -> None:
    """Every place as it must be: once, at the newest revision, never back."""
    known = state(world.log)
    shown = {name for name, one in newest.items() if known[name, "slack"].delivered}
    assert shown >= {name for name, one in newest.items() if one.state == "firing"}
    check_slack(world, newest, shown)
    check_jira(world, newest)
    check_hook(world)
    assert {one.text.split("\n")[0] for one in notices(world.log)}


def check_slack(world: World, newest: dict[str, Incident], shown: set[str]) -> None:
    parents = [one["metadata"]["event_payload"] for one in world.slack.parents]
    assert sorted(one["incident"] for one in parents) == sorted(shown)
    assert all(int(one["told"]) == newest[one["incident"]].revision for one in parents)
    history: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in world.slack.applied:
        history[one["incident"]].append(one)
    for said in history.values():
        revisions = [int(one["told"]) for one in said]
        assert revisions == sorted(revisions)
        assert said[0]["state"] not in {"resolved", "expected"}
    replies = [one for one in world.slack.messages if "thread_ts" in one]
    told = [(one["thread_ts"], one["metadata"]["event_payload"]["told"]) for one in replies]
    assert len(set(told)) == len(told)


def check_jira(world: World, newest: dict[str, Incident]) -> None:
    over = {name for name, one in newest.items() if one.state in {"resolved", "expected"}}
    labels = [world.jira.tickets[key]["fields"]["labels"][0] for key in world.jira.open]
    assert len(labels) == len(set(labels))
    assert not {f"spend-{name}" for name in over} & set(labels)
    assert len(world.jira.tickets) <= len(newest)


def check_hook(world: World) -> None:
    seen: dict[str, int] = {}
    for event in world.hook.events.values():
        name, revision = event["subject"], event["data"]["revision"]
        assert revision > seen.get(name, 0)
        seen[name] = revision
