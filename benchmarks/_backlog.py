"""A backlog of usage for Kafka, and what the meter itself says that it comes to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b

from benchmarks._kafka import Put
from benchmarks._metering import CODEC
from benchmarks._organisation import Organisation
from benchmarks.peers._task import WIDTH
from schemas import columns
from schemas.keys import partitions_of
from schemas.moments import EPOCH, MINUTE, moment
from schemas.records import Clock, Tally
from streams import pipeline, rulebook
from streams.book import Book, Books
from streams.log import Record, Sheaf
from streams.rulebooks import hash_of
from streams.steps import tallying
from streams.steps.identities import MeterState
from streams.steps.step import Site

BATCH = 20_000
WHOLE = "organisation"
"""The series of everything."""

TAKEN = timedelta(days=1)
"""How long after it happened the log is said to have taken usage that is metered in memory."""


@dataclass(frozen=True)
class Digest:
    """Charges in whatever order: how many they are, and the sum of a hash of each."""

    count: int = 0
    mark: int = 0

    @classmethod
    def of(cls, bodies: Iterable[bytes]) -> "Digest":
        """Of Avro bodies with or without what stands before them, which is the same for all."""
        marks = [int.from_bytes(blake2b(one, digest_size=8).digest()) for one in bodies]
        return cls(len(marks), sum(marks) % 2**64)

    def __add__(self, other: "Digest") -> "Digest":
        return Digest(self.count + other.count, (self.mark + other.mark) % 2**64)


@dataclass(frozen=True)
class Sums:
    """What usages come to."""

    charges: Digest
    nano_usd: Counter[tuple[str, int]]
    """By series and minute since 1970."""

    @property
    def total(self) -> int:
        """The organisation's nano-dollars."""
        return sum(nano for (name, _), nano in self.nano_usd.items() if name.startswith(WHOLE))


@dataclass(frozen=True)
class Backlog:
    """Usages in time order, as messages for so many partitions.

    `last` is the latest time, microseconds since 1970.
    """

    messages: Sequence[Put]
    last: int
    width: int = WIDTH

    def first(self, count: int) -> "Backlog":
        """The first so many of them; where event time ends stays as it is."""
        return replace(self, messages=self.messages[:count])

    def clocks(self) -> list[Put]:
        """Clocks for every partition that let all minutes of the backlog close."""
        value = CODEC.encode(Clock(time=moment(self.last + 3 * MINUTE), live=False))
        return [(None, value, partition) for partition in range(self.width)]

    def values(self) -> list[list[bytes]]:
        """The values of each partition in their order."""
        found: list[list[bytes]] = [[] for _ in range(self.width)]
        for _, value, partition in self.messages:
            found[partition].append(value)
        return found


def backlog(organisation: Organisation, count: int, a_minute: int, width: int = WIDTH) -> Backlog:
    """So many usages of an organisation, `a_minute` of them every minute."""
    messages: list[Put] = []
    prefix, last = CODEC.prefix(columns.USAGE), 0
    for batch in organisation.usage(count, a_minute, BATCH):
        named = zip(batch["source"].to_pylist(), batch["id"].to_pylist(), strict=True)
        keys = [f"{source}|{name}".encode() for source, name in named]
        bodies = columns.write(batch, columns.USAGE)
        homes = partitions_of(keys, width).tolist()
        messages += zip(keys, (prefix + body for body in bodies), homes, strict=True)
        last = int(batch["time"].cast("int64")[-1].as_py())
    return Backlog(messages, last, width)


def books_of(organisation: Organisation) -> Books:
    """The organisation's rulebook as the log gives it."""
    text = organisation.text
    return Books([Book(hash_of(text), EPOCH, rulebook.read(text))])


def sums(given: Backlog, books: Books) -> Sums:
    """What the meter says of a backlog, in memory and without Kafka."""
    charges, found = Digest(), Counter[tuple[str, int]]()
    received = given.last + int(TAKEN.total_seconds() * 1e6)
    for partition in range(given.width):
        state, site = MeterState(), Site(partition, given.width, given.width, CODEC)
        mine = [one for one in given.messages if one[2] == partition]
        for at in range(0, len(mine), BATCH):
            records = [
                Record("usage", partition, at + row, key, value, received)
                for row, (key, value, _) in enumerate(mine[at : at + BATCH])
            ]
            outcome = pipeline.meter(state, records, books, site)
            state.apply(outcome.changes)
            for one in outcome.outputs:
                if isinstance(one, Sheaf):
                    charges += Digest.of(one.prefix + body for body in one.bodies)
                elif one.topic == "tally":
                    add(found, one.record)
    return Sums(charges, found)


def add(found: Counter[tuple[str, int]], tally: Tally) -> None:
    """Add the costs of a tally to sums by series and minute."""
    for name, minute, cost in tallying.rows(tally, "minute", "cost"):
        found[name, minute] += cost
