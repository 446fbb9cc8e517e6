"""Who hosts the views and the web: here on any log by itself, in streams/live.py with Faust."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web

from schemas.codec import Codec
from streams.log import Log
from streams.views import Views
from streams.views_follow import follow
from streams.views_ticks import Ticker

GRACE = 2.0
"""Seconds that requests under way get at the end."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """What a host is given: the views, where they come from, and the web over them."""

    views: Views
    log: Log
    codec: Codec
    clock: Callable[[], int]
    """The time, microseconds since 1970."""

    application: web.Application
    host: str
    port: int
    """0: any free one."""

    @property
    def ticker(self) -> Ticker:
        """One that writes ticks by this clock to this log."""
        return Ticker(self.log, self.codec, self.clock)


@asynccontextmanager
async def listening(hosted: Hosted) -> AsyncIterator[int]:
    """The web answers inside; the port. Raises OSError where the port is taken."""
    runner = web.AppRunner(hosted.application, access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    try:
        await web.TCPSite(runner, hosted.host, hosted.port).start()
        port = runner.addresses[0][1]
        logger.info("web_served", host=hosted.host, port=port)
        yield port
    finally:
        await runner.cleanup()


async def serve(hosted: Hosted, stop: asyncio.Event) -> None:
    """Web, views and ticks on any log until `stop` is set; for the embedded one. Raises OSError."""
    async with listening(hosted), asyncio.TaskGroup() as group:
        group.create_task(follow(hosted.views, hosted.log, stop))
        group.create_task(hosted.ticker.run(stop))
