"""What usage costs by live series, by partitions and by workers.

`python -m benchmarks.scale [--series 100,1000,10000,50000] [--usages 300000] [--rounds 5]`

Series: meter and watch with their shells on a log that keeps nothing, in batches of 20,000 usages;
every series is alive in every minute. An event costs its share of a batch, its share of closing a
minute and of closing an hour. How many events share those is the load's business: what is told is
that of 100,000 usages a second (6 million a minute), and apart from it, as `sparse`, that of 1,000
a second (60,000 a minute) from a backlog. Minutes are measured with three batches each, for those
beyond cost the same again; from 10,000 series on in three rounds. Usage is as uneven as that of
real clients, by Zipf's law; apart from it, as `turns`, and at the sparse load, keys take turns, the
worst case: with many series nearly every usage of a batch is of another, and so an entry of its
tally.

Partitions: `run meter` and `run watch` on a real Kafka from a backlog, as in `end_to_end`, whose
topics have 1, 2 and 4 partitions. Workers: one and two of each in their groups, 4 partitions that
they have shared before the backlog is loaded; CPU is that of all of them until the docket's
watermark has passed it. After each pass charges and tallies are held against the meter's own.
"""

import argparse
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog

from benchmarks import _kafka, _machine, _ours
from benchmarks._backlog import backlog, books_of, sums
from benchmarks._organisation import Organisation
from benchmarks._walk import DENSE, SPARSE, Figures, by_series
from benchmarks.peers._task import WIDTH
from schemas.moments import HOUR_MINUTES

FEW, MANY = 3, 10_000
"""Rounds with so many series or more, because they take long."""


def series_rounds(count: int, rounds: int) -> list[Figures]:
    """So many rounds at a number of series."""
    few = min(rounds, FEW) if count >= MANY else rounds
    return [by_series(Organisation(count)) for _ in range(few)]


LOADS = {"": ("", DENSE), "turns_": ("turns_", DENSE), "sparse_": ("turns_", SPARSE)}
"""What a load is called: the figures of its usages, and how many there are a minute."""


def microseconds(figures: Mapping[str, float], load: str) -> float:
    """CPU of one usage at a load, see LOADS."""
    usages, a_minute = LOADS[load]
    closing = figures["minute"] + figures["hour"] / HOUR_MINUTES
    steps = figures[f"{usages}meter"] + figures[f"{usages}watch"]
    return (steps + closing / a_minute) * 1e6


@dataclass(frozen=True)
class Course:
    """What all rounds on Kafka have in common."""

    servers: str
    organisation: Organisation
    usages: int
    partitions: Sequence[int]
    workers: Sequence[int]


def on_kafka(course: Course, number: int) -> Figures:
    """Usages a second and CPU seconds a million, by partitions and by workers."""
    found: Figures = {}
    for width in course.partitions:
        one = _pass(course, f"r{number}-p{width}-", width, 0)
        found |= _figures(one, f"{width}_partitions")
    for workers in course.workers:
        one = _pass(course, f"r{number}-w{workers}-", WIDTH, workers)
        found |= _figures(one, f"{workers}_workers")
    return found


def _pass(course: Course, prefix: str, width: int, workers: int) -> _ours.Pass:
    """Over a backlog that is there (0), or is loaded once so many workers are."""
    organisation, servers = course.organisation, course.servers
    given = backlog(organisation, course.usages, SPARSE, width)
    if workers:
        _ours.place(servers, prefix, organisation.text, width)
        done = _ours.shared(servers, prefix, given, workers)
    else:
        _ours.prepare(servers, prefix, given, organisation.text)
        done = _ours.run(servers, prefix, given, ("watch", "meter"))
    _ours.check(servers, prefix, sums(given, books_of(organisation)), width)
    _kafka.drop(servers, prefix)
    return done


def _figures(one: _ours.Pass, what: str) -> Figures:
    return {
        f"usage_per_s_at_{what}": one.usage_per_s,
        f"cpu_s_per_million_at_{what}": one.cpu_s_per_million,
    }


def by_count(rounds: Mapping[int, Sequence[Figures]]) -> Iterator[tuple[str, float]]:
    """Microseconds by series, and how many times those of few series the most cost."""
    figures = {count: _machine.medians(taken) for count, taken in rounds.items()}
    *_, most = sorted(figures)
    for load in LOADS:
        cost = {count: microseconds(one, load) for count, one in figures.items()}
        for count, each in cost.items():
            yield f"{load}cpu_us_at_{count}_series", each
        for few in sorted(cost.keys() - {most}):
            yield f"{load}cpu_ratio_{most}_to_{few}_series", cost[most] / cost[few]


def show(rounds: Mapping[int, Sequence[Figures]], kafka: Mapping[str, float]) -> None:
    """Tables for people."""
    print(f"\n{'series':>8}{'meter us':>10}{'watch us':>10}{'minute ms':>11}{'hour ms':>9}"
          f"{'us':>9}{'us turns':>10}{'us sparse':>11}")  # fmt: skip
    for count, taken in rounds.items():
        one = _machine.medians(taken)
        usual, turns, sparse = (microseconds(one, load) for load in LOADS)
        print(f"{count:8,}{one['meter'] * 1e6:10.2f}{one['watch'] * 1e6:10.2f}"
              f"{one['minute'] * 1e3:11.1f}{one['hour'] * 1e3:9.0f}"
              f"{usual:9.2f}{turns:10.2f}{sparse:11.2f}")  # fmt: skip
    print(f"\n{'':14}{'usages/s':>10}{'CPU s/million':>15}")
    for name, per_s in kafka.items():
        if name.startswith("usage_per_s_at_"):
            what = name.removeprefix("usage_per_s_at_")
            cpu = kafka[f"cpu_s_per_million_at_{what}"]
            print(f"{what.replace('_', ' '):14}{per_s:10,.0f}{cpu:15.1f}")


def last_line(rounds: Mapping[int, Sequence[Figures]], kafka: Mapping[str, float]) -> None:
    """The figures as JSON."""
    one, two = (kafka.get(f"cpu_s_per_million_at_{workers}_workers") for workers in (1, 2))
    ratio = {"cpu_ratio_two_workers": two / one} if one and two else {}
    _machine.last_line({**dict(by_count(rounds)), **kafka, **ratio})


def numbers(text: str) -> list[int]:
    """Whole numbers, separated by commas."""
    return [int(one) for one in text.split(",")]


def main() -> None:
    """Measure, print, and end with one JSON line."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--series", type=numbers, default="100,1000,10000,50000")
    asked.add_argument("--usages", type=int, default=300_000, help="of a backlog")
    asked.add_argument("--live", type=int, default=500, help="series of a backlog")
    asked.add_argument("--partitions", type=numbers, default="1,2,4")
    asked.add_argument("--workers", type=numbers, default="1,2")
    asked.add_argument("--rounds", type=int, default=_machine.ROUNDS)
    given = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _machine.describe()
    rounds = {count: series_rounds(count, given.rounds) for count in given.series}
    with _kafka.cluster() as servers:
        organisation = Organisation(given.live)
        course = Course(servers, organisation, given.usages, given.partitions, given.workers)
        kafka = _machine.medians(on_kafka(course, number) for number in range(given.rounds))
    show(rounds, kafka)
    print()
    last_line(rounds, kafka)


if __name__ == "__main__":
    main()
