"""A member of a Kafka group whose client breaks for good."""

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, TopicPartition

from streams.kafka_member import KafkaMembership
from streams.log import Fenced


class FatalMessage:
    """What stands in place of a message when a consumer has broken."""

    def error(self) -> KafkaError:
        return KafkaError(KafkaError._FATAL, "fenced")


class BrokenConsumer:
    """Says once that it is fenced, beside a rebalance, and never again reads anything."""

    def __init__(self, heard: Callable[[KafkaError], None]) -> None:
        self._polls = 0

    def subscribe(self, topics: list[str], **callbacks: Any) -> None:
        self._callbacks = callbacks

    def consume(self, most: int, seconds: float) -> list[Any]:
        self._polls += 1
        if self._polls == 1:
            self._callbacks["on_assign"](self, [TopicPartition("tally", 0)])
        elif self._polls == 2:
            self._callbacks["on_revoke"](self, [TopicPartition("tally", 0)])
            return [FatalMessage()]
        return []

    def assign(self, places: list[TopicPartition]) -> None:
        """Nothing comes of it."""

    def unassign(self) -> None:
        """Nothing comes of it."""


def test_a_fatal_error_beside_a_rebalance_is_not_overheard() -> None:
    closed: list[int] = []
    member = KafkaMembership("watch", ["tally"], lambda _: {}, closed.append)
    member.start(BrokenConsumer, "kafka:9092", "")  # type: ignore[arg-type]
    assert member.poll(10, 0.1) == {}
    with pytest.raises(Fenced, match="watch reads: fenced"):
        member.poll(10, 0.1)
    assert closed == [0]
