"""An owner of a partition on Kafka whose client does not come back."""

from threading import Event
from time import monotonic

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams import kafka_owner
from streams.kafka_owner import KafkaOwnership
from streams.log import Entry, Uncertain


class StuckProducer:
    """Waits for ever when it is to send offsets, as librdkafka's does (its issue 5456)."""

    def __init__(self) -> None:
        self.released = Event()
        self.calls: list[str] = []

    def init_transactions(self, seconds: float) -> None:
        self.calls.append("init")

    def begin_transaction(self) -> None:
        self.calls.append("begin")

    def produce(self, topic: str, value: bytes, key: bytes | None, **further: object) -> None:
        self.calls.append(f"produce {topic}")

    def send_offsets_to_transaction(self, *given: object) -> None:
        self.calls.append("offsets")
        self.released.wait()

    def commit_transaction(self, seconds: float) -> None:
        self.calls.append("commit")

    def abort_transaction(self, seconds: float) -> None:
        self.calls.append("abort")


def test_a_client_that_is_stuck_is_left_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_owner, "STUCK", 0.05)
    producer = StuckProducer()
    owner = KafkaOwnership(producer, ("meter", 0), object, "kafka:9092", "")  # type: ignore[arg-type]
    begun = monotonic()
    for _ in range(2):
        with pytest.raises(Uncertain, match="commit meter-0: stuck"):
            owner.commit([Entry("charge", b"k", b"v", 0)], {"usage": 1})
    owner.close()
    producer.released.set()
    assert monotonic() - begun < 5
    assert producer.calls == ["init", "begin", "produce charge", "offsets"]


class SilentProducer(StuckProducer):
    """Its broker answers no more."""

    def send_offsets_to_transaction(self, *given: object) -> None:
        self.calls.append("offsets")
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, retriable=True))


def test_a_broker_that_does_not_answer_is_not_asked_to_abort() -> None:
    producer = SilentProducer()
    owner = KafkaOwnership(producer, ("meter", 0), object, "kafka:9092", "")  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(Uncertain, match="does not answer, commit meter-0"):
            owner.commit([], {"usage": 1})
    assert producer.calls == ["init", "begin", "offsets"]
