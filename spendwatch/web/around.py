"""What every handler is given, and how they ask the log: in threads, so that nothing else waits."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from aiohttp import web

from schemas.codec import Codec
from schemas.moments import moment
from spendwatch.web.problems import Problem, Why
from streams.log import Entry, Log, LogError
from streams.views import Views

T = TypeVar("T")

THREADS = 8
WAITING = 64
"""Calls of the log that may be under way; beyond, a caller is told to come again."""

AGAIN = 5
"""Seconds after which a caller may ask a log again that did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """What the web is told by whoever starts it."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    token: str = field(default="", repr=False)
    """What POST requests must carry; empty: nothing."""

    slack_secret: str = field(default="", repr=False)
    """The signing secret of the Slack app whose buttons we answer; empty: none."""


class LogCalls:
    """Calls of the log by a few threads, and not too many at once."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "web-log")
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns. Raises Problem where the log does not answer or is too busy."""
        if self._waiting >= WAITING:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, Why.BUSY, "too many at once", 1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except LogError as wrong:
            said = f"{wrong}; the same may be sent again, nothing counts twice"
            status = HTTPStatus.SERVICE_UNAVAILABLE
            raise Problem(status, Why.LOG_UNAVAILABLE, said, AGAIN) from None
        finally:
            self._waiting -= 1

    async def close(self, _: web.Application) -> None:
        """Let the threads go; a call that hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The views, the log behind them, and how to speak to it."""

    views: Views
    log: Log
    codec: Codec
    settings: WebSettings
    clock: Callable[[], int]
    """The time, microseconds since 1970."""

    calls: LogCalls = field(default_factory=LogCalls)

    @property
    def now(self) -> datetime:
        """The time, aware."""
        return moment(self.clock())

    async def append(self, entries: Sequence[Entry]) -> None:
        """Returns when the log has taken all of them. Raises Problem."""
        await self.calls.run(lambda: self.log.append(entries))


AROUND = web.AppKey("AROUND", Around)


def around(request: web.Request) -> Around:
    """What the application was given."""
    return request.app[AROUND]


def restored(request: web.Request) -> Views:
    """The views, once all of the log is in them. Raises Problem."""
    views = around(request).views
    if not views.ready:
        said = "the views are being restored from the log"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, Why.RESTORING, said, 1)
    return views
