"""The same work as two Faust agents, 2,000 usages at a time, at least once, sums in a table.

`meter` sends a charge of each usage and, for each batch, its sums by series to the partitions that
have them; `add` adds those to the table of sums by series and minute. Identities are kept in memory
only and no closed minute is sent on, which is less than we do. Not exactly_once: Faust 0.15.3 ends
the transaction of a partition only together with offsets of that partition, so that sums sent to
another one than a usage came from stay unseen until that one has usage again.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from tempfile import TemporaryDirectory
from typing import Any
from zlib import crc32

import faust
from faust.types import TP

from benchmarks.peers._task import WIDTH, Stopwatch, Task, run
from benchmarks.peers._work import Work

MOST, WITHIN = 2_000, 1.0
"""Usages of a batch, and the seconds after which a smaller one is taken."""

LOOK = 0.02
"""Seconds between two looks whether all is done."""

TUNED: Mapping[str, Any] = {
    "broker_commit_interval": 0.5,
    "broker_commit_every": 100_000,
    "broker_max_poll_records": 5_000,
    "broker_check_crcs": False,
    "consumer_max_fetch_size": 4 << 20,
    "producer_linger": 0.02,
    "producer_max_batch_size": 500_000,
    "stream_buffer_maxsize": 16_384,
    "stream_wait_empty": False,
}
"""What gave the most of what was tried; everything else is the default."""

RAW: Any = faust.Schema(
    key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
)


class Chain:
    """One run over a topic."""

    settings = TUNED

    def __init__(self, task: Task, folder: str) -> None:
        self._task, self._work, self._watch = task, Work(task), Stopwatch()
        self._added = 0
        self.app = faust.App(
            task.name,
            broker=f"kafka://{task.servers}",
            datadir=folder,
            store="memory://",
            table_standby_replicas=0,
            topic_partitions=WIDTH,
            topic_replication_factor=1,
            topic_disable_leader=True,
            web_enabled=False,
            **self.settings,
        )
        self._charge = self.app.topic(task.out, schema=RAW)
        self._tally = self.app.topic(task.sums, value_serializer="json")
        self._sums = self.app.Table("sums", default=int, partitions=WIDTH)
        self.app.agent(self.app.topic(task.usage, schema=RAW), name="meter")(self._meter)
        self.app.agent(self._tally, name="add")(self._add)

    async def _meter(self, stream: Any) -> None:
        async for events in stream.take_events(MOST, within=WITHIN):
            self._watch.begin()
            sums: dict[tuple[int, int], int] = defaultdict(int)
            for message in (event.message for event in events):
                made = self._work.charge(message.value, message.offset)
                if made is not None:
                    place = {"key": message.key, "partition": message.partition}
                    await self._charge.send(value=made.body, **place)
                    sums[made.line, made.minute] += made.nano_usd
            for partition, found in enumerate(self._homes(sums)):
                tally = {"usages": len(events), "sums": found}
                await self._tally.send(value=tally, partition=partition)

    def _homes(self, sums: Mapping[tuple[int, int], int]) -> list[dict[str, int]]:
        """Nano-dollars by series and minute, for each partition."""
        homes: list[dict[str, int]] = [defaultdict(int) for _ in range(WIDTH)]
        for (line, minute), nano in sums.items():
            for series in self._work.series[line]:
                homes[crc32(series.encode()) % WIDTH][f"{series} {minute}"] += nano
        return homes

    async def _add(self, stream: Any) -> None:
        async for event in stream.events():
            for key, nano in event.value["sums"].items():
                self._sums[key] += nano
            self._added += event.value["usages"]

    async def done(self) -> dict[str, Any]:
        """The answer, once every sum is in the table and all usages are committed."""
        wanted = self._task.count * WIDTH
        while self._added < wanted or not await self._committed():  # noqa: ASYNC110 - untold
            await asyncio.sleep(LOOK)
        return self._watch.answer(by_series=dict(self._sums.items()))

    async def _committed(self) -> bool:
        consumer = self.app.consumer
        await consumer.commit()
        return sum(self._positions(consumer)) >= self._task.count

    def _positions(self, consumer: Any) -> Iterator[int]:
        for partition in range(WIDTH):
            yield consumer._committed_offset.get(TP(self._task.usage, partition)) or 0


async def work(task: Task, make: type[Chain]) -> dict[str, Any]:
    """A charge of each usage, and the table of sums."""
    with TemporaryDirectory(prefix="faust-") as folder:
        chain = make(task, folder)
        chain.app.finalize()
        await chain.app.start()
        try:
            return await chain.done()
        finally:
            await chain.app.stop()


def main(task: Task, make: type[Chain] = Chain) -> dict[str, Any]:
    """The chain in a loop."""
    logging.disable(logging.ERROR)
    return asyncio.run(work(task, make))


if __name__ == "__main__":
    run(main)
