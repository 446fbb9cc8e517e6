"""Fixtures around a real Kafka: one broker for the whole session, topics of its own for each test.

Every test that uses them is marked `kafka`. The broker is KAFKA_BOOTSTRAP_SERVERS if that is set,
else one that Maven brings; without either the test is skipped, and fails under CI=true.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient

from schemas.topics import widths
from streams.kafka import KafkaLog
from tests.kafka.broker import Broker, Missing, running

NewLog = Callable[..., KafkaLog]
"""`new_log(prefix=..., topics=..., extra=...)`, see `kafka_log`."""


@pytest.fixture(scope="session")
def kafka_servers() -> Iterator[str]:
    """Where a broker answers that all tests share."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given
        return
    with ExitStack() as stack:
        yield started(stack).bootstrap


@pytest.fixture
def kafka_broker() -> Iterator[Broker]:
    """A broker of the test's own, up, to be stopped, killed and started again."""
    with ExitStack() as stack:
        yield started(stack)


@pytest.fixture
def kafka_log(kafka_servers: str) -> Iterator[NewLog]:
    """Makes logs under one prefix of the test's own; the topics go when the test ends."""
    prefix = f"t{uuid4().hex[:8]}-"
    logs: list[KafkaLog] = []

    def new_log(
        topics: Mapping[str, int] | None = None, extra: Mapping[str, str] | None = None
    ) -> KafkaLog:
        log = KafkaLog(kafka_servers, prefix=prefix)
        logs.append(log)
        log.create(widths(usage=2, tally=2) if topics is None else topics, 1, extra)
        return log

    yield new_log
    for log in logs:
        log.close()
    drop(kafka_servers, prefix)


def drop(servers: str, prefix: str) -> None:
    """Delete all topics of a prefix."""
    admin = AdminClient({"bootstrap.servers": servers})
    mine = [name for name in admin.list_topics(timeout=10).topics if name.startswith(prefix)]
    for done in admin.delete_topics(mine).values() if mine else ():
        done.result()


def started(stack: ExitStack) -> Broker:
    """A broker that ends with the stack; skips the test where there is none, fails it under CI."""
    try:
        return stack.enter_context(running())
    except Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Kafka, and CI needs one: {missing}")
        pytest.skip(str(missing))
