"""Usages a second from topic `usage` to `docket` on a real Kafka, beside other ways.

`python -m benchmarks.end_to_end [--usages 500000] [--series 500] [--rounds 5] [--only bare,copy]`

A backlog is put onto `usage` first. `end_to_end` is `spendwatch run meter` and `run watch` until
the docket's watermark has passed it, `meter` is the meter alone until its tallies have. Beside
them, in the same rounds and on the same broker, the peers of `benchmarks/peers`, every one a
process of its own; after each round what they wrote is held against what the meter says in memory.
Usage comes 600,000 a minute, a tenth of what a minute holds at 100,000 a second: closing minutes
costs ten times as much as it would live.
A clock runs from the first partition open (ours) or the first usage read (a peer) until all is
committed; CPU is that of the client processes meanwhile, starting up is in neither.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import _kafka, _machine, _ours, _prices
from benchmarks._backlog import Backlog, Sums, backlog, books_of, sums
from benchmarks._organisation import Organisation
from benchmarks._peers import PEERS, Peer
from benchmarks._processes import Process
from benchmarks.peers._task import WIDTH
from tests.kafka.broker import Missing

OURS = {"end_to_end": ("watch", "meter"), "meter": ("meter",)}
"""Which processes run, the one that is started last being the meter."""

Figures = dict[str, float]


@dataclass(frozen=True)
class Course:
    """What all rounds run over."""

    servers: str
    rules: str
    """The rulebook."""

    given: Backlog
    wanted: Mapping[int, Sums]
    """What the first so many usages come to."""

    prices: str
    """The file of prices for peers."""

    peers: Mapping[str, Process]


def round_of(course: Course, number: int) -> Figures:
    """Usages a second (`_per_s`) and CPU seconds a million (`_cpu`) of everybody."""
    figures: Figures = {}
    for name in OURS:
        figures |= _ours_in(course, f"r{number}-{name}-", name)
    for name in course.peers:
        figures |= _peer_in(course, f"r{number}-", PEERS[name])
    return figures


def _ours_in(course: Course, prefix: str, name: str) -> Figures:
    _ours.prepare(course.servers, prefix, course.given, course.rules)
    one = _ours.run(course.servers, prefix, course.given, OURS[name])
    _ours.check(course.servers, prefix, course.wanted[len(course.given.messages)])
    _kafka.drop(course.servers, prefix)
    held = {f"{name}_rss_{part}": mib for part, mib in one.mib.items()}
    return {f"{name}_per_s": one.usage_per_s, f"{name}_cpu": one.cpu_s_per_million, **held}


def _peer_in(course: Course, prefix: str, peer: Peer) -> Figures:
    few = course.given.first(peer.count(len(course.given.messages)))
    place = course.servers, prefix, course.prices
    done = peer.run(course.peers[peer.name], place, few)
    peer.check(done, course.wanted[done.task.count])
    _kafka.drop(course.servers, prefix)
    return {f"{peer.name}_per_s": done.usage_per_s, f"{peer.name}_cpu": done.cpu_s_per_million}


def ratios(rounds: list[Figures], what: str, ours: str, peer: str) -> float | None:
    """The median over the rounds of ours by theirs; None for a peer that could not run."""
    found = [one[f"{ours}_{what}"] / one[f"{peer}_{what}"] for one in rounds
             if f"{peer}_{what}" in one]  # fmt: skip
    return median(found) if found else None


def told(rounds: list[Figures]) -> Iterator[tuple[str, object]]:
    """The figures of the last line."""
    figures = _machine.medians(rounds)
    yield "usage_per_s", figures["end_to_end_per_s"]
    yield "cpu_s_per_million", figures["end_to_end_cpu"]
    for part in OURS["end_to_end"]:
        yield f"rss_mib_{part}", figures[f"end_to_end_rss_{part}"]
    for name in PEERS:
        yield f"ratio_{name}", ratios(rounds, "per_s", "end_to_end", name)
        yield f"cpu_ratio_{name}", ratios(rounds, "cpu", "end_to_end", name)
    yield "meter_per_s", figures["meter_per_s"]
    yield "meter_cpu_s_per_million", figures["meter_cpu"]
    for name in PEERS:
        yield f"meter_ratio_{name}", ratios(rounds, "per_s", "meter", name)
        yield f"meter_cpu_ratio_{name}", ratios(rounds, "cpu", "meter", name)
    for name in PEERS:
        yield f"{name}_per_s", figures.get(f"{name}_per_s")


def show(rounds: list[Figures]) -> None:
    """A table of everybody."""
    figures = _machine.medians(rounds)
    print(f"\n{'':14}{'usages/s':>10}{'CPU s/million':>15}{'end to end':>12}{'meter alone':>13}")
    for name in (name for name in (*OURS, *PEERS) if f"{name}_per_s" in figures):
        beside = [ratios(rounds, "per_s", ours, name) or 0.0 for ours in OURS]
        print(f"{name:14}{figures[f'{name}_per_s']:10,.0f}{figures[f'{name}_cpu']:15.1f}"
              f"{beside[0]:12.2f}{beside[1]:13.2f}")  # fmt: skip
    print("the last two: how many times its usages a second")


def begun(names: Sequence[str], stack: ExitStack) -> dict[str, Process]:
    """The peers that can run here; of the others it prints why they can't."""
    found: dict[str, Process] = {}
    for name in names:
        try:
            found[name] = PEERS[name].begin()
        except Missing as missing:
            print(f"{name} can't run here: {missing}")
        else:
            stack.callback(found[name].close)
    return found


def measured(given: argparse.Namespace) -> list[Figures]:
    """The figures of all rounds."""
    organisation = Organisation(given.series)
    usages = backlog(organisation, given.usages, given.a_minute)
    books = books_of(organisation)
    print(f"{given.usages:,} usages of {given.series:,} series, {given.a_minute:,} a minute, "
          f"{WIDTH} partitions")  # fmt: skip
    with ExitStack() as stack:
        peers = begun(given.only, stack)
        counts = {given.usages, *(PEERS[name].count(given.usages) for name in peers)}
        wanted = {count: sums(usages.first(count), books) for count in counts}
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="spendwatch-")))
        prices = folder / "prices.json"
        [batch] = organisation.usage(given.usages, given.a_minute, given.usages)
        _prices.write(_prices.table(batch, books), prices)
        servers = stack.enter_context(_kafka.cluster())
        course = Course(servers, organisation.text, usages, wanted, str(prices), peers)
        return [round_of(course, number) for number in range(given.rounds)]


def main() -> None:
    """Measure, print, and end with one JSON line."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--usages", type=int, default=500_000)
    asked.add_argument("--series", type=int, default=500)
    asked.add_argument("--a-minute", type=int, default=600_000)
    asked.add_argument("--rounds", type=int, default=_machine.ROUNDS)
    asked.add_argument(
        "--only", type=_machine.among(PEERS), default=list(PEERS), help="peers: bare,copy"
    )
    given = asked.parse_args()
    _machine.describe()
    rounds = measured(given)
    show(rounds)
    print()
    _machine.last_line(dict(told(rounds)))


if __name__ == "__main__":
    main()
