"""Puts entries on Kafka: into a producer's queue, and outside any step until acknowledged."""

from collections.abc import Callable, Iterable
from threading import Lock
from time import monotonic

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.wording import counted
from streams.kafka_errors import SILENT, error_of, meaning
from streams.kafka_settings import PATIENCE
from streams.log import Entry, LogError, Sheaf, Uncertain, Unreachable

Told = Callable[[KafkaError | None, Message], None]


def put(
    producer: Producer, entry: Entry, prefix: str, seconds: float, told: Told | None = None
) -> None:
    """Queue an entry; where the queue is full, wait. Raises KafkaException, Unreachable."""
    until = monotonic() + seconds
    while True:
        try:
            producer.produce(
                prefix + entry.topic,
                entry.value,
                entry.key,
                partition=-1 if entry.partition is None else entry.partition,
                headers=list(entry.headers),
                on_delivery=told,
            )
            return
        except BufferError:
            if monotonic() > until:
                raise Unreachable(f"the queue towards Kafka stays full, {entry.topic}") from None
            producer.poll(0.05)


def put_all(producer: Producer, sheaf: Sheaf, prefix: str, seconds: float) -> None:
    """Queue a sheaf; where the queue is full, wait. Raises KafkaException, Unreachable."""
    produce, topic, partition = producer.produce, prefix + sheaf.topic, sheaf.partition
    for key, body in zip(sheaf.keys, sheaf.bodies, strict=True):
        try:
            produce(topic, sheaf.prefix + body, key, partition)  # by name it costs twice as much
        except BufferError:
            put(producer, Entry(sheaf.topic, key, sheaf.prefix + body, partition), prefix, seconds)


class Appender:
    """One idempotent producer for all that is appended outside steps."""

    def __init__(self, make: Callable[[], Producer], address: str, prefix: str) -> None:
        self._make = make
        self._address = address
        self._prefix = prefix
        self._producer: Producer | None = None
        self._lock = Lock()

    def append(self, entries: Iterable[Entry]) -> None:
        """Queue all, return when all are acknowledged. Raises LogError."""
        producer = self._current()
        pending = Pending()
        try:
            for entry in entries:
                put(producer, entry, self._prefix, PATIENCE, pending.told)
                pending.sent += 1
                producer.poll(0)
        except KafkaException as wrong:
            raise self._failed(error_of(wrong), pending) from None
        self._wait(producer, pending)

    def close(self) -> None:
        """Let go of the producer."""
        with self._lock:
            self._producer = None

    def _current(self) -> Producer:
        with self._lock:
            if self._producer is None:
                self._producer = self._make()
            return self._producer

    def _wait(self, producer: Producer, pending: "Pending") -> None:
        until = monotonic() + PATIENCE
        while pending.open and monotonic() < until:
            producer.poll(0.1)
        if pending.wrong is not None:
            raise self._failed(pending.wrong, pending)
        if pending.open:
            raise Uncertain(f"Kafka at {self._address} does not answer, appending {pending.said()}")

    def _failed(self, error: KafkaError, pending: "Pending") -> LogError:
        """The error in our words; a producer that is broken is not used again."""
        if error.fatal():
            self.close()
        said = meaning(error, self._address, f"appending {pending.said()}")
        return Uncertain(str(said)) if error.code() in SILENT else LogError(str(said))


class Pending:
    """What became of the entries of one append; told from whichever thread polls."""

    def __init__(self) -> None:
        self.sent = 0
        self.done = 0
        self.wrong: KafkaError | None = None
        self.topic = ""
        self._lock = Lock()

    @property
    def open(self) -> int:
        """How many are neither acknowledged nor refused."""
        return self.sent - self.done

    def told(self, error: KafkaError | None, message: Message) -> None:
        """The producer's callback."""
        with self._lock:
            self.done += 1
            if error is not None and self.wrong is None:
                self.wrong = error
                self.topic = str(message.topic())

    def said(self) -> str:
        """For people."""
        where = f" to {self.topic}" if self.topic else ""
        return f"{counted(self.sent, 'record')}{where}, which may have been taken"
