"""An idle meter on a real Kafka: markers of transactions are not records that wait."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from schemas.codec import Codec
from schemas.moments import micros
from schemas.topics import widths
from streams.jobs import METER
from streams.log import Entry
from streams.pipeline import PROGRESS
from streams.rulebooks import Rulebooks
from streams.runner import Runner
from streams.shell import Shell
from tests.kafka.kafka_fixtures import NewLog

pytestmark = pytest.mark.kafka
PATIENCE = 20.0
LATER = timedelta(minutes=10)
LATENESS = timedelta(seconds=5)


def usage(at: datetime) -> bytes:
    return json.dumps({
        "specversion": "1.0",
        "id": "e1",
        "source": "/svc/chat",
        "type": "ai.usage.call.v1",
        "time": at.isoformat(),
        "data": {"provider": "p", "application": "chat", "quantities": {"requests": 1}},
    }).encode()  # fmt: skip


def test_time_passes_behind_usage_that_came_in_a_transaction(kafka_log: NewLog) -> None:
    log, codec, now = kafka_log(widths(usage=1, tally=1)), Codec(), datetime.now(UTC)
    books = Rulebooks(log, codec)
    books.publish("organisation: acme\nowners: [{id: chat, level: business_unit}]\n")
    producer = log.own("producer", 0)
    producer.commit([Entry("usage", b"/svc/chat|e1", usage(now), 0)], {})
    runner = Runner(METER, Shell(log, books, codec, lambda: micros(now + LATER)))
    runner.join("0")
    until, reached = time.monotonic() + PATIENCE, 0
    while reached < micros(now + LATER - LATENESS):
        assert time.monotonic() < until, f"the watermark stays at {reached}"
        runner.turn()
        reached = max((one.watermark for one in runner.remembers(PROGRESS).values()), default=0)
    runner.leave()
    producer.close()
