"""The host on the embedded log: web, views and ticks in one coroutine, until it is told to stop."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from schemas.moments import micros
from schemas.topics import widths
from spendwatch.web import WebSettings, application
from streams.embedded import EmbeddedLog
from streams.views import Views
from streams.views_host import Hosted, serve
from tests.spendwatch.web_kit import PATIENCE, until
from tests.streams.views_kit import CODEC, NOW, allocation, standing


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


@asynccontextmanager
async def hosting(tmp_path: Path, port: int) -> AsyncIterator[EmbeddedLog]:
    log = EmbeddedLog(tmp_path / "log.db", widths(1, 1), lambda: 0)
    log.append([standing(allocation())])
    views, stop = Views(CODEC), asyncio.Event()
    app = application(views, log, CODEC, WebSettings(port=port), lambda: micros(NOW))
    hosted = Hosted(
        views=views,
        log=log,
        codec=CODEC,
        clock=lambda: micros(NOW),
        application=app,
        host="127.0.0.1",
        port=port,
    )
    task = asyncio.create_task(serve(hosted, stop))
    try:
        await until(lambda: views.ready or task.done(), "the views are restored")
        yield log
    finally:
        stop.set()
        try:
            await asyncio.wait_for(task, PATIENCE)
        finally:
            log.close()


async def test_it_serves_follows_and_ticks(tmp_path: Path) -> None:
    port = free_port()
    async with hosting(tmp_path, port) as log, aiohttp.ClientSession() as client:
        url = f"http://127.0.0.1:{port}/v1/allocations/chat"
        await until(lambda: list(log.read("docket", 0)), "the tick of this minute")
        log.append([standing(allocation(cost=77))])

        async def cost() -> int:
            async with client.get(url) as answered:
                found: int = (await answered.json())["windows"][0]["cost_nano_usd"]
                return found

        async with asyncio.timeout(PATIENCE):
            while await cost() != 77:
                await asyncio.sleep(0.02)


async def test_it_stops_at_once_though_streams_are_open(tmp_path: Path) -> None:
    port = free_port()
    async with aiohttp.ClientSession() as client:
        async with hosting(tmp_path, port):
            stream = await client.get(f"http://127.0.0.1:{port}/v1/changes")
            await stream.content.readline()
            began = time.monotonic()
        assert time.monotonic() - began < 2.0
        await asyncio.wait_for(stream.read(), PATIENCE)  # it ended in order


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    held = socket.create_server(("127.0.0.1", 0))
    with held, pytest.raises(OSError, match="address already in use"):
        async with hosting(tmp_path, held.getsockname()[1]):
            pass
