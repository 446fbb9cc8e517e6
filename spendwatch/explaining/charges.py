"""What the log knows of one usage: its charge, its tally, its repeats, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from schemas.keys import partition_of
from schemas.kinds import Kind
from schemas.records import Tally
from spendwatch.explaining.arithmetic import Reckoning, reckon
from spendwatch.logbook import Logbook
from spendwatch.reading import books_of, decoded
from spendwatch.refusals import Refusal, identity_of, latest
from spendwatch.scanning import every, first, newest
from streams.log import Record

BEGINS = frozenset({Kind.USAGE.word, Kind.LATE.word})
"""Kinds of a usage's first charge."""

FOLLOWING = 2_000_000
"""Messages after a usage among which repeats of it are looked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A partition and an offset of a topic."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition} offset {self.offset}"


@dataclass(frozen=True, slots=True)
class Span:
    """The tally that covers a usage: the offsets `[first, next)` of its partition."""

    source: str
    first: int
    next: int
    place: Place


@dataclass(frozen=True, slots=True)
class Charged:
    """A usage with its charge."""

    identity: str
    charge: Mapping[str, Any]
    usage_at: Place
    charge_at: Place
    reckoning: Reckoning | None
    """None where the rulebook that priced it is not on the log any more."""

    tally: Span | None
    """None where it has expired, or is not there yet."""

    tally_partitions: Mapping[str, int]
    """Series to the partition of `tally` that alone adds it up."""

    repeats: tuple[Place, ...]
    """Where the same identity came again; each was dropped."""

    refusals: tuple[Refusal, ...]
    """Where it was rejected, before or after."""

    chain: tuple[Mapping[str, Any], ...] = ()
    """The charges of the usage in order: the first, then a reversal and a rerate each time."""

    @property
    def agrees(self) -> bool:
        """Whether it comes out the same today, to the nano-dollar."""
        again = self.reckoning
        if again is None:
            return False
        same = self.charge["cost_nano_usd"] == again.cost_nano_usd == round(again.nano_usd)
        return bool(same and self.charge["owner"] == again.owner)


@dataclass(frozen=True, slots=True)
class Uncharged:
    """A usage without a charge."""

    identity: str
    refusals: tuple[Refusal, ...]
    waiting: tuple[Place, ...]
    """Messages that the meter has not taken up yet."""

    taken: tuple[Place, ...]
    """Messages that it has."""


def explain(book: Logbook, identity: str) -> Charged | Uncharged:
    """What became of the usage `source|id`. Raises Failure, LogError."""
    key = identity.encode()
    partition = partition_of(key, book.log.partitions("charge"))
    found = _chain(book, partition, key)
    refusals = _refusals(book, key)
    if not found:
        return _uncharged(book, key, partition, refusals)
    record, held = found[-1]
    chain = tuple(charge for _, charge in found)
    return replace(_charged(book, record, held, refusals), chain=chain)


def _chain(book: Logbook, partition: int, key: bytes) -> list[tuple[Record, Mapping[str, Any]]]:
    """The charges of a usage, oldest first: read backwards, down to the one that began it."""
    found = []
    for record in newest(book.log, "charge", partition):
        held = decoded(book.codec, record) if record.key == key else None
        if held is not None:
            found.append((record, held))
            if held["kind"] in BEGINS:
                break
    return found[::-1]


def _charged(
    book: Logbook, record: Record, charge: Mapping[str, Any], refusals: tuple[Refusal, ...]
) -> Charged:
    key = record.key or b""
    versions = {one.hash: one for one in books_of(book).versions}
    priced = versions.get(charge["rulebook"])
    reckoning = reckon(charge, priced) if priced else None
    width = book.log.partitions("tally")
    names = (*reckoning.series, *reckoning.drivers) if reckoning else ()
    roots = {name: priced.root(name) for name in names} if priced else {}
    partitions = {name: partition_of(root.encode(), width) for name, root in roots.items()}
    usage = Place("usage", record.partition, charge["offset"])
    return Charged(
        identity=key.decode(),
        charge=charge,
        usage_at=usage,
        charge_at=Place("charge", record.partition, record.offset),
        reckoning=reckoning,
        tally=tally_of(book, usage, next(iter(partitions.values()), 0)),
        tally_partitions=partitions,
        repeats=_messages(book, key, usage.partition, usage.offset + 1),
        refusals=refusals,
    )


def tally_of(book: Logbook, usage: Place, partition: int) -> Span | None:
    """The tally in a partition that covers a usage. Raises LogError."""
    source = f"usage/{usage.partition}"

    def passed(record: Record) -> bool:
        held = decoded(book.codec, record)
        return isinstance(held, Tally) and held.next > usage.offset

    found = first(book.log, "tally", partition, passed, source.encode())
    held = None if found is None else decoded(book.codec, found)
    if found is None or not isinstance(held, Tally) or held.first > usage.offset:
        return None
    return Span(source, held.first, held.next, Place("tally", partition, found.offset))


def _messages(book: Logbook, key: bytes, partition: int, start: int = 0) -> tuple[Place, ...]:
    """Messages of a usage, of those that are kept."""
    found = every(book.log, "usage", partition, start, FOLLOWING if start else None)
    return tuple(Place("usage", partition, one.offset) for one in found if one.key == key)


def _refusals(book: Logbook, key: bytes) -> tuple[Refusal, ...]:
    """Where the usage was rejected; its key may be missing where it was not sent with one."""
    found = [
        one
        for partition in range(book.log.partitions("rejected"))
        for one in latest(book, partition)
        if key in (one.record.key, identity_of(one.record.original, book.codec))
    ]
    return tuple(sorted(found, key=lambda one: one.record.time))


def _uncharged(
    book: Logbook, key: bytes, partition: int, refusals: tuple[Refusal, ...]
) -> Uncharged:
    done = book.log.committed("meter", partition).get("usage", 0)
    places = _messages(book, key, partition)
    return Uncharged(
        identity=key.decode(),
        refusals=refusals,
        waiting=tuple(place for place in places if place.offset >= done),
        taken=tuple(place for place in places if place.offset < done),
    )
