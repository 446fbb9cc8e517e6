"""A backlog of usage for Kafka, and what the meter itself says that it comes to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from benchmarks._kafka import Put
from benchmarks._metering import CODEC
from benchmarks._organisation import Organisation
from schemas import columns
from schemas.keys import partitions_of
from schemas.moments import MINUTE, moment
from schemas.records import Clock, Tally
from streams import pipeline
from streams.book import Books
from streams.log import Record, Sheaf
from streams.steps.identities import MeterState
from streams.steps.step import Output, Site

WIDTH = 4
"""Partitions of every topic."""

BATCH = 20_000
TAKEN = timedelta(days=1)
"""How long after it happened the log is said to have taken usage that is metered in memory."""


@dataclass(frozen=True)
class Sums:
    """What usages come to: how many charges, and nano-dollars by series."""

    charges: int
    nano_usd: Counter[str]

    @property
    def total(self) -> int:
        """The organisation's nano-dollars."""
        return sum(nano for name, nano in self.nano_usd.items() if name.startswith("organisation"))


@dataclass(frozen=True)
class Backlog:
    """Usages in time order, as messages; `last` is the latest time, microseconds since 1970."""

    messages: Sequence[Put]
    last: int

    def first(self, count: int) -> "Backlog":
        """The first so many of them; where event time ends stays as it is."""
        return Backlog(self.messages[:count], self.last)

    def clocks(self) -> list[Put]:
        """Clocks for every partition that let all minutes of the backlog close."""
        value = CODEC.encode(Clock(time=moment(self.last + 3 * MINUTE), live=False))
        return [(None, value, partition) for partition in range(WIDTH)]

    def values(self) -> list[list[bytes]]:
        """The values of each partition in their order."""
        found: list[list[bytes]] = [[] for _ in range(WIDTH)]
        for _, value, partition in self.messages:
            found[partition].append(value)
        return found


def backlog(organisation: Organisation, count: int, a_minute: int) -> Backlog:
    """So many usages of an organisation, `a_minute` of them every minute."""
    messages: list[Put] = []
    prefix, last = CODEC.prefix(columns.USAGE), 0
    for batch in organisation.usage(count, a_minute, BATCH):
        named = zip(batch["source"].to_pylist(), batch["id"].to_pylist(), strict=True)
        keys = [f"{source}|{name}".encode() for source, name in named]
        bodies = columns.write(batch, columns.USAGE)
        homes = partitions_of(keys, WIDTH).tolist()
        messages += zip(keys, (prefix + body for body in bodies), homes, strict=True)
        last = int(batch["time"].cast("int64")[-1].as_py())
    return Backlog(messages, last)


def sums(given: Backlog, books: Books) -> Sums:
    """What the meter says of a backlog, in memory and without Kafka."""
    charges, found = 0, Counter[str]()
    received = given.last + int(TAKEN.total_seconds() * 1e6)
    for partition in range(WIDTH):
        state, site = MeterState(), Site(partition, WIDTH, WIDTH, CODEC)
        mine = [one for one in given.messages if one[2] == partition]
        for at in range(0, len(mine), BATCH):
            records = [
                Record("usage", partition, at + row, key, value, received)
                for row, (key, value, _) in enumerate(mine[at : at + BATCH])
            ]
            outcome = pipeline.meter(state, records, books, site)
            state.apply(outcome.changes)
            charges += sum(len(one.keys) for one in outcome.outputs if isinstance(one, Sheaf))
            tallies = [one for one in outcome.outputs if isinstance(one, Output)]
            add(found, [one.record for one in tallies if one.topic == "tally"])
    return Sums(charges, found)


def add(found: Counter[str], tallies: Sequence[Tally]) -> None:
    """Add the costs of tallies to sums by series."""
    for tally in tallies:
        for at, cost in zip(tally.at, tally.cost, strict=True):
            found[tally.series[at]] += cost
