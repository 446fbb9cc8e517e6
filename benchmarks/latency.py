"""From the usage that crosses a limit to its rendered notice, at three loads.

`python -m benchmarks.latency [--rate 50000] [--overruns 60] [--seconds 60] [--runs 2]`

`run meter`, `run watch` and `run deliver` with a console, on a real Kafka, at a tenth, half and
nine tenths of what `end_to_end` reaches from a backlog: the median of rounds, measured first.
The load is sent by a process of its own whose messages are made beforehand; what sending them
takes of the same cores is told. Meanwhile usages that each take another application over its limit
at once are produced one by one, evenly over whole minutes: what comes while the minute before is
still open for stragglers (5 s) is told when that one closes. Those are told apart as well. A run
waits until every overrun is told, and one that never is fails it. Percentiles are those of all
runs at a load.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import sleep, time

import numpy as np

from benchmarks import _kafka, _machine, _ours, _overruns, _started
from benchmarks._backlog import backlog
from benchmarks._load import Load, loading
from benchmarks._organisation import Organisation
from benchmarks._overruns import Moments, Overruns
from benchmarks.peers._task import WIDTH
from streams.log import Log

PARTS = ("deliver", "watch", "meter")
LOADS = {"tenth": 0.1, "half": 0.5, "nine_tenths": 0.9}
PERCENTILES = (50, 95, 99)
LATENESS = 5
"""Seconds that a minute stays open for stragglers: the rulebook's default."""

LOOK = 0.5
"""Seconds between two looks at what has been told: reading it takes CPU as well."""

PATIENCE = 180.0
"""Seconds after the load in which the last notice must have come."""


@dataclass(frozen=True)
class Course:
    """What all runs have in common."""

    servers: str
    series: int
    overruns: int
    seconds: int


def rate(course: Course, usages: int, rounds: int) -> float:
    """Usages a second from `usage` to `docket`, from a backlog: the median of some rounds."""
    organisation = Organisation(course.series)
    given, found = backlog(organisation, usages, 60_000), []
    for number in range(rounds):
        prefix = f"rate{number}-"
        _ours.prepare(course.servers, prefix, given, organisation.text)
        one = _ours.run(course.servers, prefix, given, ("watch", "meter"))
        _kafka.drop(course.servers, prefix)
        found.append({"per_s": one.usage_per_s})
    return _machine.medians(found)["per_s"]


def run(course: Course, prefix: str, a_second: int) -> list[Moments]:
    """The moments of all overruns at so many usages a second. Exits where one is not told."""
    organisation = Organisation(course.series, overruns=course.overruns)
    _ours.place(course.servers, prefix, organisation.text)
    overruns = Overruns(course.servers, f"{prefix}usage", organisation)
    with _started.fleet_of(course.servers, prefix, WIDTH) as (fleet, log):
        _started.start_together(fleet, PARTS)
        _under_load(overruns, Load(course.series, a_second, course.seconds))
        left = partial(_left, log, overruns)
        _started.until(partial(_all_told, log, overruns), fleet, PATIENCE, left)
        overruns.trace(log)
    _kafka.drop(course.servers, prefix)
    return list(overruns.moments.values())


def _under_load(overruns: Overruns, load: Load) -> None:
    """Send the overruns while the load is sent; prints what sending that took."""
    with loading(overruns.servers, overruns.topic, load) as sending:
        sleep(max(sending.begin - 1 - time(), 0))
        overruns.awake()
        overruns.send(sending.begin, load.seconds)
        cost = sending.end()
    print(f"{load.a_second:,} usages/s: sending took {cost['cpu_s'] / load.seconds:.0%} of a core "
          f"and was up to {cost['behind_s']:.2f} s behind")  # fmt: skip


def _all_told(log: Log, overruns: Overruns) -> bool:
    sleep(LOOK)
    return _overruns.told(log).keys() >= overruns.moments.keys()


def _left(log: Log, overruns: Overruns) -> str:
    """What was not told, and how far it had got."""
    overruns.trace(log)
    stuck = {name: list(one)[-1] for name, one in overruns.moments.items() if "told" not in one}
    return f"overruns that were not told, and what they came to last: {stuck}"


def latencies(moments: Sequence[Moments]) -> list[float]:
    """Seconds from produced to told."""
    return [one["told"] - one["sent"] for one in moments]


def show(found: Mapping[str, Sequence[Moments]]) -> None:
    """Tables for people: from end to end, and the seconds that each stage took."""
    print(f"\n{'load':14}{'overruns':>9}" + "".join(f"{f'p{at} s':>8}" for at in PERCENTILES)
          + "   of those early in their minute, and the others: p99 s")  # fmt: skip
    for name, moments in found.items():
        early = [one for one in moments if one["sent"] % 60 < LATENESS]
        others = [one for one in moments if one["sent"] % 60 >= LATENESS]
        print(f"{name:14}{len(moments):9}{_percentiles(latencies(moments), PERCENTILES)}"
              f"{len(early):8}{_percentiles(latencies(early), [99])}"
              f"{len(others):8}{_percentiles(latencies(others), [99])}")  # fmt: skip
    print(f"\n{'p50 and p99 s':14}" + "".join(f"{name:>16}" for name in _overruns.STAGES))
    for name, moments in found.items():
        cells = (_percentiles(taken, [50, 99]) for _, taken in _overruns.stages(moments))
        print(f"{name:14}" + "".join(cells))


def _percentiles(taken: Sequence[float], which: Sequence[int]) -> str:
    return "".join(f"{np.percentile(taken, at) if taken else 0:8.2f}" for at in which)


def fields(found: Mapping[str, Sequence[Moments]]) -> Iterator[tuple[str, float]]:
    """The figures of the last line."""
    for name, moments in found.items():
        for at in PERCENTILES:
            yield f"p{at}_s_at_{name}_load", float(np.percentile(latencies(moments), at))


def main() -> None:
    """Measure, print, and end with one JSON line."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--rate", type=float, help="usages a second that are full load")
    asked.add_argument("--usages", type=int, default=300_000, help="of the backlog, for the rate")
    asked.add_argument("--rounds", type=int, default=_machine.ROUNDS, help="of the rate")
    asked.add_argument("--series", type=int, default=500)
    asked.add_argument("--overruns", type=int, default=60, help="of each run")
    asked.add_argument("--seconds", type=int, default=60, help="of each run")
    asked.add_argument("--runs", type=int, default=2, help="at each load")
    asked.add_argument("--loads", type=_machine.among(LOADS), default=list(LOADS))
    given = asked.parse_args()
    _machine.describe()
    with _kafka.cluster() as servers:
        course = Course(servers, given.series, given.overruns, given.seconds)
        full = given.rate or rate(course, given.usages, given.rounds)
        print(f"{given.series:,} series, {WIDTH} partitions, full load {full:,.0f} usages/s")
        found: dict[str, list[Moments]] = {name: [] for name in given.loads}
        for number in range(given.runs):
            for name, moments in found.items():
                a_second = max(round(full * LOADS[name]), 1)
                moments.extend(run(course, f"{name}{number}-", a_second))
    show(found)
    print()
    _machine.last_line({"rate_per_s": full, **dict(fields(found))})


if __name__ == "__main__":
    main()
