"""Reads a Kafka partition from one offset to its present end, outside any group."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from operator import methodcaller
from time import monotonic, sleep
from typing import cast

import numpy as np
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.bundle import Bundle
from streams.kafka_errors import MOVING, error_of, meaning
from streams.kafka_settings import PATIENCE
from streams.log import LogError, Record, Unreachable, newest

KEY: Callable[[Message], bytes | None] = methodcaller("key")
VALUE: Callable[[Message], bytes | None] = methodcaller("value")
ERROR: Callable[[Message], KafkaError | None] = methodcaller("error")

MOST = 5_000
"""Records taken at once."""


def take(consumer: Consumer, most: int, seconds: float) -> list[Message]:
    """Messages as soon as there are any; consume() alone would wait until it has `most`."""
    first = consumer.consume(1, seconds)
    return first + consumer.consume(most - 1, 0) if first and most > 1 else first


def record_of(message: Message, topic: str) -> Record:
    """A consumed message as a record of `topic`."""
    return Record(
        topic,
        message.partition() or 0,
        message.offset() or 0,
        message.key(),
        message.value(),
        message.timestamp()[1] * 1000,
        _headers(message),
    )


def bundle_of(messages: Sequence[Message], topic: str, partition: int) -> Bundle:
    """Consumed messages of one partition as records of `topic`."""
    held = [message.headers() for message in messages]
    some = any(held)
    headers = [_headers(message) for message in messages] if some else [()] * len(held)
    return Bundle(
        topic,
        partition,
        np.array([message.offset() for message in messages], dtype=np.int64),
        np.array([message.timestamp()[1] for message in messages], dtype=np.int64) * 1000,
        [message.key() for message in messages],
        [message.value() for message in messages],
        headers,
    )


def _headers(message: Message) -> tuple[tuple[str, bytes], ...]:
    held = cast("list[tuple[str, bytes | None]] | None", message.headers())
    return tuple((name, value or b"") for name, value in held) if held else ()


class Readers:
    """Consumers for reading by hand; one that has finished is used again."""

    def __init__(self, make: Callable[[], Consumer], address: str, prefix: str) -> None:
        self._make = make
        self._address = address
        self._prefix = prefix
        self._idle: list[Consumer] = []

    def read(self, topic: str, partition: int, start: int) -> Iterator[Record]:
        """Committed records from `start` to the present end. Raises LogError."""
        for messages in self._batches(topic, partition, start):
            for message in messages:
                yield record_of(message, topic)

    def newest(self, topic: str, partition: int) -> dict[bytes, bytes]:
        """The last committed value of each key, without making records. Raises LogError."""
        batches = self._batches(topic, partition, 0)
        pairs = (zip(map(KEY, one), map(VALUE, one), strict=True) for one in batches)
        return newest(chain.from_iterable(pairs))

    def _batches(self, topic: str, partition: int, start: int) -> Iterator[Sequence[Message]]:
        with self._borrowed(f"reading {topic}-{partition}") as consumer:
            first, end = self._bounds(consumer, topic, partition)
            if (begin := max(start, first)) >= end:
                return
            consumer.assign([TopicPartition(self._prefix + topic, partition, begin)])
            yield from self._until(consumer, end)

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset that is kept and the one after the last committed. Raises LogError."""
        with self._borrowed(f"asking for the end of {topic}-{partition}") as consumer:
            return self._bounds(consumer, topic, partition)

    def close(self) -> None:
        """Let go of all consumers."""
        while self._idle:
            self._idle.pop().close()

    def _bounds(self, consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
        place = TopicPartition(self._prefix + topic, partition)
        until = monotonic() + PATIENCE
        while True:
            try:
                found = consumer.get_watermark_offsets(place, timeout=max(0.1, until - monotonic()))
                break
            except KafkaException as wrong:
                if error_of(wrong).code() not in MOVING or monotonic() > until:
                    raise
                sleep(0.05)
        if found is None:
            raise Unreachable(f"Kafka at {self._address} does not answer, {topic}-{partition}")
        return found

    def _until(self, consumer: Consumer, end: int) -> Iterator[Sequence[Message]]:
        """Messages up to the end that was; markers may stand there, so the event counts as well."""
        while True:
            messages = take(consumer, MOST, PATIENCE)
            if not messages:
                raise Unreachable(f"Kafka at {self._address} sent nothing for {PATIENCE:.0f} s")
            ended = any(map(ERROR, messages))
            if ended:
                messages = [message for message in messages if not self._ends(message, end)]
            yield messages
            if ended or (messages[-1].offset() or 0) >= end - 1:
                return

    def _ends(self, message: Message, end: int) -> bool:
        """Whether it is no record but says that here is the end. Raises LogError, also if that is
        before the end that was asked for: what is missing would count as never written.
        """
        error, reading = message.error(), f"reading {message.topic()}"
        if error is None:
            return False
        if error.code() != KafkaError._PARTITION_EOF:
            raise meaning(error, self._address, reading)
        if (found := message.offset() or 0) < end:
            raise Unreachable(f"Kafka at {self._address}, {reading}: ends at {found}, not at {end}")
        return True

    @contextmanager
    def _borrowed(self, doing: str) -> Iterator[Consumer]:
        try:
            consumer = self._idle.pop() if self._idle else self._make()
        except IndexError:  # another thread took the last one
            consumer = self._make()
        try:
            yield consumer
            consumer.unassign()
        except KafkaException as wrong:
            consumer.close()
            raise meaning(error_of(wrong), self._address, doing) from None
        except (LogError, GeneratorExit):
            consumer.close()
            raise
        self._idle.append(consumer)
