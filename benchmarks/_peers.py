"""The peers of `end_to_end`: how each is started, how much it gets, how it is checked."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import _kafka, _prices
from benchmarks._backlog import Backlog, Sums
from benchmarks._environments import python as environment
from benchmarks._metering import CODEC
from benchmarks._ours import charges
from benchmarks._processes import Once, Process, Warm
from benchmarks.peers._task import WIDTH, Task
from schemas import columns
from tests.kafka.broker import jars

PREFIXES = {
    "usage": CODEC.prefix(columns.USAGE).hex(),
    "charge": CODEC.prefix(columns.CHARGE).hex(),
}
QUIX = Path(__file__).parent / "peers" / "quix.txt"
STREAMS = Path(__file__).parent / "peers" / "kafka_streams"
JAVA = ("-Xms1g", "-Xmx1g", "-XX:+UseParallelGC")
"""A heap that is there from the start, and the collector with the most throughput."""

Check = Callable[["Done", Sums], None]


@dataclass(frozen=True)
class Done:
    """What a peer did: the broker, its task, what it was given, what it answered."""

    servers: str
    task: Task
    given: Backlog
    answer: Mapping[str, Any]

    @property
    def usage_per_s(self) -> float:
        """Usages a second."""
        return float(self.task.count / self.answer["seconds"])

    @property
    def cpu_s_per_million(self) -> float:
        """CPU seconds of its process for a million usages."""
        return float(self.answer["cpu_s"] / self.task.count * 1e6)


def same(done: Done, _: Sums) -> None:
    """Exits unless every partition holds the usages themselves, in their order."""
    if _kafka.values(done.servers, done.task.out, WIDTH) != done.given.values():
        raise SystemExit(f"{done.task.name} did not pass on the usages that it read")


def metered(done: Done, wanted: Sums) -> None:
    """Exits unless its charges and its sums are the meter's own."""
    prices = json.loads(Path(done.task.prices).read_text())
    if _prices.by_series(prices, done.answer) != wanted.nano_usd:
        raise SystemExit(f"{done.task.name}: its sums are not the meter's {wanted.total} n$")
    if charges(done.servers, done.task.out) != wanted.charges:
        raise SystemExit(f"{done.task.name}: its charges are not the meter's")


@dataclass(frozen=True)
class Peer:
    """One of them; `share` of the usages is enough to measure it by."""

    name: str
    share: float
    checked: Check
    begin: Callable[[], Process]
    """Makes ready what answers its tasks. Raises Missing where that can't be had here."""

    def count(self, usages: int) -> int:
        """How many usages it gets."""
        return max(int(usages * self.share), 1)

    def run(self, process: Process, place: tuple[str, str, str], given: Backlog) -> Done:
        """Put usages onto a topic of its own and let it work.

        `place` is the broker, what the names of topics begin with, and the file of prices.
        """
        servers, prefix, prices = place
        name, count = f"{prefix}{self.name}", len(given.messages)
        task = Task(servers, f"{name}-usage", f"{name}-out", count, name, PREFIXES, prices)
        _kafka.create(servers, WIDTH, task.usage, task.out, task.sums)
        _kafka.load(servers, task.usage, given.messages)
        return Done(servers, task, given, process.ask(task))

    def check(self, done: Done, wanted: Sums) -> None:
        """Exits unless what it wrote is what it was to write."""
        self.checked(done, wanted)


def _module(name: str) -> Callable[[], Process]:
    return lambda: Once((sys.executable, "-m", f"benchmarks.peers.{name}"))


def _quix() -> Process:
    """Quix Streams, in an environment of its own."""
    return Once((environment(QUIX), "-m", "benchmarks.peers.quix_chain"))


def _streams() -> Process:
    """Kafka Streams, in one JVM for all rounds."""
    folder = jars(STREAMS / "pom.xml")
    return Warm(("java", *JAVA, "-cp", f"{folder}/*", str(STREAMS / "Streams.java")))


PEERS = {
    one.name: one
    for one in (
        Peer("bare", 0.5, same, _module("bare")),
        Peer("copy", 1.0, same, _module("copied")),
        Peer("aiokafka", 0.2, metered, _module("aiokafka_loop")),
        Peer("faust", 0.01, metered, _module("faust_table")),
        Peer("faust_tuned", 0.03, metered, _module("faust_chain")),
        Peer("quix", 0.06, metered, _quix),
        Peer("kafka_streams", 1.0, metered, _streams),
    )
}
