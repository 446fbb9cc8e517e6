"""A log opened for a look: for commands that read, or append beside a service that runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schemas.codec import Codec
from schemas.reasons import Refused
from spendwatch import logbook, settings
from spendwatch.failures import Failure
from spendwatch.logbook import Logbook
from streams.book import Books
from streams.log import Record
from streams.rulebooks import Rulebooks
from streams.steps.step import StepError


@contextmanager
def looked_at(embedded: Path | None) -> Iterator[Logbook]:
    """The log that a command names; a file that is not there is not made.

    Raises Failure, LogError.
    """
    if embedded is not None and not embedded.is_file():
        raise Failure(f"{embedded}: there is no log")
    book = logbook.opened(settings.load(), embedded)
    try:
        yield book
    finally:
        book.log.close()


def decoded(codec: Codec, record: Record) -> Any:
    """What a record holds; None for a tombstone and for what can't be read."""
    try:
        return codec.decode(record.value) if record.value else None
    except Refused:
        return None


def books_of(book: Logbook) -> Books:
    """The rulebook's versions on a log. Raises Failure where there is none, LogError."""
    try:
        return Rulebooks(book.log, book.codec)()
    except StepError as wrong:
        raise Failure(f"{book.where}: {wrong}") from None
