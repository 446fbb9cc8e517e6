"""A restatement on a real Kafka, killed between its transactions and run again: once, exactly."""

import json
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import pytest

from schemas.codec import Codec
from schemas.moments import micros
from schemas.records import Allocation, Incident
from streams.log import Entry, Log
from streams.publishing import Publisher
from tests.kafka.broker import guard
from tests.kafka.fleet import ROOT, Fleet, kept, settle, values
from tests.kafka.kafka_fixtures import drop

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

BEGIN = datetime(2026, 11, 3, 10, tzinfo=UTC)
USAGES = 400
RULEBOOK = """
organisation: acme
owners:
  - {{id: retail, level: business_unit}}
  - {{id: search, level: service, under: retail}}
  - {{id: chat, level: application, under: search}}
  - {{id: rank, level: application, under: search}}
rules:
  - {{owner: {owner}, when: {{application: chat}}}}
  - {{owner: rank, when: {{application: rank}}}}
rates: [{{name: contract, when: {{type: llm}}, usd: {{output: {usd}}}, per: million}}]
policies: [{{name: rail, kind: limit, series: ["business_unit:*"], usd: 1, window: 1h}}]
"""

ONE_BY_ONE = """
import os
from schemas.codec import Codec
from streams.kafka import KafkaLog
from streams.restate import Restate
from streams.rulebooks import Rulebooks
log = KafkaLog(os.environ["KAFKA_BOOTSTRAP_SERVERS"], prefix=os.environ["SPENDWATCH_TOPIC_PREFIX"])
Restate(log, Codec(), Rulebooks(log, Codec())(), 0, portion=1).run()
"""
"""A restatement of as many transactions as there are charges."""


def usage(number: int) -> Entry:
    """A call of a thousand tokens."""
    data = {"provider": "house", "model": "m-1", "application": ("chat", "rank")[number % 2],
            "quantities": {"output": 1000}}  # fmt: skip
    at = BEGIN + timedelta(seconds=10 * number)
    one = {"specversion": "1.0", "id": str(number), "source": "/test", "time": at.isoformat(),
           "type": "ai.usage.llm.v1", "data": data}  # fmt: skip
    return Entry("usage", f"/test|{number}".encode(), json.dumps(one).encode())


def restated(log: Log) -> int:
    """How many reversals and rerates there are."""
    return sum(one["kind"] in ("reversal", "rerate") for one in values(log, "charge"))


def killed(fleet: Fleet, log: Log) -> int:
    """Begin to restate, and kill that in its midst; how far it had got."""
    command = [*guard(), sys.executable, "-c", ONE_BY_ONE]
    process = subprocess.Popen(command, env=fleet.environment, cwd=ROOT)
    until = monotonic() + 60
    while not (done := restated(log)) and process.poll() is None:
        assert monotonic() < until
        sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert done > 0
    return restated(log)


def months(log: Log) -> dict[str, tuple[int, int, int]]:
    """What each owner bears in the month: nano-dollars, of them restated, charges."""
    shown = (one for one in kept(log, "allocation").values() if isinstance(one, Allocation))
    last = {one.series: one.windows[-1] for one in shown}
    return {
        name: (one.cost_nano_usd, one.restated_nano_usd, one.charges) for name, one in last.items()
    }


def test_a_killed_restatement_is_finished_by_the_next_to_the_nano_dollar(
    kafka_servers: str, tmp_path: Path
) -> None:
    def publish(owner: str, usd: str, *options: str) -> None:
        file = tmp_path / "rulebook.yaml"
        file.write_text(RULEBOOK.format(owner=owner, usd=usd))
        fleet.call("rulebook", "publish", str(file), *options)

    with Fleet(kafka_servers, f"r{uuid4().hex[:8]}-", 2, 2) as fleet:
        publish("chat", "10")
        fleet.start("meter")
        fleet.start("watch")
        log = fleet.log()
        log.append([usage(number) for number in range(USAGES)])
        end = BEGIN + timedelta(seconds=10 * USAGES + 600)
        log.append(Publisher(log, Codec(), 5).clocks(micros(end), False))
        settle(log, 60)
        assert months(log)["application:chat"] == (2 * 10**9, 0, 200)
        before = incidents(log)

        publish("rank", "12.5", "--from", "1970-01-01T00:00:00Z")
        sleep(1.5)  # workers read the rulebook once a second
        done = killed(fleet, log)
        assert 0 < done < 2 * USAGES
        since = ("--since", BEGIN.isoformat(), "--json")
        rest = json.loads(fleet.call("restate", *since))
        again = json.loads(fleet.call("restate", *since))
        settle(log, 60)

        assert (2 * rest["restated"] + done, again["restated"]) == (2 * USAGES, 0)
        chain = Counter((one["id"], one["kind"]) for one in values(log, "charge"))
        assert len(chain) == 3 * USAGES
        assert set(chain.values()) == {1}
        cost = USAGES * 12_500_000
        assert months(log) == {
            "application:chat": (0, -2 * 10**9, 0),
            "application:rank": (cost, cost - 2 * 10**9, USAGES),
            "service:search": (cost, 10**9, USAGES),
            "business_unit:retail": (cost, 10**9, USAGES),
            "organisation:acme": (cost, 10**9, USAGES),
        }
        after = incidents(log)
        assert after.keys() == before.keys()
        assert len(after) > 0
        assert all(0 < one.restated_nano_usd <= 10**9 for one in after.values())
        log.close()
    drop(kafka_servers, fleet.prefix)


def incidents(log: Log) -> dict[str, Incident]:
    """Incidents as published."""
    found = kept(log, "incident").items()
    return {one.id: one for key, one in found if key[0] == "incident"}
