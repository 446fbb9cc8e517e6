"""Finding records on a log that knows no index: by bisection where they ascend, else by reading.

Reading begins at the newest records, for what people ask about is mostly recent.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import takewhile

from spendwatch import progress
from streams.log import Log, Record

STRIDE = 50_000
"""Records that are read at once on the way back."""

LONG = 20_000
"""Records from which on a reader wants to see how far it is."""


def newest(log: Log, topic: str, partition: int, start: int = 0) -> Iterator[Record]:
    """All records from `start` on, newest first. Raises LogError."""
    end = log.end(topic, partition)
    with bar(f"{topic}/{partition}", end - start) as advance:
        while end > start:
            begin = max(end - STRIDE, start)
            kept = list(_between(log, topic, partition, begin, end))
            if not kept:  # what is older has expired
                return
            yield from reversed(kept)
            advance(end - begin)
            end = begin


def every(
    log: Log, topic: str, partition: int, start: int = 0, most: int | None = None
) -> Iterator[Record]:
    """Records from `start` on, oldest first, up to `most` offsets on. Raises LogError."""
    end = log.end(topic, partition)
    end = end if most is None else min(end, start + most)
    with bar(f"{topic}/{partition}", end - start) as advance:
        for number, record in enumerate(_between(log, topic, partition, start, end), start=1):
            if number % 1000 == 0:
                advance(1000)
            yield record


def first(
    log: Log,
    topic: str,
    partition: int,
    holds: Callable[[Record], bool],
    key: bytes | None = None,
) -> Record | None:
    """The first record, of a key if one is given, for which `holds`. Raises LogError.

    Whatever comes after such a record must be one as well: it is found by bisection.
    """

    def reached(at: int) -> bool:
        found = _from(log, topic, partition, at, key)
        return found is None or holds(found)

    at = bisect_left(range(log.end(topic, partition)), True, key=reached)
    return _from(log, topic, partition, at, key)


def _from(log: Log, topic: str, partition: int, at: int, key: bytes | None) -> Record | None:
    records = log.read(topic, partition, at)
    return next((one for one in records if key is None or one.key == key), None)


def _between(log: Log, topic: str, partition: int, start: int, end: int) -> Iterator[Record]:
    return takewhile(lambda one: one.offset < end, log.read(topic, partition, start))


def bar(what: str, total: int) -> AbstractContextManager[progress.Advance]:
    """A progress bar where there is much to read."""
    return progress.bar(what, total) if total > LONG else nullcontext(lambda _: None)
