"""Reads a log for the views: all of it at first, then what is new.

Only the newest record of a key is handed on: what it overwrites would never be seen.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice

import structlog

from schemas.topics import topics
from streams.log import Log, LogError, Record
from streams.views import REJECTED, TOPICS, Views, wanted
from streams.views_tables import NEWEST

EVERY = 0.1
"""Seconds between two looks at the ends of an embedded log."""

AGAIN = 2.0
"""Seconds before a log that did not answer is asked again."""

TURN = 200
"""Records that are let in before others have their turn in the loop."""

Place = tuple[str, int]
"""Topic and partition."""

Found = tuple[str, int, int]
"""Topic, partition and offset."""

logger = structlog.get_logger()


class Reading:
    """How far the topics of the views have been read; `next` by topic and partition."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.next: dict[Place, int] = {}

    def read(self) -> list[Record]:
        """The newest records of all that is new and wanted. Waits for the log. Raises LogError."""
        return [record for place in places(self._log) for record in self._new(place)]

    def _new(self, place: Place) -> Sequence[Record]:
        topic, partition = place
        end = self._log.end(topic, partition)
        start = self.next.get(place, _start(topic, end))
        found: dict[bytes | int, Record] = {}
        if start < end:
            for record in self._log.read(topic, partition, start):
                end = max(end, record.offset + 1)
                if wanted(topic, record.key):
                    key = record.key if topics()[topic].compacted else None
                    found[record.offset if key is None else key] = record
        self.next[place] = end
        return list(found.values())


def first_beyond(log: Log, reached: Mapping[Place, int]) -> set[Found]:
    """The first wanted record of each place from where it was reached on. Raises LogError."""
    found: set[Found] = set()
    for (topic, partition), start in reached.items():
        if start < log.end(topic, partition):
            new = (one for one in log.read(topic, partition, start) if wanted(topic, one.key))
            found |= {(topic, partition, record.offset) for record in islice(new, 1)}
    return found


def places(log: Log) -> list[Place]:
    """The topics of the views and their partitions. Raises LogError."""
    return [(topic, number) for topic in TOPICS for number in range(log.partitions(topic))]


def _start(topic: str, end: int) -> int:
    """Where reading begins: of rejections only the newest are shown."""
    return max(0, end - NEWEST) if topic == REJECTED else 0


async def let_in(views: Views, records: Sequence[Record]) -> None:
    """Let records into the views; others have their turn between."""
    for start in range(0, len(records), TURN):
        for record in records[start : start + TURN]:
            views.take(record)
        await asyncio.sleep(0)


async def catch_up(views: Views, reading: Reading) -> int:
    """Let everything new in; how much there was. Raises LogError."""
    records = await asyncio.to_thread(reading.read)
    await let_in(views, records)
    views.ready = True
    return len(records)


async def follow(views: Views, log: Log, stop: asyncio.Event) -> None:
    """Keep the views as the log says until `stop` is set; a log that is silent is asked again."""
    reading = Reading(log)
    while not stop.is_set():
        try:
            wait = 0.0 if await catch_up(views, reading) else EVERY
        except LogError as wrong:
            logger.warning("views_behind", error=str(wrong))
            wait = AGAIN
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)
