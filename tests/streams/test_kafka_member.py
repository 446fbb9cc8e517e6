"""A member of a Kafka group: where it reads on, and a client that goes back or breaks for good."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from confluent_kafka import KafkaError, TopicPartition

from streams.kafka_member import KafkaMembership
from streams.log import Fenced, LogError, Record


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
    member = KafkaMembership("watch", ["tally"], lambda *_: 0, lambda _: {}, closed.append)
    member.start(BrokenConsumer, "kafka:9092", "")  # type: ignore[arg-type]
    assert member.poll(10, 0.1) == {}
    with pytest.raises(Fenced, match="watch reads: fenced"):
        member.poll(10, 0.1)
    assert closed == [0]


@dataclass(frozen=True)
class Plain:
    """A message without anything in it."""

    at: int
    error: Callable[[], None] = lambda: None
    headers: Callable[[], None] = lambda: None
    key: Callable[[], bytes] = lambda: b""
    value: Callable[[], bytes] = lambda: b""
    topic: Callable[[], str] = lambda: "tally"
    partition: Callable[[], int] = lambda: 0
    timestamp: Callable[[], tuple[int, int]] = lambda: (1, 0)

    def offset(self) -> int:
        return self.at


@dataclass
class GivenConsumer:
    """Is given partition 0 in its first poll; then reads what it is told to."""

    coming: list[list[int | Plain]] = field(default_factory=list)
    assigned: dict[str, int] = field(default_factory=dict)

    def subscribe(self, topics: Sequence[str], on_assign: Callable[..., None], **_: Any) -> None:
        self._topics, self._given = topics, on_assign

    def consume(self, most: int, seconds: float) -> list[Plain]:
        if not self.assigned:
            self._given(self, [TopicPartition(topic, 0) for topic in self._topics])
            return []
        given = self.coming.pop(0) if most == 1 else []
        return [one if isinstance(one, Plain) else Plain(one) for one in given]

    def assign(self, places: list[TopicPartition]) -> None:
        self.assigned = {place.topic: place.offset for place in places}


def joined(consumer: GivenConsumer, positions: dict[str, int], begins: int = 0) -> KafkaMembership:
    member = KafkaMembership(
        "watch", ["tally", "label"], lambda *_: begins, lambda _: positions, lambda _: None
    )
    member.start(lambda _: consumer, "kafka:9092", "")  # type: ignore[arg-type, return-value]
    assert member.poll(10, 0.1) == {}
    return member


@pytest.mark.parametrize("begins", [0, 40])
def test_what_was_never_read_is_read_from_its_first_offset_and_by_number(begins: int) -> None:
    """librdkafka goes back to a beginning that it was asked for by name when an answer is late."""
    consumer = GivenConsumer()
    member = joined(consumer, {"tally": 70}, begins)
    assert consumer.assigned == {"tally": 70, "label": begins}
    member.rewind(0, {"label": 50})
    assert consumer.assigned == {"tally": begins, "label": 50}


@pytest.mark.parametrize("later", [[72, 0], [70], [72, 72], [0, 1]])
def test_a_client_that_goes_back_is_not_followed(later: list[int | Plain]) -> None:
    member = joined(GivenConsumer([[70, 71], later]), {"tally": 70, "label": 0})
    [found] = member.poll(10, 0.1).values()
    assert [one.offset for one in found if isinstance(one, Record)] == [70, 71]
    with pytest.raises(LogError, match="watch reads tally-0: it went back"):
        member.poll(10, 0.1)


def test_of_a_poll_in_which_the_client_went_back_nothing_counts_and_all_is_read_again() -> None:
    consumer = GivenConsumer([[70, 71, Plain(4, topic=lambda: "label")], [70, 71]])
    member = joined(consumer, {"tally": 70, "label": 5})
    consumer.assigned = {"tally": -1, "label": -1}
    with pytest.raises(LogError, match="watch reads label-0: it went back"):
        member.poll(10, 0.1)
    assert consumer.assigned == {"tally": 70, "label": 5}
    [found] = member.poll(10, 0.1).values()
    assert [one.offset for one in found] == [70, 71]
