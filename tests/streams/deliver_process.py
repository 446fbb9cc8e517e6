"""Deliver to one Slack channel as a process of its own, to be killed: FILE URL."""

import asyncio
import sys
import time
from datetime import UTC, datetime

from notifiers.slack.client import Slack
from streams.deliver import Deliver
from streams.deliver_calls import DeliverSettings
from streams.embedded import EmbeddedLog
from tests.notifiers.place_kits import slack_settings


def wall() -> datetime:
    return datetime.now(UTC)


async def main(file: str, url: str) -> None:
    """Until it is killed."""
    log = EmbeddedLog(file, {}, lambda: time.time_ns() // 1000)
    place = Slack(slack_settings(url))
    settings = DeliverSettings(organisation="acme")
    await Deliver(log, {"slack": place}, wall, settings).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
