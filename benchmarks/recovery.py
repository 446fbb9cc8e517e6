"""Seconds from kill -9 of a process to its successor's first committed output.

`python -m benchmarks.recovery [--series 1000] [--identities 1000000] [--rounds 5] [--large]`

`run meter`, `run watch` and `run deliver` on a real Kafka under a steady load with overruns in it;
each is killed in turn and started again at once, as a supervisor would. Its output is the first
record that it wrote after the kill and that a reader of committed records gets to see: a tally of
the meter, a finding or watermark of watch, a delivery of deliver. What is remembered (every series
for 35 days of hourly history, the identities as the load would have left them) is written onto the
topics beforehand, so the first start of each is told too. Memory is the most that any of a
process's incarnations had resident; CPU is what one had used, starting up included, when its first
output showed. Modules are compiled beforehand, as an image's or an installed program's are.
`--large` measures the starts alone, which are what a
successor does, with 50,000 series and 20 million identities: 16 million records, 1.1 GB, which
take minutes to write and to read.
"""

import argparse
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread

from benchmarks import _kafka, _machine, _ours
from benchmarks._history import History
from benchmarks._load import Load, loading
from benchmarks._organisation import Organisation
from benchmarks._overruns import Overruns
from benchmarks._supervised import WRITES, Follower, Supervised
from benchmarks.peers._task import WIDTH
from schemas.moments import HOUR_MINUTES, MINUTE
from tests.kafka.fleet import Fleet

A_SECOND = 1_000
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


LARGE = Case(series=50_000, identities=20_000_000, rounds=0, seconds=900)
Figures = Mapping[str, float]


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
        fleet = Fleet(servers, prefix, WIDTH, WIDTH, compiled(folder), logs=folder)
        fleet.call("run", "--help")
        stack.enter_context(fleet)
        follower = Follower(servers, prefix)
        stack.callback(follower.close)
        ends = stack.enter_context(under_load(overruns, Load(case.series, A_SECOND, case.seconds)))
        figures = rounds(Supervised(fleet, follower), case.rounds)
        if time.time() > ends:
            raise SystemExit("the load ended before the last process had come back")
    _kafka.drop(servers, prefix)
    return figures


def compiled(folder: Path) -> Mapping[str, str]:
    """What lets processes keep their modules' bytecode in a folder."""
    return {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}


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
    killed = {part: taken for part, taken in found.items() if taken}
    return {
        **{f"recovery_s_{part}": median(taken) for part, taken in killed.items()},
        **{f"longest_s_{part}": max(taken) for part, taken in killed.items()},
        **{f"start_s_{part}": taken for part, taken in starts.items()},
        **{f"cpu_s_{part}": median(taken) for part, taken in supervised.cpu.items()},
        **{f"rss_mib_{part}": mib for part, mib in supervised.mib.items()},
    }


def show(figures: Figures) -> None:
    """A table for people."""
    columns = {"recovery_s": "back s", "longest_s": "longest s", "start_s": "start s",
               "cpu_s": "CPU s", "rss_mib": "peak MiB"}  # fmt: skip
    shown = [name for name in columns if f"{name}_meter" in figures]
    print(f"{'':10}" + "".join(f"{columns[name]:>11}" for name in shown))
    for part in WRITES:
        print(f"{part:10}" + "".join(f"{figures[f'{name}_{part}']:11.2f}" for name in shown))


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
    with _kafka.cluster() as servers:
        case = Case(given.series, given.identities, given.rounds, given.seconds, given.days)
        show(told := measured(servers, "weeks-", LARGE if given.large else case))
    print()
    _machine.last_line(told)


if __name__ == "__main__":
    main()
