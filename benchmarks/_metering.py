"""The meter on a log that keeps nothing, fed with the simulated organisation's usage.

Messages are handed over as confluent_kafka's consumer would, and charges go into a producer's
queue that no broker empties; between the two runs the very code that runs on Kafka.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import islice

import pyarrow as pa
from confluent_kafka import Message, Producer

from schemas import columns
from schemas.codec import Codec
from schemas.keys import partitions_of
from schemas.moments import EPOCH, micros
from spendwatch.simulated import batches
from streams import rulebook
from streams.book import Book, Books
from streams.kafka_producer import put, put_all
from streams.kafka_reader import bundle_of
from streams.log import Closed, Entry, Opened, Positions, Record, Sheaf

START = datetime(2026, 11, 3, 12, tzinfo=UTC)
RATE = 10_000.0
"""How much busier than usual the organisation is: about 1,300 usages a second."""

WIDTH = 4
"""Partitions of every topic; the meter has the first one."""

CODEC = Codec()
Bodies = Sequence[bytes]


def books() -> Books:
    """The simulated organisation's rulebook."""
    text = files("spendwatch.simulated").joinpath("rulebook.yaml").read_text()
    return Books([Book("benchmark", EPOCH, rulebook.read(text))])


def usage(count: int) -> Iterator[tuple[bytes, bytes, int]]:
    """Keys, Avro bodies and times of the usages of one partition, in time order."""
    return islice(_usage(), count)


def _usage() -> Iterator[tuple[bytes, bytes, int]]:
    for batch in batches(7, START, START + timedelta(days=1), [], RATE):
        bodies = columns.write(batch, columns.USAGE)
        names = zip(batch["source"].to_pylist(), batch["id"].to_pylist(), strict=True)
        keys = [f"{source}|{id_}".encode() for source, id_ in names]
        times = batch["time"].cast(pa.int64()).to_pylist()
        here = partitions_of(keys, WIDTH) == 0
        for key, body, time, ours in zip(keys, bodies, times, here.tolist(), strict=True):
            if ours:
                yield key, body, time


def messages(count: int) -> list[Message]:
    """The same as Kafka's consumer gives them, a hundred milliseconds after they happened."""
    prefix = CODEC.prefix(columns.USAGE)
    return [
        Message(
            topic="usage",
            partition=0,
            offset=offset,
            key=key,
            value=prefix + body,
            timestamp=(2, time // 1000 + 100),
        )
        for offset, (key, body, time) in enumerate(usage(count))
    ]


def clock() -> int:
    """A clock that stands still: no batch is followed by idle time."""
    return micros(START)


class Sink:
    """A log with one full partition of usage, whose commits end in a producer's queue."""

    def __init__(self, given: Sequence[Message], size: int) -> None:
        self._batches = [given[at : at + size] for at in range(0, len(given), size)]
        self._producer = Producer({
            "bootstrap.servers": "127.0.0.1:1",
            "queue.buffering.max.messages": 10_000_000,
            "queue.buffering.max.kbytes": 2_000_000,
            "log_level": 0,
        })  # fmt: skip
        self.produced = 0

    def partitions(self, topic: str) -> int:
        """See `streams.log.Log`."""
        return WIDTH

    def newest(self, topic: str, partition: int) -> dict[bytes, bytes]:
        """Nothing: every round begins anew."""
        return {}

    def end(self, topic: str, partition: int) -> int:
        """More than was read, so that nobody idles."""
        return 2**62

    def committed(self, step: str, partition: int) -> Positions:
        """Nothing yet."""
        return {}

    def own(self, step: str, partition: int) -> "Sink":
        """Itself: there is one step and one partition."""
        return self

    def join(
        self, group: str, member: str, topics: Sequence[str], opened: Opened, closed: Closed
    ) -> "Sink":
        """Itself, with its partition opened."""
        opened(0)
        return self

    def poll(self, most: int, seconds: float) -> Mapping[int, Sequence[Record]]:
        """The next batch, as `streams.kafka_member` makes records of messages."""
        if not self._batches:
            return {}
        return {0: bundle_of(self._batches.pop(0), "usage", 0)}

    def commit(self, entries: Sequence[Entry | Sheaf], positions: Positions) -> None:
        """Queue everything and forget it."""
        for entry in entries:
            if isinstance(entry, Sheaf):
                put_all(self._producer, entry, "", 1.0)
                self.produced += len(entry.keys)
            else:
                put(self._producer, entry, "", 1.0)
        self._producer.purge()
        self._producer.poll(0)
