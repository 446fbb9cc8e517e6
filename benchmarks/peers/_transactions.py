"""Consume, change every message, produce, in transactions of 5,000; by confluent_kafka."""

from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from benchmarks.peers._task import BATCH, Stopwatch, Task

READS = {
    "isolation.level": "read_committed",
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "group.protocol": "classic",
    "fetch.wait.max.ms": 50,
}
WRITES = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 5,
    "batch.size": 1_000_000,
    "queue.buffering.max.messages": 1_000_000,
    "transaction.timeout.ms": 10_000,
    "delivery.report.only.error": True,
}
"""As our own steps have them (`streams.kafka_settings`)."""


def pass_on(task: Task, change: Callable[[bytes], bytes]) -> dict[str, Any]:
    """Take all usages over, each changed, with the offsets in the same transactions."""
    place = {"bootstrap.servers": task.servers}
    consumer = Consumer({**READS, **place, "group.id": task.name})
    producer = Producer({**WRITES, **place, "transactional.id": task.name})
    producer.init_transactions(30)
    consumer.subscribe([task.usage])
    watch, left, produce, out = Stopwatch(), task.count, producer.produce, task.out
    while left > 0:
        messages = [one for one in consumer.consume(BATCH, 0.2) if one.error() is None]
        if not messages:
            continue
        watch.begin()
        producer.begin_transaction()
        for one in messages:
            produce(out, change(one.value() or b""), one.key(), one.partition() or 0)
        producer.send_offsets_to_transaction(
            positions(task.usage, messages), consumer.consumer_group_metadata(), 30
        )
        producer.commit_transaction(30)
        left -= len(messages)
    answer = watch.answer()
    consumer.close()
    return answer


def positions(topic: str, messages: list[Message]) -> list[TopicPartition]:
    """Where each partition is to be read on."""
    ends = {one.partition() or 0: (one.offset() or 0) + 1 for one in messages}
    return [TopicPartition(topic, partition, at) for partition, at in ends.items()]
