"""What watch and split read: tallies, labels, and the pools that come to a partition."""

from collections.abc import Iterator, Sequence

from schemas.keys import partition_of
from schemas.records import Label, Tally
from streams.book import Book
from streams.log import Record
from streams.steps.step import Site


def tallies(messages: Sequence[Record], site: Site) -> Iterator[Tally]:
    """The tallies among the messages, in order."""
    for message in messages:
        if message.topic == "tally" and message.value:
            yield site.codec.decode(message.value)


def labels(messages: Sequence[Record], site: Site) -> Iterator[Label]:
    """The labels among the messages, in order."""
    for message in messages:
        if message.topic == "label" and message.value:
            yield site.codec.decode(message.value)


def pools(book: Book, site: Site) -> Iterator[str]:
    """The pools whose tallies come to this partition."""
    for pool in book.rulebook.pools:
        if partition_of(pool.owner.encode(), site.tallies) == site.partition:
            yield pool.id
