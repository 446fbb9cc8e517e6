"""The meter and watch as `spendwatch run` starts them, on a backlog, on the clock."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import time

from benchmarks import _kafka
from benchmarks._backlog import Backlog, Digest, Sums, add
from benchmarks._metering import CODEC
from benchmarks._started import begins, cpu, fleet_of, opened, peaks, start, until
from benchmarks.peers._task import WIDTH
from schemas import topics
from schemas.moments import EPOCH, micros
from schemas.records import Tally, Watermark
from streams.kafka import KafkaLog
from streams.log import Log
from streams.rulebooks import Rulebooks


@dataclass(frozen=True)
class Pass:
    """How one run through the backlog went."""

    usages: int
    seconds: float
    """From the meter's first partition open until everything had come out at the other end."""

    cpu_s: Mapping[str, float]
    """CPU seconds of each process meanwhile."""

    mib: Mapping[str, float]
    """The most that each process had resident."""

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
    place(servers, prefix, rules, given.width)
    _kafka.load(servers, f"{prefix}usage", [*given.messages, *given.clocks()])


def place(servers: str, prefix: str, rules: str, width: int = WIDTH) -> None:
    """Our topics under a prefix, with a rulebook on them."""
    log = KafkaLog(servers, prefix=prefix)
    log.create(topics.widths(width, width), 1)
    Rulebooks(log, CODEC).publish(rules, EPOCH)
    log.close()


def run(servers: str, prefix: str, given: Backlog, parts: Sequence[str]) -> Pass:
    """Run `meter`, or `watch` and `meter`, until the last of them has passed the backlog."""
    with fleet_of(servers, prefix, given.width) as (fleet, log):
        start(fleet, parts[:-1])
        fleet.start(parts[-1])
        until(partial(begins, fleet, parts[-1]), fleet)
        before = cpu(fleet)
        until(_passed(log, given, "docket" if "watch" in parts else "tally"), fleet)
        ended, after, mib = time(), cpu(fleet), peaks(fleet)
        begun = min(opened(fleet, "meter"))
        for part in reversed(parts):
            fleet.stop(part)
    return Pass(len(given.messages), ended - begun, _spent(before, after), mib)


def shared(servers: str, prefix: str, given: Backlog, workers: int) -> Pass:
    """Run so many of watch and of meter, and load the backlog once they have shared partitions.

    The clock runs from the first usage that is loaded.
    """
    with fleet_of(servers, prefix, given.width) as (fleet, log):
        for slot in range(workers):
            start(fleet, ("watch", "meter"), str(slot))
        before, begun = cpu(fleet), time()
        _kafka.load(servers, f"{prefix}usage", [*given.messages, *given.clocks()])
        until(_passed(log, given, "docket"), fleet)
        ended, after, mib = time(), cpu(fleet), peaks(fleet)
    return Pass(len(given.messages), ended - begun, _spent(before, after), mib)


def _spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    return {part: seconds - before[part] for part, seconds in after.items()}


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
        return len(reached) == given.width and min(reached.values()) > given.last

    return look


def check(servers: str, prefix: str, wanted: Sums, width: int = WIDTH) -> None:
    """Exits unless charges and tallies are those that the meter gives in memory."""
    found = Counter[tuple[str, int]]()
    for partition in _kafka.values(servers, f"{prefix}tally", width):
        for told in map(CODEC.decode, partition):
            if told.source.startswith("usage/"):
                add(found, told)
    if found != wanted.nano_usd:
        raise SystemExit(f"our tallies do not come to {wanted.total} n$, or a series differs")
    if charges(servers, f"{prefix}charge", width) != wanted.charges:
        raise SystemExit(f"our charges are not the {wanted.charges.count} that were to be")


def charges(servers: str, topic: str, width: int = WIDTH) -> Digest:
    """All charges of a topic."""
    return Digest.of(one for part in _kafka.values(servers, topic, width) for one in part)
