"""Reading a Kafka partition to its end: what ends it, and an end that comes too soon."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from confluent_kafka import KafkaError, TopicPartition

from streams.kafka_reader import Readers
from streams.log import LogError, Unreachable


@dataclass(frozen=True)
class Said:
    """A message, or what stands in place of one."""

    at: int
    code: int | None = None

    def error(self) -> KafkaError | None:
        return None if self.code is None else KafkaError(self.code, "as asked for")

    def offset(self) -> int:
        return self.at

    def partition(self) -> int:
        return 0

    def topic(self) -> str:
        return "x-usage"

    def key(self) -> bytes:
        return b"key"

    def value(self) -> bytes:
        return b"%d" % self.at

    def timestamp(self) -> tuple[int, int]:
        return 1, 0

    def headers(self) -> None:
        return None


class Consumer:
    """Says what it was given, once, of a partition that ends at 8."""

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = list(said)
        self.closed = False

    def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int]:
        return 0, 8

    def assign(self, places: list[TopicPartition]) -> None:
        """It has but one partition."""

    def unassign(self) -> None:
        """It has but one partition."""

    def consume(self, most: int, seconds: float) -> list[Said]:
        given, self._said = self._said[:most], self._said[most:]
        return given

    def close(self) -> None:
        self.closed = True


def offsets(said: Sequence[Said]) -> tuple[list[int], Consumer]:
    """What is read, and by whom."""
    consumer = Consumer(said)
    readers = Readers(lambda: consumer, "kafka:9092", "x-")  # type: ignore[arg-type, return-value]
    try:
        return [record.offset for record in readers.read("usage", 0, 0)], consumer
    finally:
        readers.close()


END = KafkaError._PARTITION_EOF


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([Said(0), Said(7)], id="the-last-record-that-was-there"),
        pytest.param([Said(0), Said(4), Said(8, END)], id="markers-stand-at-the-end"),
        pytest.param([Said(8, END)], id="nothing-but-markers"),
        pytest.param([Said(0), Said(9, END)], id="it-has-grown"),
    ],
)
def test_it_is_read_to_the_end_that_was(said: list[Said]) -> None:
    found, consumer = offsets(said)
    assert found == [one.at for one in said if one.code is None]
    assert consumer.closed


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([Said(0), Said(3, END)], "kafka:9092, reading x-usage: ends at 3, not at 8"),
        ([Said(0), Said(1, KafkaError._TRANSPORT)], "reading x-usage: as asked for"),
        ([Said(0)], "sent nothing for"),
    ],
)
def test_what_ends_too_soon_is_an_error_and_never_all_there_is(said: list[Said], why: str) -> None:
    with pytest.raises(LogError, match=why) as raised:
        offsets(said)
    assert isinstance(raised.value, Unreachable)
