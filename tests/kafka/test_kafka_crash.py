"""Processes killed at any moment on a real broker: nothing lost, nothing twice."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streams.kafka import KafkaLog
from streams.log import Entry
from tests.kafka.kafka_fixtures import NewLog

pytestmark = pytest.mark.kafka
COPIER = Path(__file__).parent / "copier.py"
PATIENCE = 40.0


def start(log: KafkaLog, servers: str, member: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, str(COPIER), servers, log.prefix, member],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def copies(log: KafkaLog) -> list[str]:
    return [(record.value or b"").decode() for record in log.read("docket", 0)]


def test_a_killed_process_comes_back_to_its_place_without_loss_or_repeat(
    kafka_log: NewLog, kafka_servers: str
) -> None:
    log = kafka_log()
    rng = random.Random(7)
    process = start(log, kafka_servers, "w0")
    sent = 0
    for _ in range(5):
        until = time.monotonic() + rng.uniform(0.3, 1.2)
        while time.monotonic() < until:
            log.append([Entry("tally", None, str(sent + n).encode(), n % 2) for n in range(20)])
            sent += 20
        process.kill()
        process.communicate()
        process = start(log, kafka_servers, "w0")
    end = time.monotonic() + PATIENCE
    while len(found := copies(log)) < sent and time.monotonic() < end:
        time.sleep(0.1)
    process.kill()
    process.communicate()
    assert sorted(found, key=int) == [str(number) for number in range(sent)]
    for partition in (0, 1):
        mine = [text for text in found if int(text) % 2 == partition]
        assert mine == sorted(mine, key=int)
