"""Two doubles of places on loopback, served beside the round: what people really got to see."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from threading import Thread
from typing import Any

from tests.notifiers.slack_double import CHANNEL, TOKEN, SlackDouble
from tests.notifiers.webhook_double import SECRET, WebhookDouble

SECRETS = {"CHAOS_SLACK_TOKEN": TOKEN, "CHAOS_WEBHOOK_SECRET": SECRET}
"""Environment variables that deliver needs."""


class Receivers:
    """A Slack channel and a webhook, up while the context is open."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="receivers")

    def __enter__(self) -> "Receivers":
        self._thread.start()
        self._slack, self._webhook = self._wait(opened())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._slack.stop())
        self._wait(self._webhook.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def places(self) -> list[dict[str, Any]]:
        """How the rulebook names them."""
        slack = {"channel": CHANNEL, "token": "env:CHAOS_SLACK_TOKEN", "edits_apart_s": 1}
        webhook = {"secrets": ["env:CHAOS_WEBHOOK_SECRET"]}
        return [
            {"name": "channel", "kind": "slack", "base_url": f"{self._slack.url}/", **slack},
            {"name": "hook", "kind": "webhook", "url": f"{self._webhook.url}/hook", **webhook},
        ]

    def messages(self) -> Counter[str]:
        """Messages that stand in the channel itself, by incident: one each, whatever happened."""
        return Counter(
            str(one["metadata"]["event_payload"]["incident"]) for one in self._slack.parents
        )

    def events(self) -> Counter[str]:
        """How often each incident came to the webhook; receivers drop a known `webhook-id`."""
        return Counter(str(one["subject"]) for one in self._webhook.events.values())

    def contradictions(self) -> list[str]:
        """Ids under which the webhook got two different bodies: one of them would be lost."""
        bodies: dict[str, Any] = {}
        calls = ((one.headers, one.body) for one in self._webhook.named("hook"))
        ids = [(headers.get("webhook-id", ""), body) for headers, body in calls]
        return [name for name, body in ids if bodies.setdefault(name, body) != body]

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


async def opened() -> tuple[SlackDouble, WebhookDouble]:
    """Both, listening."""
    slack, webhook = SlackDouble(), WebhookDouble()
    await slack.start()
    await webhook.start()
    return slack, webhook
