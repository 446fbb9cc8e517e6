"""What the runners of a process share: the log, the rulebook, clocks, and how commits are made."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from schemas.codec import Codec
from streams.book import Books
from streams.jobs import Job
from streams.log import Log
from streams.steps.step import Outcome

Report = Callable[[Job, int, Outcome, float], None]
"""Told of each committed batch: job, partition, outcome and seconds."""

Work = Callable[[], None]

Begin = Callable[[Work], Work]
"""Begins work; what it gives back returns when that is done, and raises what it raised."""


def at_once(work: Work) -> Work:
    """Begins work and sees it done; what it raises is raised here."""
    work()
    return nothing


def nothing() -> None:
    """What is left of work that is done."""


def beside(threads: int) -> Begin:
    """Begins work in threads of its own, so many at a time."""
    pool = ThreadPoolExecutor(threads, "commit")
    return lambda work: pool.submit(work).result


@dataclass(frozen=True, slots=True)
class Shell:
    """What every runner of a process shares."""

    log: Log
    books: Callable[[], Books]
    """The rulebook's versions as they are known now."""

    codec: Codec
    clock: Callable[[], int]
    """The time, microseconds since 1970: the wall's, or the data's in a demo."""

    report: Report = lambda *_: None
    dropped: Callable[[Job, int], None] = lambda *_: None
    """Told of each batch that came to nothing: job and partition."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go back: the machine's, or a simulation's."""

    begin: Begin = at_once
    """How a commit is begun, so that the next partition's step need not wait for it."""
