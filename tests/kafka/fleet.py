"""The service's own commands as processes on a real Kafka, to be killed and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import schemas.codec
from streams.jobs import JOBS
from streams.kafka import KafkaLog
from streams.log import Log
from streams.steps.step import Key, key_of

PROGRAM = Path(sys.executable).parent / "spendwatch"
READS = {name: job.inputs for name, job in JOBS.items()}


@dataclass
class Fleet:
    """Processes that share one Kafka and one prefix; a context that ends them all."""

    servers: str
    prefix: str
    usage: int = 4
    tally: int = 4
    extra: Mapping[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> "Fleet":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    @property
    def environment(self) -> dict[str, str]:
        """What every command is told."""
        return {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "SPENDWATCH_TOPIC_PREFIX": self.prefix,
            "SPENDWATCH_USAGE_PARTITIONS": str(self.usage),
            "SPENDWATCH_TALLY_PARTITIONS": str(self.tally),
            "SPENDWATCH_REPLICATION": "1",
            "SPENDWATCH_METRICS_PORT": "0",
            "SPENDWATCH_PORT": "0",
            "SPENDWATCH_LOG_FORMAT": "json",
            **self.extra,
        }

    def call(self, *arguments: str) -> str:
        """Run a command to its end; what it printed. Fails the test where it failed."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            check=False,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, part: str, slot: str = "0") -> None:
        """Start a worker: `meter`, `watch`, `deliver` or `web`."""
        environment = {**self.environment, "SPENDWATCH_SLOT": slot}
        self.running[f"{part}-{slot}"] = subprocess.Popen([PROGRAM, "run", part], env=environment)

    def kill(self, part: str, slot: str = "0") -> None:
        """SIGKILL it: nothing is said, nothing is given back."""
        process = self.running.pop(f"{part}-{slot}")
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self, part: str, slot: str = "0") -> int:
        """SIGTERM it; its exit code."""
        process = self.running.pop(f"{part}-{slot}")
        process.terminate()
        return process.wait(timeout=60)

    def log(self) -> KafkaLog:
        """The same Kafka as these processes see it."""
        return KafkaLog(self.servers, prefix=self.prefix)


def behind(log: Log) -> dict[str, int]:
    """How many records each step has not read yet."""
    found = {}
    for name, topics in READS.items():
        partitions = range(log.partitions(topics[0]))
        held = [(topic, p, log.committed(name, p)) for topic in topics for p in partitions]
        found[name] = sum(
            max(log.end(topic, p) - done.get(topic, 0), 0)
            for topic, p, done in held
            if topic != "label"
        )
    return found


def settle(log: Log, seconds: float = 240) -> None:
    """Wait until every step has read all there is; fails the test where that takes too long."""
    until, calm = monotonic() + seconds, 0
    while calm < 4:
        assert monotonic() < until, f"still behind: {behind(log)}"
        sleep(0.5)
        calm = calm + 1 if caught_up(log) else 0


def caught_up(log: Log) -> bool:
    """Whether nothing but commit markers is left, which no reader ever passes."""
    return all(left <= 2 * log.partitions("tally") for left in behind(log).values())


def kept(log: Log, topic: str) -> dict[Key, Any]:
    """The newest values of a compacted topic, all partitions together."""
    codec, found = schemas.codec.Codec(), dict[Key, Any]()
    for partition in range(log.partitions(topic)):
        for record in log.read(topic, partition):
            found[key_of(record.key or b"")] = record.value
    return {key: codec.decode(value) for key, value in found.items() if value is not None}


def values(log: Log, topic: str) -> Iterator[Any]:
    """Every record of a topic, decoded."""
    codec = schemas.codec.Codec()
    for partition in range(log.partitions(topic)):
        for record in log.read(topic, partition):
            if record.value is not None:
                yield codec.decode(record.value)
