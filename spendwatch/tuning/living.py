"""Series that live through their past, under both rulebooks, in as many processes as cores."""

import os
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context

from schemas.moments import HOUR_MINUTES
from schemas.records import Finding
from schemas.rules import Grain, Rule
from spendwatch.failures import Failure
from spendwatch.scoring import begin
from streams import backtest, knob
from streams.backtest import Lived
from streams.book import Book, Books
from streams.recorded import History, Recorded
from streams.steps.lessons import Lessons
from streams.steps.past import Bar

CHUNK = 8
"""Jobs for each process: those of wild series take longer."""

WORTH = 20_000
"""Buckets that are worth the start of a process."""

NONE = -1
"""Where there is no bar."""


@dataclass(frozen=True, slots=True)
class Band:
    """Hours of a series from `first` on, since 1970: cost, what is usual, and what is too much."""

    first: int
    costs: "array[int]"
    usual: "array[int]"
    bars: "array[int]"


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of one series: by today's rulebook, by the change, by positions of the knob."""

    name: str
    today: Sequence[Finding]
    changed: Sequence[Finding]
    knob: dict[float, list[Finding]] = field(default_factory=dict)
    band: Band | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Some series, and the rulebooks under which they live."""

    series: Sequence[Recorded]
    other: Sequence[Recorded]
    """The same series where the change makes them others, else empty."""

    today: Book
    changed: Book | None
    history: History
    """Without its series."""

    asks: bool
    """Whether other positions of the knob are asked for, and the bands of series."""


def all_told(job: Job) -> Iterator[Sequence[Told]]:
    """What was said of each series, some at a time in any order. Raises Failure."""
    size = sum(len(one.costs) + len(one.minutes) for one in job.series)
    workers = min(os.cpu_count() or 1, 1 + size // WORTH)
    parts = list(_parts(job, max(1, len(job.series) // (workers * CHUNK))))
    return _in_processes(parts, workers) if workers > 1 else map(told, parts)


def _parts(job: Job, count: int) -> Iterator[Job]:
    for at in range(0, len(job.series), count):
        some = slice(at, at + count)
        yield replace(job, series=job.series[some], other=job.other[some])


def _in_processes(jobs: Sequence[Job], workers: int) -> Iterator[Sequence[Told]]:
    """This process takes jobs from the end, while others start and take them from the beginning."""
    # Started anew rather than forked: a progress bar has a thread.
    pool = ProcessPoolExecutor(workers - 1, get_context("spawn"), begin)
    try:
        waiting = deque((pool.submit(told, job), job) for job in jobs)
        while waiting:
            future, job = waiting.pop()
            yield told(job) if future.cancel() else future.result()
            while waiting and waiting[0][0].done():
                yield waiting.popleft()[0].result()
    except BrokenExecutor:
        raise Failure("a process that worked was ended from outside; is there memory?") from None
    finally:
        pool.shutdown(cancel_futures=True)


def told(job: Job) -> list[Told]:
    """What was said of the series of a job."""
    other = job.other or job.series
    return [_Lives(job, *both).told() for both in zip(job.series, other, strict=True)]


@dataclass(frozen=True, slots=True)
class _Lives:
    """One series under both rulebooks."""

    job: Job
    one: Recorded
    other: Recorded
    lessons: Lessons = field(default_factory=dict)

    def told(self) -> Told:
        """What was said of it."""
        job, one = self.job, self.one
        rules = backtest.fitting(job.today.rules(one.name), job.history)
        turned = {rule.name: rule for rule in rules if job.asks and knob.turns(rule)}
        lived, books = self._lived(job.today, rules, one, tuple(turned))
        after = () if job.changed is None else self._changed(job.changed, rules, lived)
        some = job.asks and bool(lived.findings or after)
        first = one.begins or 0
        return Told(
            one.name,
            lived.findings,
            after,
            knob.positions(turned, lived.noted, first, one.name, books),
            _band(one, lived.bars) if some else None,
        )

    def _lived(
        self, book: Book, rules: Sequence[Rule], one: Recorded, asked: Sequence[str]
    ) -> tuple[Lived, Books]:
        books = Books([book.watched_by({one.name: tuple(rules)})])
        if not rules:
            return Lived(one.name), books
        return backtest.live(one, books, self.job.history, asked, self.lessons), books

    def _changed(self, changed: Book, before: Sequence[Rule], lived: Lived) -> list[Finding]:
        """What the change says: of rules that it does not touch, what they said already."""
        rules = backtest.fitting(changed.rules(self.other.name), self.job.history)
        run = backtest.anew(before, rules) if self.one is self.other else rules
        if not lived.findings and knob.calmer(before, run):
            run = ()
        found, _ = self._lived(changed, run, self.other, ())
        kept = {rule.name for rule in rules} - {rule.name for rule in run}
        said = [each for each in lived.findings if each.rule in kept]
        return [*(replace(each, rulebook=changed.hash) for each in said), *found.findings]


def _band(one: Recorded, bars: Sequence[Bar]) -> Band:
    """The hours of a series, with the band of the first rule that was asked."""
    costs = _hourly(one)
    hours = range(min(costs, default=0), max(costs, default=-1) + 1)
    known = {bar.minute // HOUR_MINUTES: bar for bar in bars}
    most = ((known[at].most if at in known else None) for at in hours)
    return Band(
        hours.start,
        array("q", [costs.get(at, 0) for at in hours]),
        array("q", [known[at].usual if at in known else NONE for at in hours]),
        array("q", [NONE if bar is None else min(bar, 2**62) for bar in most]),
    )


def _hourly(one: Recorded) -> dict[int, int]:
    if one.grain is Grain.HOUR:
        return dict(enumerate(one.costs, one.first))
    found: dict[int, int] = {}
    for minute, held in one.minutes.items():
        hour = int(minute) // HOUR_MINUTES
        found[hour] = found.get(hour, 0) + held.cost
    return found
