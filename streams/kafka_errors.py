"""What Kafka's errors mean for us."""

from confluent_kafka import KafkaError, KafkaException

from streams.log import Fenced, LogError, Lost, Unreachable

SILENT = frozenset({
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._RESOLVE,
    KafkaError._TIMED_OUT,
    KafkaError._TIMED_OUT_QUEUE,
    KafkaError._MSG_TIMED_OUT,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.NETWORK_EXCEPTION,
})  # fmt: skip

TAKEN = frozenset({
    KafkaError._FENCED,
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError.PRODUCER_FENCED,
    KafkaError.INVALID_PRODUCER_EPOCH,
})  # fmt: skip

GONE = frozenset({KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE})

MOVING = frozenset({
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.FENCED_LEADER_EPOCH,
})  # fmt: skip
"""The partition is new or goes to another broker: ask again."""

PASSING = frozenset({
    KafkaError._MAX_POLL_EXCEEDED,
    KafkaError._PARTITION_EOF,
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._RESOLVE,
})  # fmt: skip
"""What a consumer says of itself and gets over by itself."""


def error_of(wrong: KafkaException) -> KafkaError:
    """The error inside librdkafka's exception."""
    error: KafkaError = wrong.args[0]
    return error


def meaning(error: KafkaError, address: str, doing: str) -> LogError:
    """The error in our words, with where and at what it happened.

    A fatal error counts as Fenced: librdkafka hides the code of a static member's, and what to do
    is the same.
    """
    said = f"Kafka at {address}, {doing}: {error.str()}"
    if error.code() in TAKEN or error.fatal() or error.code() == KafkaError._FATAL:
        return Fenced(said)
    if error.code() in GONE:
        return Lost(said)
    if error.code() in SILENT:
        return Unreachable(f"Kafka at {address} does not answer, {doing}: {error.str()}")
    return LogError(said)
