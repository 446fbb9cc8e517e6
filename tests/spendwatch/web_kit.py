"""What the tests of the web share: the whole of it over an embedded log, and a client."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from schemas.moments import micros
from schemas.records import Answer
from schemas.topics import widths
from spendwatch.web import WebSettings, application
from streams.embedded import EmbeddedLog
from streams.log import Entry, Record, Unreachable
from streams.views import Views
from streams.views_follow import follow
from tests.streams.views_kit import CODEC, NOW

PATIENCE = 10.0


class SilentLog(EmbeddedLog):
    """A log that does not answer for as long as it is told."""

    silent = False

    def append(self, entries: Any) -> None:
        self._speak()
        super().append(entries)

    def end(self, topic: str, partition: int) -> int:
        self._speak()
        return super().end(topic, partition)

    def _speak(self) -> None:
        if self.silent:
            raise Unreachable("the log does not answer")


@dataclass
class Site:
    """A running web: what it stands on, and how to ask it."""

    client: "TestClient[Any, Any]"
    log: SilentLog
    views: Views
    now: list[int] = field(default_factory=lambda: [micros(NOW)])

    async def get(self, path: str, status: int = 200) -> Any:
        """What it answers as JSON, with the status that it must have."""
        async with self.client.get(path) as answered:
            return await told(answered, status)

    async def post(self, path: str, status: int = 202, **given: Any) -> Any:
        """The same of a POST."""
        async with self.client.post(path, **given) as answered:
            return await told(answered, status)

    def records(self, topic: str) -> list[Record]:
        """What a topic of one partition holds."""
        return list(self.log.read(topic, 0))

    def answers(self) -> list[Answer]:
        """What people said, as the judge hears it."""
        found = [CODEC.decode(one.value or b"") for one in self.records("docket")]
        return [one for one in found if isinstance(one, Answer)]

    async def put(self, *entries: Entry) -> None:
        """Put entries on the log and wait until the views have them."""
        self.log.append(entries)
        ends = {entry.topic: self.log.end(entry.topic, 0) for entry in entries}
        await until(
            lambda: all(self.views.next.get((topic, 0)) == end for topic, end in ends.items()),
            "the views have it",
        )


async def told(answered: ClientResponse, status: int) -> Any:
    """The JSON of an answer, whose error has a reason and a detail."""
    found: Any = await answered.json() if answered.content_type == "application/json" else None
    assert answered.status == status, found
    if status >= 400:
        assert isinstance(found, dict)
        assert found["error"]["reason"]
        assert isinstance(found["error"]["detail"], str)
    return found


async def until(done: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"never happened: {what}"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def running(folder: Path, *entries: Entry, **settings: Any) -> AsyncIterator[Site]:
    """The web over a log that holds these entries; the views are restored when it is given."""
    async with unrestored(folder, *entries, **settings) as site:
        stop = asyncio.Event()
        following = asyncio.create_task(follow(site.views, site.log, stop))
        await until(lambda: site.views.ready, "the views are restored")
        yield site
        site.log.silent = False
        stop.set()
        await following


@asynccontextmanager
async def unrestored(folder: Path, *entries: Entry, **settings: Any) -> AsyncIterator[Site]:
    """The same before its views have read anything."""
    log = SilentLog(folder / "log.db", widths(1, 1), lambda: micros(NOW))
    log.append(entries)
    views, now = Views(CODEC), [micros(NOW)]
    app = application(views, log, CODEC, WebSettings(**settings), lambda: now[0])
    async with TestClient(TestServer(app, shutdown_timeout=1.0)) as client:
        yield Site(client, log, views, now)
    log.close()
