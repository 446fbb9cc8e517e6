"""One step with its shell on a log that keeps nothing: fed batch by batch, its CPU on the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter, process_time
from typing import cast

import pyarrow as pa
from confluent_kafka import Message

from benchmarks._metering import CODEC, Sink, clock
from schemas import columns
from schemas.moments import MINUTE
from streams.book import Books
from streams.circles import look_seldom
from streams.jobs import Job
from streams.kafka_reader import bundle_of
from streams.log import Entry, Log, Positions, Record, Sheaf
from streams.runner import Runner
from streams.shell import Shell

DELAY = 100_000
"""Microseconds from a usage to the log."""


class Tray(Sink):
    """A log of one partition that gives what was put on it, and shows what was committed last."""

    def __init__(self) -> None:
        super().__init__([], 1)
        self.given: Sequence[Message] | Sequence[Record] = ()
        self.taken: Sequence[Entry | Sheaf] = ()

    def partitions(self, topic: str) -> int:
        """One of each."""
        return 1

    def poll(self, most: int, seconds: float) -> Mapping[int, Sequence[Record]]:
        """What was put on it; messages become records as in `streams.kafka_member`."""
        given, self.given = self.given, ()
        if given and isinstance(given[0], Message):
            return {0: bundle_of(cast("Sequence[Message]", given), "usage", 0)}
        return {0: cast("Sequence[Record]", given)} if given else {}

    def commit(self, entries: Sequence[Entry | Sheaf], positions: Positions) -> None:
        """Queue everything, and show it."""
        super().commit(entries, positions)
        self.taken = entries


class Stage:
    """A step and what it has cost so far: `cpu` and `wall`, seconds."""

    def __init__(self, job: Job, books: Books) -> None:
        look_seldom()  # as a worker does
        self._tray, self._name = Tray(), job.name
        shell = Shell(cast(Log, self._tray), lambda: books, CODEC, clock)
        self._runner = Runner(replace(job, linger=0.0, idle=None), shell)
        self._runner.join("0")
        self.cpu = self.wall = 0.0

    def take(self, given: Sequence[Message] | Sequence[Record]) -> Sequence[Entry | Sheaf]:
        """One batch in one transaction: what it committed. Exits where it was dropped."""
        self._tray.given, self._tray.taken = given, ()
        cpu, wall = process_time(), perf_counter()
        self._runner.turn(0.0)
        self.cpu += process_time() - cpu
        self.wall += perf_counter() - wall
        if not self._tray.taken:
            raise SystemExit(f"{self._name} dropped a batch")
        return self._tray.taken

    def forget(self) -> None:
        """Begin to count anew."""
        self.cpu = self.wall = 0.0


def messages(batch: pa.RecordBatch, first: int) -> list[Message]:
    """Usage as Kafka's consumer gives it, from an offset on."""
    prefix = CODEC.prefix(columns.USAGE)
    sources, ids = (batch.column(name).to_pylist() for name in ("source", "id"))
    times = batch.column("time").cast(pa.int64()).to_pylist()
    return [
        Message(
            topic="usage",
            partition=0,
            offset=first + row,
            key=f"{source}|{name}".encode(),
            value=prefix + body,
            timestamp=(2, (time + DELAY) // 1000),
        )
        for row, (source, name, time, body) in enumerate(
            zip(sources, ids, times, columns.write(batch, columns.USAGE), strict=True)
        )
    ]


def tallies(entries: Sequence[Entry | Sheaf], first: int) -> list[Record]:
    """The tallies that were committed, as watch reads them from an offset on."""
    found = [one for one in entries if isinstance(one, Entry) and one.topic == "tally"]
    return [
        Record("tally", 0, first + at, one.key, one.value, MINUTE) for at, one in enumerate(found)
    ]


def weigh(entries: Sequence[Entry | Sheaf]) -> dict[str, int]:
    """Bytes of keys, values and headers by topic."""
    found: dict[str, int] = {}
    for one in entries:
        found[one.topic] = found.get(one.topic, 0) + _bytes(one)
    return found


def _bytes(one: Entry | Sheaf) -> int:
    if isinstance(one, Sheaf):
        return sum(map(len, one.keys)) + sum(len(one.prefix) + len(body) for body in one.bodies)
    headers = sum(len(name) + len(value) for name, value in one.headers)
    return len(one.key or b"") + len(one.value or b"") + headers
