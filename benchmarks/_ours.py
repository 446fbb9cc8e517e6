"""The meter and watch as `spendwatch run` starts them, on a backlog, on the clock."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep, time

from benchmarks import _kafka
from benchmarks._backlog import WIDTH, Backlog, Digest, Sums, add
from benchmarks._metering import CODEC
from schemas import topics
from schemas.moments import EPOCH, micros
from schemas.records import Tally, Watermark
from streams.kafka import KafkaLog
from streams.log import Log
from streams.rulebooks import Rulebooks
from tests.kafka.fleet import Fleet

OWNS = {"meter": WIDTH, "watch": 2 * WIDTH + 1}
"""Partitions that a process opens before it begins: watch runs split, watch and judge; deliver
says nothing of its one.
"""

PATIENCE = 180.0
"""Seconds that a pass may take."""

LOOK = 0.02
"""Seconds between two looks at how far they have got."""


@dataclass(frozen=True)
class Pass:
    """How one run through the backlog went."""

    usages: int
    seconds: float
    """From the meter's first partition open until everything had come out at the other end."""

    cpu_s: Mapping[str, float]
    """CPU seconds of each process meanwhile."""

    @property
    def usage_per_s(self) -> float:
        """Usages a second."""
        return self.usages / self.seconds

    @property
    def cpu_s_per_million(self) -> float:
        """CPU seconds of all processes for a million usages."""
        return sum(self.cpu_s.values()) / self.usages * 1e6


def prepare(servers: str, prefix: str, given: Backlog, rules: str) -> None:
    """Our topics under a prefix, with a rulebook and the backlog on them."""
    place(servers, prefix, rules)
    _kafka.load(servers, f"{prefix}usage", [*given.messages, *given.clocks()])


def place(servers: str, prefix: str, rules: str) -> None:
    """Our topics under a prefix, with a rulebook on them."""
    log = KafkaLog(servers, prefix=prefix)
    log.create(topics.widths(WIDTH, WIDTH), 1)
    Rulebooks(log, CODEC).publish(rules, EPOCH)
    log.close()


def run(servers: str, prefix: str, given: Backlog, parts: Sequence[str]) -> Pass:
    """Run `meter`, or `watch` and `meter`, until the last of them has passed the backlog."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="spendwatch-")))
        fleet = stack.enter_context(Fleet(servers, prefix, WIDTH, WIDTH, logs=folder))
        log = fleet.log()
        stack.callback(log.close)
        start(fleet, parts[:-1])
        fleet.start(parts[-1])
        until(partial(_owns, fleet, parts[-1], 1), fleet)
        before = cpu(fleet)
        until(_passed(log, given, "docket" if "watch" in parts else "tally"), fleet)
        ended, after = time(), cpu(fleet)
        begun = min(_opened(fleet, "meter"))
        for part in reversed(parts):
            fleet.stop(part)
    spent = {part: after[part] - before[part] for part in parts}
    return Pass(len(given.messages), ended - begun, spent)


def start(fleet: Fleet, parts: Sequence[str]) -> None:
    """Start one after the other, each once the one before is up."""
    for part in parts:
        fleet.start(part)
        until(partial(_owns, fleet, part, OWNS.get(part, 0)), fleet)


def start_together(fleet: Fleet, parts: Sequence[str]) -> None:
    """Start all at once; returns when all are up."""
    for part in parts:
        fleet.start(part)
    for part in parts:
        until(partial(_owns, fleet, part, OWNS.get(part, 0)), fleet)


def _owns(fleet: Fleet, part: str, wanted: int) -> bool:
    """Whether a process has opened so many partitions."""
    return len(_opened(fleet, part)) >= wanted


def until(
    done: Callable[[], bool],
    fleet: Fleet,
    patience: float = PATIENCE,
    left: Callable[[], str] = str,
) -> None:
    """Wait; exits with what is `left` where it takes too many seconds or a process has ended."""
    end = monotonic() + patience
    while not done():
        dead = [part for (part, _), one in fleet.running.items() if one.poll() is not None]
        if dead or monotonic() > end:
            told = [_text(fleet, part)[-2000:] for part, _ in fleet.running]
            raise SystemExit("\n".join([f"no end, {dead or 'all'} stuck", *told, left()]))
        sleep(LOOK)


def _text(fleet: Fleet, part: str) -> str:
    file = (fleet.logs or Path()) / f"{part}-0.log"
    return file.read_text() if file.exists() else ""


def _opened(fleet: Fleet, part: str) -> list[float]:
    """When a process opened each partition, seconds since 1970."""
    lines = [line for line in _text(fleet, part).splitlines() if '"partition_opened"' in line]
    return [datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp() for line in lines]


def cpu(fleet: Fleet) -> dict[str, float]:
    """CPU seconds that each process has used so far. (proc(5): utime and stime.)"""
    ticks = os.sysconf("SC_CLK_TCK")
    found = {}
    for (part, _), process in fleet.running.items():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        found[part] = (int(fields[11]) + int(fields[12])) / ticks
    return found


def _passed(log: Log, given: Backlog, topic: str) -> Callable[[], bool]:
    """Whether all partitions have said on a topic that event time is past the backlog."""
    reached: dict[object, int] = {}
    at = 0

    def look() -> bool:
        nonlocal at
        for record in log.read(topic, 0, at):
            at = record.offset + 1
            told = CODEC.decode(record.value or b"")
            if isinstance(told, Watermark):
                reached[told.partition] = micros(told.time)
            elif isinstance(told, Tally) and told.source.startswith("usage/"):
                reached[told.source] = told.watermark
        return len(reached) == WIDTH and min(reached.values()) > given.last

    return look


def check(servers: str, prefix: str, wanted: Sums) -> None:
    """Exits unless charges and tallies are those that the meter gives in memory."""
    found = Counter[tuple[str, int]]()
    for partition in _kafka.values(servers, f"{prefix}tally", WIDTH):
        for told in map(CODEC.decode, partition):
            if told.source.startswith("usage/"):
                add(found, told)
    if found != wanted.nano_usd:
        raise SystemExit(f"our tallies do not come to {wanted.total} n$, or a series differs")
    if charges(servers, f"{prefix}charge") != wanted.charges:
        raise SystemExit(f"our charges are not the {wanted.charges.count} that were to be")


def charges(servers: str, topic: str) -> Digest:
    """All charges of a topic."""
    return Digest.of(one for part in _kafka.values(servers, topic, WIDTH) for one in part)
