"""The walk over recorded usage: backtest, what-if, explain. Same steps as live, no clock.

Time is what the data says: `received` is a line's own, else when the run started; at the end a
clock record lets the last minute close, while longer buckets stay open.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from schemas.codec import Codec
from schemas.moments import micros, moment
from schemas.records import Clock, Rejected
from streams import bundle
from streams.log import Record
from streams.sources.base import Origin
from streams.sources.rows import Rows
from streams.steps.step import Output
from streams.walk import Walk, Walked

END = timedelta(minutes=1)
"""How far beyond the last event, and the lateness, the clock is moved at the end."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that could not be used, and why."""

    origin: Origin
    reason: str
    detail: str


@dataclass(slots=True)
class Pace:
    """One batch of a replay: the lines that it was made of, and what they led to."""

    rows: Rows | None
    first: int
    """The offset of the first usage among the lines."""

    walked: Walked | None

    def faults(self) -> Iterator[Fault]:
        """The lines that could not be used, in their order."""
        if self.rows is None:
            return
        refused = self.rows.refused.items()
        found = {at: (str(why.reason), why.detail) for at, why in refused}
        for output in self.walked.metered.outputs if self.walked else ():
            if isinstance(output, Output) and isinstance(output.record, Rejected):
                at = int(self.rows.at[output.record.offset - self.first])
                found[at] = output.record.reason, output.record.detail
        for at, (reason, detail) in sorted(found.items()):
            yield Fault(self.rows.origin(at), reason, detail)


def replay(rows: Iterable[Rows], walk: Walk, started: int) -> Iterator[Pace]:
    """Take recorded usage through the walk; `started` is microseconds since 1970."""
    offset, last = 0, 0
    for part in rows:
        received = np.where(part.received != 0, part.received, started)[part.at]
        taken = bundle.in_columns(part.usage, offset, received)
        yield Pace(part, offset, walk.feed(taken) if len(taken) else None)
        offset += len(taken)
        last = max(last, int(received.max(initial=0)))
    yield Pace(None, offset, _end(walk, offset, last) if offset else None)


def _end(walk: Walk, offset: int, received: int) -> Walked:
    """Let the clock move on, so that what the last events fell into closes."""
    progress = walk.metering.get(("progress",))
    lateness = timedelta(seconds=walk.books.at(progress.watermark).rulebook.lateness_s)
    final = moment(progress.watermark) + lateness
    clock = Clock(time=final + lateness + END)
    late = max(received, micros(clock.time))
    return walk.feed([Record("usage", 0, offset, None, Codec().encode(clock), late)])
