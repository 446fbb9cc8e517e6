"""The stream of changes: everything as it stands, then what is new, and nothing that grows."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spendwatch.web import changes
from spendwatch.web.changes import BATCH, Feed
from streams.views import Change, Views
from tests.spendwatch.web_kit import PATIENCE, Site, running, until
from tests.streams.views_kit import (
    CODEC,
    allocation,
    budget,
    clock,
    forgotten,
    incident,
    judged,
    let_in,
    standing,
)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    entries = [
        standing(allocation("application:chat", 1)),
        standing(allocation("keys:chat|k", 1)),
        standing(budget()),
        judged(incident()),
        clock(),
    ]
    async with running(tmp_path, *entries) as found:
        yield found


class Stream:
    """A client of the stream that remembers what it heard."""

    def __init__(self, content: Any) -> None:
        self._content = content
        self.heard: list[tuple[str, Any]] = []
        self.comments = 0

    async def until(self, event: str, **fields: Any) -> Any:
        """Read until an event of this name with these fields has come; all of it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for said, value in self.heard:
                    if said == event and fields.items() <= value.items():
                        return value
                await self._read()

    async def _read(self) -> None:
        name = ""
        while line := (await self._content.readline()).decode().rstrip("\n"):
            if line.startswith(":"):
                self.comments += 1
            elif line.startswith("event: "):
                name = line.removeprefix("event: ")
            else:
                self.heard.append((name, json.loads(line.removeprefix("data: "))))


@asynccontextmanager
async def streaming(site: Site, query: str = "") -> AsyncIterator[Stream]:
    async with site.client.get(f"/v1/changes{query}") as answered:
        assert answered.status == 200
        assert answered.content_type == "text/event-stream"
        yield Stream(answered.content)


async def test_it_begins_with_everything_and_goes_on_with_what_changes(site: Site) -> None:
    async with streaming(site) as stream:
        first = await stream.until("allocation", series="application:chat")
        assert first["windows"][0]["cost_nano_usd"] == 1
        assert (await stream.until("budget", name="retail"))["marks"] == []
        assert (await stream.until("incident", id="inc_a"))["headline"]
        assert (await stream.until("status", ready=True))["watermark"]
        assert not [one for one in stream.heard if one[1].get("series") == "keys:chat|k"]
        assert stream.comments
        await site.put(
            standing(allocation("application:chat", 2, owner="moved")),
            standing(allocation("keys:chat|k", 2)),
            judged(replace(incident(), revision=2, state="acknowledged")),
        )
        second = await stream.until("allocation", series="application:chat", owner="moved")
        assert second["windows"][0]["cost_nano_usd"] == 2
        assert await stream.until("incident", revision=2, state="acknowledged")
        await site.put(forgotten("inc_a"))
        assert await stream.until("gone", table="incident", key="inc_a")
        assert not [one for one in stream.heard if one[1].get("series") == "keys:chat|k"]


async def test_a_cut_can_be_followed_instead_of_owners(site: Site) -> None:
    async with streaming(site, "?level=keys") as stream:
        await stream.until("allocation", series="keys:chat|k")
        await stream.until("status", ready=True)
        assert not [one for one in stream.heard if one[1].get("level") == "application"]


async def test_a_silence_is_filled_with_the_status(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "HEARTBEAT", 0.05)
    async with streaming(site) as stream:
        await until_count(stream, 3)


async def until_count(stream: Stream, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while sum(name == "status" for name, _ in stream.heard) < count:
            await stream._read()


async def test_a_client_that_has_gone_is_forgotten(site: Site) -> None:
    async with streaming(site) as stream:
        await stream.until("status", ready=True)
        assert len(site.client.app[changes.OPEN]) == 1

    async def noticed() -> bool:
        await site.put(standing(allocation("application:chat", 5)))
        return not site.client.app[changes.OPEN]

    async with asyncio.timeout(PATIENCE):
        while not await noticed():
            await asyncio.sleep(0.05)


async def test_a_client_that_does_not_read_is_dropped(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "SLOW", 0.2)
    monkeypatch.setattr(changes, "GATHERS", 0.0)
    long = [standing(allocation(f"application:{n}", owner="x" * 5000)) for n in range(2000)]
    await site.put(*long)
    server = site.client.server
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    writer.write(b"GET /v1/changes HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await until(lambda: site.client.app[changes.OPEN], "it is there")
    await until(lambda: not site.client.app[changes.OPEN], "it is dropped")
    writer.close()
    del reader


async def test_too_many_streams_are_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "CLIENTS", 1)
    async with streaming(site) as stream:
        await stream.until("status", ready=True)
        assert (await site.get("/v1/changes", 503))["error"]["reason"] == "busy"


async def test_a_feed_holds_each_key_once_and_the_newest_value_is_sent() -> None:
    views = Views(CODEC)
    feed = Feed(views, "")
    feed.take()
    let_in(views, *(standing(allocation("application:chat", cost)) for cost in range(1, 900)))
    await feed.wait()
    assert feed.take() == [Change("allocation", "application:chat")]
    sent = changes.event(views, Change("allocation", "application:chat"), {}).decode()
    assert json.loads(sent.partition("data: ")[2])["windows"][0]["cost_nano_usd"] == 899
    feed.close()
    let_in(views, *[standing(allocation("application:chat", 5))] * 1000)
    assert feed.take() == []


async def test_what_is_pending_is_sent_in_batches() -> None:
    views = Views(CODEC)
    let_in(views, *(standing(allocation(f"application:{n}")) for n in range(BATCH + 9)))
    feed = Feed(views, "")
    await feed.wait()
    assert len(feed.take()) == BATCH
    async with asyncio.timeout(PATIENCE):
        await feed.wait()
    assert len(feed.take()) == 10
