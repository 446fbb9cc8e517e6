"""A change of a pool's driver shows in the next provisional allocation, live, within seconds."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import pytest

from schemas.codec import Codec
from schemas.moments import micros
from schemas.records import Allocation
from streams.log import Entry, Log
from streams.publishing import Publisher
from tests.kafka.fleet import Fleet, settle
from tests.kafka.kafka_fixtures import drop

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

BEGIN = datetime(2026, 11, 3, 10, tzinfo=UTC)
SECONDS = 5.0

RULEBOOK = """
organisation: acme
owners:
  - {{id: retail, level: business_unit}}
  - {{id: search, level: service, under: retail}}
  - {{id: chat, level: application, under: search}}
  - {{id: rank, level: application, under: search}}
rules:
  - {{owner: chat, when: {{application: chat}}}}
  - {{owner: rank, when: {{application: rank}}}}
pools: [{{id: gpus, when: {{type: gpu}}, driver: {driver}, members: [chat, rank]}}]
rates: [{{name: h100, when: {{type: gpu}}, usd: {{gpu_seconds: 3.60}}, per: hour}}]
"""


def event(name: str, at: datetime, kind: str, data: Mapping[str, object]) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": name,
            "source": "/test",
            "type": f"ai.usage.{kind}.v1",
            "time": at.isoformat(),
            "data": {"provider": "openai", **data},
        }
    ).encode()


def calls(name: str, at: datetime, application: str, calls: int, tokens: int) -> bytes:
    quantities = {"requests": calls, "input_uncached": tokens}
    model = {"application": application, "model": "gpt-4o", "quantities": quantities}
    return event(name, at, "llm", model)


def gpus(name: str, at: datetime) -> bytes:
    """A thousand seconds at a tenth of a cent each: a dollar."""
    data = {"application": "cluster", "resource": "h100", "quantities": {"gpu_seconds": 1000}}
    return event(name, at, "gpu", data)


def shared(log: Log) -> dict[str, int]:
    """What the applications bear of pools in the month, as allocated last; nano-dollars."""
    found = {}
    for partition in range(log.partitions("allocation")):
        for record in log.read("allocation", partition):
            held = Codec().decode(record.value or b"")
            if isinstance(held, Allocation) and held.level == "application":
                found[held.owner.rpartition("/")[2]] = held.windows[-1].shared_nano_usd
    return found


def test_a_change_of_driver_shows_within_five_seconds(kafka_servers: str, tmp_path: Path) -> None:
    def publish(driver: str, *options: str) -> None:
        (tmp_path / "rulebook.yaml").write_text(RULEBOOK.format(driver=driver))
        fleet.call("rulebook", "publish", str(tmp_path / "rulebook.yaml"), *options)

    def until(expected: dict[str, int], seconds: float) -> float:
        began = monotonic()
        while shared(log) != expected:
            assert monotonic() < began + seconds, shared(log)
            sleep(0.05)
        return monotonic() - began

    def send(at: datetime, *messages: bytes) -> None:
        keys = [b"/test|" + json.loads(message)["id"].encode() for message in messages]
        usages = [Entry("usage", key, one) for key, one in zip(keys, messages, strict=True)]
        log.append([*usages, *publisher.clocks(micros(at), False)])

    minute = timedelta(minutes=1)
    with Fleet(kafka_servers, f"d{uuid4().hex[:8]}-", 2, 2) as fleet:
        publish("calls")
        fleet.start("meter")
        fleet.start("watch")
        log = fleet.log()
        publisher = Publisher(log, Codec(), 5)
        send(BEGIN, calls("a", BEGIN, "chat", 1, 9000), calls("b", BEGIN, "rank", 3, 1000))
        send(BEGIN + 2 * minute)
        settle(log, 60)
        send(BEGIN + 2 * minute, gpus("c", BEGIN + 2 * minute))
        until({"chat": 250_000_000, "rank": 750_000_000}, 60)

        publish("tokens", "--from", (BEGIN + 3 * minute).isoformat())
        sleep(1.0)
        send(BEGIN + 4 * minute, gpus("d", BEGIN + 4 * minute))
        took = until({"chat": 1_150_000_000, "rank": 850_000_000}, SECONDS)
        assert took < SECONDS
        log.close()
    drop(kafka_servers, fleet.prefix)
