"""Processes killed at any moment on a real broker: nothing lost, nothing twice."""

import random
import signal
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


def send(log: KafkaLog, first: int, seconds: float) -> int:
    """Numbers in a row for some time, odd ones to partition 1; the next number."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        log.append([Entry("tally", None, str(first + n).encode(), n % 2) for n in range(20)])
        first += 20
        time.sleep(0.01)
    return first


def end(*processes: "subprocess.Popen[str]") -> None:
    for process in processes:
        process.kill()
        process.communicate()


def check_copies(log: KafkaLog, sent: int) -> None:
    """All numbers were copied, once, and those of each partition in order."""
    patience = time.monotonic() + PATIENCE
    while len(found := copies(log)) < sent and time.monotonic() < patience:
        time.sleep(0.1)
    assert sorted(found, key=int) == [str(number) for number in range(sent)]
    for partition in (0, 1):
        mine = [text for text in found if int(text) % 2 == partition]
        assert mine == sorted(mine, key=int)


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
        sent = send(log, sent, rng.uniform(0.3, 1.2))
        end(process)
        process = start(log, kafka_servers, "w0")
    check_copies(log, sent)
    end(process)


def test_a_process_that_was_stopped_for_long_commits_nothing_of_what_it_had_begun(
    kafka_log: NewLog, kafka_servers: str
) -> None:
    log = kafka_log()
    stopped, other = start(log, kafka_servers, "w0"), None
    sent = send(log, 0, 1)
    for seconds in (8, 1):  # longer than the session, then shorter
        stopped.send_signal(signal.SIGSTOP)
        other = other or start(log, kafka_servers, "w1")
        sent = send(log, sent, seconds)
        stopped.send_signal(signal.SIGCONT)
        sent = send(log, sent, 2)
    check_copies(log, sent)
    assert stopped.poll() is None
    assert other is not None
    assert other.poll() is None
    end(stopped, other)
