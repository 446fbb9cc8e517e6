"""The steps as jobs: what each reads, where it remembers, what it does. The runner runs them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streams import pipeline
from streams.book import Books
from streams.log import Record
from streams.steps.identities import MeterState
from streams.steps.packed import WatchState
from streams.steps.step import Outcome, Site, State

MOST = 5000
"""Records of a batch: the knee of the throughput (reference: engine, section 2)."""

TOGETHER = 0.1
"""Seconds within which the tallies of one turn of the meter come: they are taken as one batch."""


@dataclass(frozen=True, slots=True)
class Job:
    """One step and its topics; inputs have the same partitions as the state topic."""

    name: str
    inputs: tuple[str, ...]
    memory: str
    """The compacted topic that holds its state and position."""

    step: Callable[[Any, Sequence[Record], Books, Site], Outcome]
    state: type[State] = State
    """What it remembers, in memory."""

    idle: Callable[[Any, int, Books, Site], Outcome] | None = None
    """What it does at the end of its log, given the time in microseconds since 1970."""

    linger: float = 0.0
    """Seconds that it gathers records after the first, so that its batches are few."""

    most: int = MOST
    """Records that it gathers at once, of all its partitions together."""


METER = Job("meter", ("usage",), "seen", pipeline.meter, MeterState, pipeline.idle, 0.25, 12 * MOST)
SPLIT = Job("split", ("tally",), "split-state", pipeline.split, linger=TOGETHER)
WATCH = Job("watch", ("tally", "label"), "watch-state", pipeline.watch, WatchState, linger=TOGETHER)
JUDGE = Job("judge", ("docket",), "incident", pipeline.judge)
JOBS: Mapping[str, Job] = {job.name: job for job in (METER, SPLIT, WATCH, JUDGE)}
