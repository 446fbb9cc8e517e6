"""Time as an event: one tick a minute goes to the docket, whoever hosts the views.

A tick names its minute, so that two hosts, or one that starts anew, do no harm.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from schemas.codec import Codec
from schemas.moments import MINUTE, at_minute
from schemas.records import Tick
from streams.log import Entry, Log, LogError

LOOK = 1.0
"""Seconds between two looks at the clock."""

KEY = b"tick"

logger = structlog.get_logger()


class Ticker:
    """Writes the tick of each minute that has begun; `clock` tells microseconds since 1970."""

    def __init__(self, log: Log, codec: Codec, clock: Callable[[], int]) -> None:
        self._log, self._codec, self._clock = log, codec, clock
        self._told = -1

    async def look(self) -> None:
        """Write a tick where a minute has begun; a log that does not answer is asked again."""
        minute = self._clock() // MINUTE
        if minute <= self._told:
            return
        tick = Entry("docket", KEY, self._codec.encode(Tick(time=at_minute(minute))))
        try:
            await asyncio.to_thread(self._log.append, [tick])
        except LogError as wrong:
            logger.warning("tick_not_written", error=str(wrong))
        else:
            self._told = minute

    async def run(self, stop: asyncio.Event) -> None:
        """Look at the clock until `stop` is set."""
        while not stop.is_set():
            await self.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK)
