"""A real Kafka for a benchmark: topics, what is put onto them before, what is read back."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from streams.kafka_settings import APPENDING, READING
from tests.kafka.broker import Missing, running

Put = tuple[bytes | None, bytes, int]
"""Key, value and partition of a message."""

PATIENCE = 60.0
"""Seconds in which a broker must have answered."""


@contextmanager
def cluster() -> Iterator[str]:
    """Where a broker answers: KAFKA_BOOTSTRAP_SERVERS, else one that Maven brings and that ends
    with this. Exits where there is none, and says why.
    """
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given
        return
    try:
        with running() as broker:
            yield broker.bootstrap
    except Missing as missing:
        raise SystemExit(f"no Kafka to measure on: {missing}") from None


def create(servers: str, width: int, *topics: str) -> None:
    """Make plain topics and wait until they are there."""
    admin = _admin(servers)
    made = admin.create_topics([NewTopic(name, width, 1) for name in topics], operation_timeout=20)
    for done in made.values():
        done.result()


def drop(servers: str, prefix: str) -> None:
    """Delete all topics of a prefix, and those that Quix named after them, as `changelog__...`."""
    admin = _admin(servers)
    held = admin.list_topics(timeout=10).topics
    mine = [name for name in held if name.startswith(prefix) or f"__{prefix}" in name]
    for done in admin.delete_topics(mine).values() if mine else ():
        done.result()


def load(servers: str, topic: str, messages: Iterable[Put]) -> None:
    """Put messages onto a topic; returns when all are acknowledged."""
    loader = Loader(servers, topic)
    loader.put(messages)
    loader.end()


class Loader:
    """Puts messages onto one topic, as fast as it is given them."""

    def __init__(self, servers: str, topic: str) -> None:
        settings = {**APPENDING, "bootstrap.servers": servers, "delivery.report.only.error": True}
        self._topic, self._wrong = topic, list[KafkaError | None]()
        self._producer = Producer({**settings, "on_delivery": self._told})

    def put(self, messages: Iterable[Put]) -> None:
        """Queue messages; waits while the queue is full."""
        for key, value, partition in messages:
            while True:
                try:
                    self._producer.produce(self._topic, value, key, partition)
                    break
                except BufferError:
                    self._producer.poll(0.1)
        self._producer.poll(0)

    def end(self) -> None:
        """Returns when all are acknowledged; exits where one is not."""
        if self._producer.flush(PATIENCE) or self._wrong:
            raise SystemExit(f"{self._topic} could not be loaded: {self._wrong[:1]}")

    def _told(self, error: KafkaError | None, _: Message) -> None:
        self._wrong.append(error)


def values(servers: str, topic: str, width: int) -> list[list[bytes]]:
    """The committed values of each partition, in their order."""
    found: list[list[bytes]] = [[] for _ in range(width)]
    consumer = reader(servers)
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(width)])
    ended, until = set[int](), monotonic() + PATIENCE
    while len(ended) < width:
        for message in consumer.consume(5_000, 0.1):
            if message.error() is None:
                found[message.partition() or 0].append(message.value() or b"")
            elif message.error().code() == KafkaError._PARTITION_EOF:  # type: ignore[union-attr]
                ended.add(message.partition() or 0)
        if monotonic() > until:
            raise SystemExit(f"{topic} could not be read to its end")
    consumer.close()
    return found


def _admin(servers: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": servers, "log_level": 0})


def reader(servers: str) -> Consumer:
    """Reads committed records by hand, up to the end of each partition."""
    settings = {**READING, "group.id": "reader", "enable.partition.eof": True}
    return Consumer({**settings, "bootstrap.servers": servers, "auto.offset.reset": "earliest"})
