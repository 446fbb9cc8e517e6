"""The walk over recorded usage: backtest, what-if, explain. Same steps as live, no clock.

Time is what the data says: `received` is a line's own, else when the run started; at the end a
clock record lets the last minute close, while longer buckets stay open.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from schemas.codec import Codec
from schemas.moments import micros, moment
from schemas.reasons import Refused
from schemas.records import Clock
from streams.log import Record
from streams.sources.base import Item
from streams.walk import Walk, Walked

BATCH = 5000
"""Lines that go through the walk together."""

END = timedelta(minutes=1)
"""How far beyond the last event, and the lateness, the clock is moved at the end."""


@dataclass(slots=True)
class Pace:
    """One batch of a replay: what it led to, and the lines that it was made of."""

    items: Mapping[int, Item]
    """Offset to the line."""

    walked: Walked | None
    refused: list[tuple[Item, Refused]] = field(default_factory=list)
    """Lines that never became a message."""


def replay(items: Iterable[Item], walk: Walk, started: int) -> Iterator[Pace]:
    """Take recorded usage through the walk; `started` is microseconds since 1970."""
    offset, last = 0, 0
    stream = iter(items)
    while lines := list(islice(stream, BATCH)):
        fit = [item for item in lines if item.refused is None]
        records = [
            Record("usage", 0, offset + at, None, item.message, item.received or started)
            for at, item in enumerate(fit)
        ]
        refused = [(item, item.refused) for item in lines if item.refused is not None]
        numbered = {offset + at: item for at, item in enumerate(fit)}
        walked = walk.feed(records) if records else None
        offset += len(records)
        last = max(last, *(record.received for record in records)) if records else last
        yield Pace(numbered, walked, refused)
    yield Pace({}, _end(walk, offset, last) if offset else None)


def _end(walk: Walk, offset: int, received: int) -> Walked:
    """Let the clock move on, so that what the last events fell into closes."""
    progress = walk.metering.get(("progress",))
    lateness = timedelta(seconds=walk.books.at(progress.watermark).rulebook.lateness_s)
    final = moment(progress.watermark) + lateness
    clock = Clock(time=final + lateness + END)
    late = max(received, micros(clock.time))
    return walk.feed([Record("usage", 0, offset, None, Codec().encode(clock), late)])
