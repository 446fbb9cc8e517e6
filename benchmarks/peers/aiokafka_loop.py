"""The same work in a plain loop on aiokafka, row by row, in transactions of 5,000."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.peers._task import BATCH, Stopwatch, Task, run
from benchmarks.peers._work import Work

Sums = dict[tuple[int, int], list[int]]
"""Nano-dollars and charges by line and minute."""


async def work(task: Task) -> dict[str, Any]:
    """A charge of each usage and the sums of each batch."""
    meter, watch, total = Work(task), Stopwatch(), defaultdict[tuple[int, int], int](int)
    async with _consumer(task) as consumer, _producer(task) as producer:
        left = task.count
        while left > 0:
            got = await consumer.getmany(timeout_ms=200, max_records=BATCH)
            if not got:
                continue
            watch.begin()
            async with producer.transaction():
                sums = await _batch(task, meter, producer, got)
                ends = {place: some[-1].offset + 1 for place, some in got.items()}
                await producer.send_offsets_to_transaction(ends, task.name)
            for key, (nano, _) in sums.items():
                total[key] += nano
            left -= sum(map(len, got.values()))
        return watch.answer(
            sums={f"{line} {minute}": nano for (line, minute), nano in total.items()}
        )


async def _batch(
    task: Task, meter: Work, producer: AIOKafkaProducer, got: Mapping[TopicPartition, Any]
) -> Sums:
    """Charges and one record of sums; what was summed."""
    sums: Sums = {}
    for place, messages in got.items():
        for one in messages:
            made = meter.charge(one.value, one.offset)
            if made is None:
                continue
            await producer.send(task.out, made.body, one.key, place.partition)
            held = sums.setdefault((made.line, made.minute), [0, 0])
            held[0] += made.nano_usd
            held[1] += 1
    await producer.send(task.sums, json.dumps(_by_series(meter, sums)).encode(), partition=0)
    return sums


def _by_series(meter: Work, sums: Sums) -> list[tuple[str | int, ...]]:
    """Series, minute, nano-dollars and charges."""
    found: dict[tuple[str, int], list[int]] = {}
    for (line, minute), (nano, charges) in sums.items():
        for series in meter.series[line]:
            held = found.setdefault((series, minute), [0, 0])
            held[0] += nano
            held[1] += charges
    return [(series, minute, *held) for (series, minute), held in found.items()]


def _consumer(task: Task) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        task.usage,
        bootstrap_servers=task.servers,
        group_id=task.name,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
    )


def _producer(task: Task) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=task.servers,
        transactional_id=task.name,
        linger_ms=5,
        max_batch_size=1_000_000,
    )


def main(task: Task) -> dict[str, Any]:
    """The loop in a loop."""
    return asyncio.run(work(task))


if __name__ == "__main__":
    run(main)
