"""The log as the event loop sees it: nothing here waits for it but what is awaited."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from schemas.codec import Codec
from streams.deliver_log import DeliverLog, Turn, Write
from streams.log import Entry, Log

T = TypeVar("T")


class Void(Exception):
    """The partition is no longer ours: what was to be written is nobody's business now."""


class LogThread:
    """A log whose calls all run in one thread; writes are committed by the next turn."""

    def __init__(self, log: Log, codec: Codec, member: str) -> None:
        self._log = DeliverLog(log, codec, member)
        self._thread = ThreadPoolExecutor(1, "deliver-log")
        self._waiting: dict[Write, asyncio.Future[None]] = {}

    async def join(self) -> None:
        """Join the group. Raises LogError."""
        await self._run(self._log.join)

    async def turn(self) -> Turn:
        """Commit what waits, read what is new. Raises Fenced and Lost."""
        turn = await self._run(partial(self._log.turn, tuple(self._waiting)))
        self._settle(turn.kept, None)
        self._settle(turn.void, Void())
        return turn

    async def write(self, partition: int, epoch: int, entries: Sequence[Entry]) -> None:
        """Returns when the entries are committed, all of them. Raises Void."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[Write(partition, epoch, tuple(entries))] = waiting
        await waiting

    async def leave(self) -> None:
        """Give everything back and end the thread."""
        try:
            await self._run(self._log.leave)
        finally:
            self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _settle(self, writes: Sequence[Write], wrong: Exception | None) -> None:
        for write in writes:
            waiting = self._waiting.pop(write)
            if waiting.done():  # its call was cancelled meanwhile
                continue
            if wrong is None:
                waiting.set_result(None)
            else:
                waiting.set_exception(wrong)
