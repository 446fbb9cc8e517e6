"""Many plain series scored at once, by as many processes as there are cores."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path

from detectors import scoring
from spendwatch import plain_series
from spendwatch.failures import BAD, Failure
from streams.sources.base import Unreadable

WORTH = 1_000_000
"""Bytes of series that are worth the start of a process."""

CHUNK = 4
"""Series that a process takes at once."""


@dataclass(frozen=True, slots=True)
class Job:
    """A series to be scored: where it is, where its scores go, microseconds between rows, and the
    ways to score that may be taken (see scoring.FORMS).
    """

    source: Path
    target: Path
    every: int
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a series: its rows and findings, or why it was refused."""

    rows: int = 0
    up: int = 0
    down: int = 0
    refused: str = ""


def score(job: Job) -> Done:
    """Score one series. Raises OSError where the scores cannot be written."""
    try:
        series = plain_series.read(job.source)
    except Unreadable as wrong:
        job.target.unlink(missing_ok=True)  # older scores would be of another series
        return Done(refused=str(wrong))
    found = scoring.scored(series.times, series.numbers, job.every, job.forms)
    said = plain_series.findings(found)
    plain_series.write(job.target, series, found, said)
    return Done(len(said), said.count("up"), said.count("down"))


def all_scored(jobs: Sequence[Job]) -> Iterator[Done]:
    """What became of each, in their order. Raises OSError, Failure."""
    size = sum(job.source.stat().st_size for job in jobs)
    workers = min(os.cpu_count() or 1, len(jobs), 1 + size // WORTH)
    return _in_processes(jobs, workers) if workers > 1 else map(score, jobs)


def _in_processes(jobs: Sequence[Job], workers: int) -> Iterator[Done]:
    # Started anew rather than forked: a progress bar has a thread.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), begin)
    try:
        yield from pool.map(score, jobs, chunksize=CHUNK)
    except BrokenExecutor:
        raise Failure("a process that scored was ended from outside; is there memory?") from None
    finally:
        pool.shutdown(cancel_futures=True)


def begin() -> None:
    """A process stops with the one that started it, which alone hears of Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(BAD)
