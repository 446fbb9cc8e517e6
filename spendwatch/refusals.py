"""Rejected messages on their topic: to be looked at, and to be tried again after a fix."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from schemas import columns, contracts
from schemas.codec import Codec, read_row
from schemas.keys import identity
from schemas.reasons import Refused
from schemas.records import Rejected
from spendwatch.logbook import Logbook
from spendwatch.reading import decoded
from spendwatch.scanning import every, newest
from streams.log import Entry, Record
from streams.steps.identities import fingerprint
from streams.steps.metering import REPUBLISHED

TOPIC = "rejected"
BATCH = 1000
"""Messages that are appended together."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rejected message and where it stands on its topic."""

    partition: int
    offset: int
    record: Rejected

    @property
    def place(self) -> str:
        """How `--offset` names it."""
        return f"{self.partition}:{self.offset}"

    @property
    def from_file(self) -> bool:
        """Whether it was a line of a file that never reached the usage topic."""
        return self.record.topic != "usage"

    @property
    def whole(self) -> bool:
        """Whether all of it was kept."""
        return self.record.size == len(self.record.original)

    @property
    def came_from(self) -> str:
        """Where the message was: a file's line, or a place on the usage topic."""
        record = self.record
        if self.from_file:
            return f"{record.topic}:{record.offset}"
        return f"{record.topic}/{record.partition}:{record.offset}"


def latest(book: Logbook, partition: int) -> Iterator[Refusal]:
    """The rejected messages of a partition, newest first. Raises LogError."""
    return _of(newest(book.log, TOPIC, partition), book.codec)


def oldest(book: Logbook) -> Iterator[Refusal]:
    """All rejected messages, oldest first within each partition. Raises LogError."""
    for partition in range(book.log.partitions(TOPIC)):
        yield from _of(every(book.log, TOPIC, partition), book.codec)


def _of(records: Iterable[Record], codec: Codec) -> Iterator[Refusal]:
    for record in records:
        held = decoded(codec, record)
        if isinstance(held, Rejected):
            yield Refusal(record.partition, record.offset, held)


def identity_of(message: bytes, codec: Codec) -> bytes | None:
    """The key of a usage that may well be none: `source|id` where both can be made out."""
    try:
        row = _row(message, codec)
    except (Refused, ValueError, RecursionError):
        return None
    source, id_ = (row.get("source"), row.get("id")) if isinstance(row, dict) else (None, None)
    both = isinstance(source, str) and isinstance(id_, str) and source and id_
    try:
        return identity(str(source), str(id_)) if both else None
    except UnicodeEncodeError:
        return None


def _row(message: bytes, codec: Codec) -> object:
    if message.lstrip()[:1] == b"{":
        return json.loads(message)
    name, start = codec.contract(message)
    if contracts.record_of(name) != contracts.record_of(columns.USAGE):
        return None
    row: object = read_row(message[start:], name)
    return row


@dataclass(slots=True)
class Replayed:
    """What became of the messages that were to be tried again."""

    appended: int = 0
    repeats: int = 0
    """The same bytes, rejected more than once: they are appended once."""

    files: int = 0
    cut: int = 0


def replay(book: Logbook, chosen: Iterable[Refusal]) -> Replayed:
    """Append the original messages to the usage topic again, each once. Raises LogError.

    Lines of files and messages of which only the beginning was kept are passed over. Doing so
    twice does no harm: the meter drops what it has accepted already.
    """
    done = Replayed()
    fit = _fit(chosen, done)
    while batch := list(islice(fit, BATCH)):
        book.log.append([entry(refusal.record, book.codec) for refusal in batch])
        done.appended += len(batch)
    return done


def _fit(chosen: Iterable[Refusal], done: Replayed) -> Iterator[Refusal]:
    """Those that can be tried again; the others are counted."""
    seen: set[bytes] = set()
    for refusal in chosen:
        known = fingerprint(refusal.record.original)
        if refusal.from_file:
            done.files += 1
        elif not refusal.whole:
            done.cut += 1
        elif known in seen:
            done.repeats += 1
        else:
            seen.add(known)
            yield refusal


def entry(record: Rejected, codec: Codec) -> Entry:
    """The message as it first came, with the key that it should have."""
    key = identity_of(record.original, codec) or record.key or None
    headers = tuple((name, value) for name, value in record.headers.items() if name != REPUBLISHED)
    return Entry("usage", key, record.original, headers=headers)
