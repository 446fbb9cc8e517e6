"""How handlers ask the log: in threads, so that nothing else waits, and not too many at once."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from time import monotonic
from typing import Generic, TypeVar

import structlog
from aiohttp import web

from spendwatch.web.problems import Problem, Why
from streams.log import Entry, Log, LogError

T = TypeVar("T")

THREADS = 8
WAITING = 64
"""Calls of the log that may be under way; beyond, a caller is told to come again."""

WAIT = 2.0
"""Seconds that anybody waits for an answer that others wait for as well."""

AGAIN = 5
"""Seconds after which a caller may ask a log again that did not answer."""


UNAVAILABLE = "the log does not answer; the same may be sent again, nothing counts twice"

logger = structlog.get_logger()


def busy() -> Problem:
    """What a caller is told where too many have come at once."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, Why.BUSY, "too many at once", 1)


class LogCalls:
    """Calls of the log by a few threads, and not too many at once."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "web-log")
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns. Raises Problem where the log does not answer or is too busy."""
        if self._waiting >= WAITING:
            raise busy()
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except LogError as wrong:
            logger.warning("log_unavailable", error=str(wrong))
            status = HTTPStatus.SERVICE_UNAVAILABLE
            raise Problem(status, Why.LOG_UNAVAILABLE, UNAVAILABLE, AGAIN) from None
        finally:
            self._waiting -= 1

    async def close(self, _: web.Application) -> None:
        """Let the threads go; a call that hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Appends:
    """One append at a time: what comes meanwhile goes together with the next, so many wait once."""

    def __init__(self, log: Log, calls: LogCalls) -> None:
        self._log, self._calls = log, calls
        self._waiting: list[tuple[Sequence[Entry], asyncio.Future[None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def put(self, entries: Sequence[Entry]) -> None:
        """Returns when the log has taken all of them. Raises Problem."""
        if len(self._waiting) >= WAITING:
            raise busy()
        taken = asyncio.get_running_loop().create_future()
        self._waiting.append((entries, taken))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        await taken

    async def _run(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            entries = [entry for given, _ in together for entry in given]
            wrong = await self._append(entries)
            for _, taken in together:
                if taken.done():  # whoever waited was told to stop
                    continue
                taken.set_result(None) if wrong is None else taken.set_exception(wrong)
        self._running = None

    async def _append(self, entries: Sequence[Entry]) -> Problem | None:
        try:
            await self._calls.run(lambda: self._log.append(entries))
        except Problem as wrong:
            return wrong
        return None


class Asked(Generic[T]):
    """A question to the log that many have: asked anew now and then, and nobody waits long."""

    def __init__(self, calls: LogCalls, work: Callable[[], T], fresh: float) -> None:
        self._calls, self._work, self._fresh = calls, work, fresh
        self._asking: asyncio.Future[None] | None = None
        self._due = 0.0
        self.answer: T | None = None
        """The latest; None: there was none yet."""

        self.silent = True
        """Whether the log has not answered the last question, or not in time."""

    async def known(self) -> T | None:
        """The latest answer, not much older than it may be where the log answers in time."""
        if self._asking is None and monotonic() >= self._due:
            self._asking = asyncio.ensure_future(self._ask())
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=WAIT)
            self.silent = self.silent or self._asking is not None
        return self.answer

    async def _ask(self) -> None:
        try:
            self.answer = await self._calls.run(self._work)
            self.silent = False
        except Problem:
            self.silent = True
        finally:
            self._due = monotonic() + self._fresh
            self._asking = None
