"""One partition of a step on Kafka: a transactional producer that fences the owner before it."""

from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from streams.kafka_errors import TAKEN, error_of, meaning
from streams.kafka_producer import put, put_all
from streams.kafka_settings import COMMIT, PATIENCE
from streams.log import Entry, Fenced, LogError, Positions, Sheaf, Uncertain, Unreachable

Place = tuple[str, int]
"""A step and its partition."""

STUCK = COMMIT + 2
"""Seconds after which sending offsets counts as stuck."""


class KafkaOwnership:
    """The only writer of one partition of a step.

    Its transactional id is the step's and the partition's own, never the process's: the former
    owner's transaction is ended and its epoch dead before the new one restores. The group's
    metadata is sent as a second fence only; alone it let a stopped process commit.
    """

    def __init__(
        self,
        producer: Producer,
        place: Place,
        metadata: Callable[[], Any],
        address: str,
        prefix: str,
    ) -> None:
        self._producer: Producer | None = producer
        self._step, self._partition = place
        self._metadata = metadata
        self._address = address
        self._prefix = prefix
        self._void: LogError | None = None
        self._fence(producer)

    def commit(self, entries: Sequence[Entry | Sheaf], positions: Positions) -> None:
        """All entries and the position of the inputs in one transaction, or nothing."""
        producer = self._current()
        try:
            self._stage(producer, entries, positions)
        except KafkaException as wrong:
            raise self._aborted(producer, error_of(wrong)) from None
        except LogError as wrong:
            if self._void is None:
                self._abort(producer)
            raise self._void or wrong from None
        try:
            producer.commit_transaction(COMMIT)
        except KafkaException as wrong:
            raise self._uncommitted(producer, error_of(wrong)) from None
        producer.poll(0)  # hands librdkafka's log lines over

    def close(self) -> None:
        """Let go of it; may be called twice.

        librdkafka's own close would end the transaction: none is open here, or the next owner's
        fence ends it.
        """
        self._producer = None

    def _current(self) -> Producer:
        if self._void is not None:
            raise self._void
        if self._producer is None:
            raise LogError(f"{self._doing('commit')}: it was closed")
        return self._producer

    def _fence(self, producer: Producer) -> None:
        try:
            producer.init_transactions(PATIENCE)
        except KafkaException as wrong:
            producer.poll(0)  # hands librdkafka's log lines over
            raise meaning(error_of(wrong), self._address, self._doing("own")) from None

    def _stage(
        self, producer: Producer, entries: Sequence[Entry | Sheaf], positions: Positions
    ) -> None:
        producer.begin_transaction()
        for entry in entries:
            if isinstance(entry, Sheaf):
                put_all(producer, entry, self._prefix, COMMIT)
            else:
                put(producer, entry, self._prefix, COMMIT)
        if positions:
            places = [
                TopicPartition(self._prefix + topic, self._partition, offset)
                for topic, offset in positions.items()
            ]
            self._send_offsets(producer, places)

    def _send_offsets(self, producer: Producer, places: list[TopicPartition]) -> None:
        """librdkafka waits for a coordinator that went away for ever, whatever timeout it is given
        (github.com/confluentinc/librdkafka/issues/5456). Such a call is left to itself with its
        producer: the next owner's fence ends the transaction. Raises KafkaException, Uncertain.
        """
        failed: list[Exception] = []
        metadata = self._metadata()

        def send() -> None:
            try:
                producer.send_offsets_to_transaction(places, metadata, COMMIT)
            except Exception as wrong:  # any kind: it is raised again
                failed.append(wrong)

        sending = Thread(target=send, name="offsets", daemon=True)
        sending.start()
        sending.join(STUCK)
        if sending.is_alive():
            said = f"Kafka at {self._address} does not answer, {self._doing('commit')}: stuck"
            self._void = Uncertain(f"{said}; nothing more can be committed here")
            raise self._void
        if failed:
            raise failed[0]

    def _uncommitted(self, producer: Producer, error: KafkaError) -> LogError:
        """What a failed commit means: it may still have reached the broker."""
        if error.fatal() or error.txn_requires_abort() or error.code() in TAKEN:
            return self._aborted(producer, error)
        said = meaning(error, self._address, self._doing("commit"))
        self._void = Uncertain(f"{said}; it may have been committed")
        return self._void

    def _aborted(self, producer: Producer, error: KafkaError) -> LogError:
        """What it means that nothing was committed; the transaction is ended here.

        A broker that does not answer is not asked once more: the next owner's fence ends it.
        """
        said = meaning(error, self._address, self._doing("commit"))
        if isinstance(said, Unreachable):
            self._void = Uncertain(f"{said}; nothing more can be committed here")
        elif not error.fatal():
            self._abort(producer)
        if isinstance(said, Fenced):
            self._void = said
        return self._void or said

    def _abort(self, producer: Producer) -> None:
        """End the transaction; where even that fails the next owner's fence does it."""
        try:
            producer.abort_transaction(COMMIT)
        except KafkaException as wrong:
            said = meaning(error_of(wrong), self._address, self._doing("abort"))
            self._void = Uncertain(f"{said}; nothing more can be committed here")

    def _doing(self, what: str) -> str:
        return f"{what} {self._step}-{self._partition}"
