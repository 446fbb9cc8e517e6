"""How far event time has got in one usage partition, message by message."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from schemas.moments import MINUTE, SECOND
from schemas.states import Progress
from streams.book import Books
from streams.steps.intake import Ints, Usages

FRESH = 15 * MINUTE
"""Usage this close behind its arrival is live: from then on the wall clock moves the watermark."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Watermarks of a batch, microseconds since 1970."""

    before: Ints
    """Before each message of the batch."""

    progress: Progress
    """After the batch; `next` and `horizon` are the meter's business."""


def flow(
    progress: Progress,
    usages: Usages,
    clocks: Sequence[tuple[int, int, bool]],
    received: Ints,
    books: Books,
) -> Flow:
    """The watermarks before each message and after the last.

    A watermark is the greatest min(time, received) so far, less the rulebook's lateness.
    """
    reached = np.zeros(len(received), dtype=np.int64)
    reached[usages.at] = usages.time
    for at, time, _ in clocks:
        reached[at] = time
    reached = np.minimum(reached, received)
    settled = np.where(reached > 0, reached - _lateness(reached, books), 0)
    after = np.maximum(np.maximum.accumulate(settled), progress.watermark)
    before = np.concatenate(([progress.watermark], after[:-1]))
    history = usages.time[usages.history]
    return Flow(
        before,
        replace(
            progress,
            watermark=int(after[-1]),
            clocked=progress.clocked or any(not live for _, _, live in clocks),
            live=_live(progress, usages, clocks, received),
            history_until=max(progress.history_until, int(history.max(initial=0))),
            since=progress.since or (int(usages.time[0]) if len(usages) else 0),
        ),
    )


def _lateness(times: Ints, books: Books) -> Ints:
    """Microseconds that a partition waits for stragglers, by the rulebook of each time."""
    waits = [book.rulebook.lateness_s * SECOND for book in books.versions]
    which = np.searchsorted(books.starts[1:], times, side="right")
    return np.array(waits, dtype=np.int64)[which]


def _live(
    progress: Progress, usages: Usages, clocks: Sequence[tuple[int, int, bool]], received: Ints
) -> bool:
    """Whether the wall clock moves the watermark after this batch: its last word decides."""
    fresh = ~usages.history & (received[usages.at] - usages.time <= FRESH)
    last = int(usages.at[fresh].max(initial=-1))
    words = [(last, True)] if last >= 0 else []
    words += [(at, live) for at, _, live in clocks]
    return max(words)[1] if words else progress.live


def idle(progress: Progress, now: int, books: Books) -> Progress:
    """The watermark at the end of the log: the clock's, if live usage has been here."""
    if not progress.live:
        return progress
    wait = books.at(now).rulebook.lateness_s * SECOND
    return replace(progress, watermark=max(progress.watermark, now - wait))
