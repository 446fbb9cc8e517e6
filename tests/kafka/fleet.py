"""The service's own commands as processes on a real Kafka, to be killed and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

import schemas.codec
from streams.jobs import JOBS
from streams.kafka import KafkaLog
from streams.log import Log
from streams.steps.packed import WatchState
from streams.steps.step import Key, State, key_of
from tests.kafka.broker import guard

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).parent / "spendwatch")
READS = {name: job.inputs for name, job in JOBS.items()}


@dataclass
class Fleet:
    """Processes that share one Kafka and one prefix; a context that ends them all."""

    servers: str
    prefix: str
    usage: int = 4
    tally: int = 4
    extra: Mapping[str, str] = field(default_factory=dict)
    running: dict[tuple[str, str], subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: Path | None = None
    """The folder for what processes print; None: it goes where the test's own goes."""

    _begun: dict[tuple[str, str], int] = field(default_factory=dict)
    """Where in its log each process began."""

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

    def start(self, part: str, slot: str = "0", by: Sequence[str] = (PROGRAM,)) -> None:
        """Start a worker: `meter`, `watch`, `watch --only judge`, `deliver` or `web`."""
        environment = {**self.environment, "SPENDWATCH_SLOT": slot}
        with self._output(part, slot) as output:
            self._begun[part, slot] = output.tell() if output else 0
            self.running[part, slot] = subprocess.Popen(
                [*guard(), *by, "run", *part.split()],
                env=environment,
                stdout=output,
                stderr=output,
                cwd=ROOT,
            )

    def send(self, part: str, slot: str, number: signal.Signals) -> None:
        """Send it a signal."""
        self.running[part, slot].send_signal(number)

    def kill(self, part: str, slot: str = "0") -> None:
        """SIGKILL it: nothing is said, nothing is given back."""
        process = self.running.pop((part, slot))
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self, part: str, slot: str = "0") -> int:
        """SIGTERM it; its exit code."""
        process = self.running.pop((part, slot))
        process.terminate()
        return process.wait(timeout=60)

    def abort(self) -> None:
        """SIGABRT all of them: under PYTHONFAULTHANDLER each prints where its threads stand."""
        for process in self.running.values():
            process.send_signal(signal.SIGABRT)
        for process in self.running.values():
            process.wait()
        self.running.clear()

    def tend(self) -> list[str]:
        """Start again what has ended by itself, as a supervisor does; what that was."""
        ended = [place for place, process in self.running.items() if process.poll() is not None]
        for place in ended:
            self.start(*place)
        return [f"{part}-{slot}" for part, slot in ended]

    def is_up(self, part: str, slot: str = "0") -> bool:
        """Whether a process says that it has started; asked of one whose log is kept."""
        with self._printed(part, slot).open("rb") as file:
            file.seek(self._begun[part, slot])
            return b"service_started" in file.read()

    def _output(self, part: str, slot: str) -> AbstractContextManager[IO[bytes] | None]:
        return nullcontext() if self.logs is None else self._printed(part, slot).open("ab")

    def _printed(self, part: str, slot: str) -> Path:
        return (self.logs or Path()) / f"{part.replace(' --only ', '-')}-{slot}.log"

    def log(self) -> KafkaLog:
        """The same Kafka as these processes see it."""
        return KafkaLog(self.servers, prefix=self.prefix)


def unread(log: Log) -> dict[str, int]:
    """How many records each step has not read yet, in the order in which they feed each other.

    Counted by reading: offsets alone count the markers of transactions too.
    """
    return {name: sum(counts(log, name, topics)) for name, topics in READS.items()}


def counts(log: Log, step: str, topics: tuple[str, ...]) -> Iterator[int]:
    """What a step has not read of each partition; its labels come from judge, and are few."""
    for partition in range(log.partitions(topics[0])):
        done = log.committed(step, partition)
        for topic in topics:
            first = done.get(topic, 0)
            if log.end(topic, partition) > first:
                yield sum(1 for _ in log.read(topic, partition, first))


def settle(log: Log, seconds: float = 240) -> None:
    """Wait until every step has read all there is; fails the test where that takes too long."""
    until = monotonic() + seconds
    while any((left := unread(log)).values()):
        assert monotonic() < until, f"still behind: {left}"
        sleep(0.5)


def kept(log: Log, topic: str) -> dict[Key, Any]:
    """The newest values of a compacted topic, all partitions together."""
    codec = schemas.codec.Codec()
    state, known = WatchState if topic == "watch-state" else State, dict[Any, Any]()
    for partition in range(log.partitions(topic)):
        found = {key_of(one.key or b""): one.value for one in log.read(topic, partition)}
        held = [(key, value) for key, value in found.items() if value is not None]
        known |= state.restored(held, codec.decode).items()
    return known


def values(log: Log, topic: str) -> Iterator[Any]:
    """Every record of a topic, decoded."""
    codec = schemas.codec.Codec()
    for partition in range(log.partitions(topic)):
        for record in log.read(topic, partition):
            if record.value is not None:
                yield codec.decode(record.value)
