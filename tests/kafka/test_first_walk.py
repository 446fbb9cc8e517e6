"""The thinnest walk: one usage in, one Slack message out, through real Kafka and through replay."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.moments import EPOCH, micros
from streams import rulebook
from streams.book import Book, Books
from streams.log import Entry
from streams.replay import replay
from streams.sources import in_columns
from streams.walk import Walk
from tests.kafka.fleet import Fleet
from tests.kafka.kafka_fixtures import drop
from tests.notifiers.slack_double import CHANNEL, TOKEN, SlackDouble

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

RULEBOOK = """
organisation: acme
owners:
  - {{id: retail, level: business_unit}}
  - {{id: assistants, level: service, under: retail}}
  - {{id: chat, level: application, under: assistants}}
rules: [{{owner: chat, when: {{application: chat}}}}]
policies:
  - {{name: approved, kind: models_allowed, environments: [production], models: [gpt-4o]}}
places:
  - name: alerts
    kind: slack
    channel: {channel}
    token: "env:SLACK_TOKEN"
    base_url: "{url}/"
    allow_http: true
routes: [{{places: [alerts]}}]
"""


def usage(at: datetime) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": "e1",
        "source": "/svc/chat",
        "type": "ai.usage.llm.v1",
        "time": at.isoformat(),
        "data": {
            "provider": "anthropic",
            "model": "claude-opus-4-1",
            "application": "chat",
            "environment": "production",
            "quantities": {"input_uncached": 20_000, "output": 1_000, "requests": 1},
        },
    }


async def until(double: SlackDouble, seconds: float) -> None:
    for _ in range(int(seconds * 10)):
        if double.parents:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("Slack has heard nothing")


async def test_one_usage_becomes_one_slack_message(kafka_servers: str, tmp_path: Path) -> None:
    slack = SlackDouble()
    await slack.start()
    text = RULEBOOK.format(channel=CHANNEL, url=slack.url)
    (tmp_path / "rulebook.yaml").write_text(text)
    prefix = f"w{uuid4().hex[:8]}-"
    with Fleet(kafka_servers, prefix, 2, 2, {"SLACK_TOKEN": TOKEN}) as fleet:
        await asyncio.to_thread(fleet.call, "rulebook", "publish", str(tmp_path / "rulebook.yaml"))
        for part in ("meter", "watch", "deliver"):
            fleet.start(part)
        log = fleet.log()
        await asyncio.sleep(5)
        event = usage(datetime.now(UTC))
        message = json.dumps(event).encode()
        await asyncio.to_thread(log.append, [Entry("usage", b"/svc/chat|e1", message)])
        await until(slack, 30)
        log.close()
    await slack.stop()
    [parent] = slack.parents
    assert "claude-opus-4-1 is not allowed in production" in json.dumps(parent)
    assert "$0.38" in parent["text"]
    drop(kafka_servers, prefix)

    (tmp_path / "usage.jsonl").write_bytes(message)
    walk = Walk(Books([Book("h", EPOCH, rulebook.read(text))]))
    started = micros(datetime.now(UTC) + timedelta(minutes=5))
    paces = list(replay(in_columns([tmp_path / "usage.jsonl"]), walk, started))
    told = {one.id for pace in paces if pace.walked for one in pace.walked.incidents}
    assert {payload["incident"] for payload in slack.applied} == told
