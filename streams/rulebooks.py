"""The rulebook's versions on their topic: workers read it there, never from a file."""

import threading
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from time import monotonic

import structlog

from schemas.codec import Codec
from schemas.moments import EPOCH, micros
from schemas.records import Rulebook
from streams import rulebook
from streams.book import Book, Books
from streams.document import Faulty
from streams.log import Entry, Log
from streams.steps.step import StepError

TOPIC = "rulebook"
FRESH = 1.0
"""Seconds for which the versions known are taken as all there are."""

logger = structlog.get_logger()


def hash_of(text: str) -> str:
    """What a rulebook is known by: BLAKE2b of its text, 16 hexadecimal digits. (RFC 7693.)"""
    return blake2b(text.encode(), digest_size=8).hexdigest()


class Rulebooks:
    """All versions, read as they come; a text that is no rulebook is passed over, and said."""

    def __init__(self, log: Log, codec: Codec) -> None:
        self._log, self._codec = log, codec
        self._books: dict[tuple[str, datetime], Book] = {}
        self._known = Books(())
        self._homes: dict[str, str] = {}
        """Owners' business units by the first version that has them, as they were published."""

        self._next, self._read_at = 0, -FRESH
        self._lock = threading.Lock()

    def __call__(self) -> Books:
        """The versions known now. Raises StepError where there is none, LogError."""
        with self._lock:
            if monotonic() >= self._read_at + FRESH:
                self._refresh()
            if not self._known.versions:
                raise StepError("there is no rulebook yet: publish one")
            return self._known

    def _refresh(self) -> None:
        self._read_at = monotonic()
        if self._log.end(TOPIC, 0) <= self._next:
            return
        for record in self._log.read(TOPIC, 0, self._next):
            self._next = record.offset + 1
            if record.value is not None:
                self._take(self._codec.decode(record.value), record.received)
        versions = sorted(self._books.values(), key=lambda book: book.effective_from)
        self._known = Books(tuple(versions))

    def _take(self, version: Rulebook, published: int) -> None:
        """Of versions with one `effective_from` the one published last comes last: it holds."""
        key = version.hash, version.effective_from
        try:
            book = Book.of(version, published)
        except Faulty as wrong:
            logger.error("rulebook_refused", hash=version.hash, error=str(wrong))
            return
        for owner in book.tree.places:
            self._homes.setdefault(owner, book.tree.home(owner))
        self._books.pop(key, None)
        self._books[key] = replace(book, homes=dict(self._homes))

    def empty(self) -> bool:
        """Whether there is no version yet. Raises LogError."""
        try:
            self()
        except StepError:
            return True
        return False

    def publish(self, text: str, effective_from: datetime | None = None) -> str:
        """Publish a text as a version; its hash. Raises Faulty, LogError.

        The first version holds from the beginning of time; a text that holds already at its
        `effective_from` changes nothing, so that publishing may be repeated. An older text may
        come again: that is one version more, and takes nothing from the time for which it held
        before. A corrected one takes the place of what held from its `effective_from` on, up to
        the next version.
        """
        rulebook.read(text)
        first = self.empty()
        if not first and self().at(micros(effective_from or EPOCH)).hash == hash_of(text):
            return hash_of(text)
        version = Rulebook(
            hash=hash_of(text),
            text=text,
            effective_from=EPOCH if first else effective_from or EPOCH,
        )
        number = self._log.end(TOPIC, 0)  # no version takes the place of one that came before
        key = f"{version.hash} {micros(version.effective_from)} {number}".encode()
        self._log.append([Entry(TOPIC, key, self._codec.encode(version), 0)])
        with self._lock:
            self._read_at = -FRESH
        return version.hash
