"""Seconds from kill -9 of a process to its successor's first committed output.

`python -m benchmarks.recovery [--series 1000] [--identities 1000000] [--rounds 5] [--large]`

`run meter`, `run watch` and `run deliver` on a real Kafka under a steady load with overruns in it;
each is killed in turn and started again at once, as a supervisor would. Its output is the first
record that it wrote after the kill and that a reader of committed records gets to see: a tally of
the meter, a finding or watermark of watch, a delivery of deliver. What is remembered (every series
for 35 days of hourly history, the identities as the load would have left them) is written onto the
topics beforehand, so the first start of each is told too. Memory is the most that any of a
process's incarnations had resident; CPU is what one had used, starting up included, when its first
output showed. `--large` adds one round of 50,000 series and 20 million
identities, whose history is 1.1 GB and takes minutes to write.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread

from confluent_kafka import OFFSET_END, TopicPartition

from benchmarks import _kafka, _machine, _ours
from benchmarks._backlog import WIDTH
from benchmarks._history import History
from benchmarks._load import Load, loading
from benchmarks._organisation import Organisation
from benchmarks._overruns import Overruns
from schemas.moments import HOUR_MINUTES, MINUTE
from tests.kafka.fleet import Fleet

WRITES = {"meter": "tally", "watch": "docket", "deliver": "delivery"}
"""What is waited for from each process."""

A_SECOND = 1_000
PATIENCE = 400.0
"""Seconds in which a process must have come back."""

QUIET = 2.0
"""Seconds from a process's return to the next kill."""


@dataclass(frozen=True)
class Case:
    """What is remembered, how often each is killed, and how many seconds the load lasts."""

    series: int
    identities: int
    rounds: int
    seconds: int
    days: int = 35


LARGE = Case(series=50_000, identities=20_000_000, rounds=1, seconds=600)
Figures = Mapping[str, float]


class Follower:
    """Reads what the processes commit."""

    def __init__(self, servers: str, prefix: str) -> None:
        self._prefix, self._consumer = prefix, _kafka.reader(servers)
        places = {"tally": WIDTH, "docket": 1, "delivery": 1}
        self._consumer.assign([
            TopicPartition(prefix + topic, partition, OFFSET_END)
            for topic, width in places.items() for partition in range(width)
        ])  # fmt: skip

    def first(self, topic: str, after: float) -> float | None:
        """When the first record of a topic that was written after a moment shows, of those that
        come now; seconds since 1970.
        """
        for message in self._consumer.consume(500, 0.01):
            written = message.timestamp()[1] / 1e3
            if message.topic() == self._prefix + topic and written > after:
                return time.time()
        return None

    def close(self) -> None:
        """Read no more."""
        self._consumer.close()


class Supervised:
    """The processes: started, killed, started again, and how much memory each had at most."""

    def __init__(self, fleet: Fleet, follower: Follower) -> None:
        self._fleet, self._follower = fleet, follower
        self.mib = dict.fromkeys(WRITES, 0.0)
        self.cpu: dict[str, list[float]] = {part: [] for part in WRITES}
        """CPU seconds that each incarnation had used when its first output showed."""

    def started(self, part: str) -> float:
        """Seconds from the start of a process to its first output."""
        return self._output(part, time.time(), partial(self._fleet.start, part))

    def killed(self, part: str) -> float:
        """Seconds from the kill of a process to its successor's first output."""
        self.weigh(part)
        while self._follower.first(WRITES[part], 0.0):
            pass
        return self._output(part, time.time(), partial(self._again, part))

    def weigh(self, part: str) -> None:
        """Note the most that a process had resident so far. (proc(5), VmHWM.)"""
        status = Path(f"/proc/{self._fleet.running[part, '0'].pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        self.mib[part] = max(self.mib[part], int(line.split()[1]) / 1024)

    def _again(self, part: str) -> None:
        self._fleet.kill(part)
        self._fleet.start(part)

    def _output(self, part: str, since: float, begin: Callable[[], None]) -> float:
        begin()
        while (shown := self._follower.first(WRITES[part], since)) is None:
            if ended := self._fleet.tend():
                print(f"started once more: {ended}")
            if time.time() > since + PATIENCE:
                raise SystemExit(f"{part} did not come back within {PATIENCE:.0f} s")
        self.cpu[part].append(_ours.cpu(self._fleet)[part])
        print(f"{part:8}{shown - since:7.2f} s, {self.cpu[part][-1]:.2f} s of CPU", flush=True)
        return shown - since


def measured(servers: str, prefix: str, case: Case) -> Figures:
    """The figures of one case; topics go when it ends."""
    now = time.time_ns() // 1000
    end = now - now % (HOUR_MINUTES * MINUTE)
    organisation = Organisation(case.series, overruns=case.seconds)
    began = time.monotonic()
    _ours.place(servers, prefix, organisation.text)
    History(organisation, case.identities, A_SECOND, end, case.days).write(servers, prefix)
    print(f"{case.series:,} series and {case.identities:,} identities: what is remembered took "
          f"{time.monotonic() - began:.0f} s to write", flush=True)  # fmt: skip
    overruns = Overruns(servers, f"{prefix}usage", organisation)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="spendwatch-")))
        fleet = stack.enter_context(Fleet(servers, prefix, WIDTH, WIDTH, logs=folder))
        follower = Follower(servers, prefix)
        stack.callback(follower.close)
        ends = stack.enter_context(under_load(overruns, Load(case.series, A_SECOND, case.seconds)))
        figures = rounds(Supervised(fleet, follower), case.rounds)
        if time.time() > ends:
            raise SystemExit("the load ended before the last process had come back")
    _kafka.drop(servers, prefix)
    return figures


@contextmanager
def under_load(overruns: Overruns, load: Load) -> Iterator[float]:
    """A steady load with an overrun a second, until this ends; says when it would end by itself."""
    with loading(overruns.servers, overruns.topic, load) as sending:
        overruns.awake()
        sender = Thread(target=overruns.send, args=(sending.begin, load.seconds))
        sender.start()
        time.sleep(max(sending.begin - time.time(), 0))
        try:
            yield sending.begin + load.seconds
        finally:
            overruns.stop.set()
            sender.join()


def rounds(supervised: Supervised, count: int) -> Figures:
    """Start each, kill each in turn; seconds and MiB."""
    starts = {part: supervised.started(part) for part in WRITES}
    found: dict[str, list[float]] = {part: [] for part in WRITES}
    for _ in range(count):
        for part, taken in found.items():
            time.sleep(QUIET)
            taken.append(supervised.killed(part))
    for part in WRITES:
        supervised.weigh(part)
    return {
        **{f"recovery_s_{part}": median(taken) for part, taken in found.items()},
        **{f"longest_s_{part}": max(taken) for part, taken in found.items()},
        **{f"start_s_{part}": taken for part, taken in starts.items()},
        **{f"cpu_s_{part}": median(taken) for part, taken in supervised.cpu.items()},
        **{f"rss_mib_{part}": mib for part, mib in supervised.mib.items()},
    }


def show(figures: Figures) -> None:
    """A table for people."""
    print(f"{'':10}{'back s':>8}{'longest':>9}{'start s':>9}{'CPU s':>7}{'peak MiB':>10}")
    for part in WRITES:
        print(f"{part:10}{figures[f'recovery_s_{part}']:8.2f}{figures[f'longest_s_{part}']:9.2f}"
              f"{figures[f'start_s_{part}']:9.2f}{figures[f'cpu_s_{part}']:7.2f}"
              f"{figures[f'rss_mib_{part}']:10,.0f}")  # fmt: skip


def main() -> None:
    """Measure, print, and end with one JSON line."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--series", type=int, default=1_000)
    asked.add_argument("--identities", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=_machine.ROUNDS)
    asked.add_argument("--seconds", type=int, default=300, help="that the load lasts at most")
    asked.add_argument("--days", type=int, default=35, help="that the series have lived")
    asked.add_argument("--large", action="store_true", help="50,000 series, 20 million identities")
    given = asked.parse_args()
    _machine.describe()
    told: Figures = {}
    with _kafka.cluster() as servers:
        small = Case(given.series, given.identities, given.rounds, given.seconds, given.days)
        show(told := measured(servers, "small-", small))
        if given.large:
            show(large := measured(servers, "large-", LARGE))
            told = {**told, **{f"large_{name}": figure for name, figure in large.items()}}
    print()
    _machine.last_line(told)


if __name__ == "__main__":
    main()
