"""Runs a step on a log: fence, restore, read, step, then outputs, state and position together.

Memory is staged: nothing of a batch joins it before the commit has returned. Whatever goes wrong,
the partition is dropped and opened again from what is committed (reference: shell, "The shell").
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog

from schemas.codec import Codec
from schemas.reasons import Refused
from schemas.states import Position
from streams.book import Books
from streams.jobs import Job
from streams.log import Entry, Fenced, Log, LogError, Lost, Membership, Ownership, Record
from streams.steps.step import (
    Key,
    Outcome,
    Output,
    Sheaf,
    Site,
    State,
    StepError,
    key_bytes,
    key_of,
)

POSITION: Key = ("position",)
MOST = 5000
"""Records of a batch: the knee of the throughput (reference: engine, section 2)."""

WAIT = 0.5
"""Seconds that a poll waits for the first record."""

AGAIN = 2.5
"""Seconds before a partition that failed is opened again: one heartbeat, so that a stopped member
and its successor do not fence each other in turn (reference: shell, "B: traps")."""

IDLE = 1.0
"""Seconds between two looks at the clock at the end of the log."""

logger = structlog.get_logger()

Report = Callable[[Job, int, Outcome, float], None]
"""Told of each committed batch: job, partition, outcome and seconds."""


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


@dataclass(slots=True)
class Part:
    """One partition of a step while this member owns it."""

    owner: Ownership
    state: State
    site: Site
    next: dict[str, int]
    idled: float = field(default_factory=monotonic)
    unsaved: bool = False
    """Whether it has read on without a commit, as nothing came of what it read."""


class Runner:
    """One member that runs a job on the partitions it is given."""

    def __init__(self, job: Job, shell: Shell) -> None:
        self._job, self._shell, self._log = job, shell, shell.log
        self._parts: dict[int, Part] = {}
        self._broken: dict[int, float] = {}
        self._turned = monotonic()
        self._group: Membership | None = None
        self._lock = threading.Lock()

    def join(self, slot: str) -> None:
        """Join the step's group; `slot` names this process among its like. Raises LogError."""
        name, inputs = self._job.name, self._job.inputs
        member = f"{name}-{slot}"
        self._group = self._log.join(name, member, inputs, self._opened, self._closed)

    def leave(self) -> None:
        """Give everything back."""
        if self._group is not None:
            self._group.leave()
        for number in list(self._parts):
            self._closed(number)

    def silent_for(self) -> float:
        """Seconds since the last turn began."""
        return monotonic() - self._turned

    def positions(self) -> dict[int, dict[str, int]]:
        """Where each partition that is owned goes on reading."""
        with self._lock:
            return {number: part.next for number, part in self._parts.items()}

    def remembers(self, key: Key) -> dict[int, Any]:
        """What each partition that is owned remembers under a key."""
        with self._lock:
            found = {number: part.state.get(key) for number, part in self._parts.items()}
        return {number: value for number, value in found.items() if value is not None}

    def turn(self, wait: float = WAIT) -> bool:
        """One batch of each partition that has one, a look at the clock for the others.

        Waits so many seconds for a first record; says whether there was one. Raises Fenced and
        Lost when the member can't go on, LogError.
        """
        self._turned = monotonic()
        self._reopen()
        batches = self._gather(wait)
        for number, (part, records) in batches.items():
            if self._parts.get(number) is part and number not in self._broken:
                self._guarded(number, lambda: self._apply(part, records))  # noqa: B023
        for number, part in list(self._parts.items()):
            if number not in batches and number not in self._broken:
                self._guarded(number, lambda: self._idle(part))  # noqa: B023
        return bool(batches)

    def _gather(self, first: float) -> dict[int, tuple[Part, list[Record]]]:
        """Records by partition, with the part they were read for: a later part reads them anew."""
        found: dict[int, tuple[Part, list[Record]]] = {}
        group, until, count = self._member(), None, 0
        while until is None or (monotonic() < until and count < MOST):
            wait = first if until is None else max(until - monotonic(), 0.0)
            got = group.poll(MOST - count, wait)
            for number, records in got.items():
                part = self._parts.get(number)
                if part is None:
                    continue
                if number not in found or found[number][0] is not part:
                    found[number] = (part, [])
                found[number][1].extend(records)
                count += len(records)
            if not found:
                return {}
            until = until or monotonic() + self._job.linger
        return found

    def _guarded(self, number: int, work: Callable[[], None]) -> None:
        """Do it; whatever is in doubt afterwards is dropped, to be restored."""
        try:
            work()
        except StepError as wrong:
            self._shell.dropped(self._job, number)
            logger.error("step_stopped", job=self._job.name, partition=number, error=str(wrong))
            self._closed(number)
        except (Fenced, Lost, LogError) as wrong:
            self._shell.dropped(self._job, number)
            logger.warning("batch_dropped", job=self._job.name, partition=number, error=str(wrong))
            self._closed(number)
            self._broken[number] = monotonic() + AGAIN

    def _apply(self, part: Part, records: Sequence[Record]) -> None:
        """One batch in one transaction."""
        started = monotonic()
        fresh = [one for one in records if one.offset >= part.next.get(one.topic, 0)]
        if not fresh:
            return
        try:
            outcome = self._job.step(part.state, fresh, self._shell.books(), part.site)
        except Refused as wrong:
            raise StepError(f"unreadable input: {wrong}") from wrong
        following = {**part.next, **{one.topic: one.offset + 1 for one in fresh}}
        self._commit(part, outcome, following, started)

    def _idle(self, part: Part) -> None:
        """At the end of the log, let time pass."""
        if monotonic() < part.idled + IDLE:
            return
        part.idled = monotonic()
        if part.unsaved:
            part.owner.commit(list(self._memory(part, Outcome(), part.next)), part.next)
            part.unsaved = False
        if self._job.idle is None:
            return
        if not any(self._waits(part, topic) for topic in self._job.inputs):
            outcome = self._job.idle(
                part.state, self._shell.clock(), self._shell.books(), part.site
            )
            self._commit(part, outcome, part.next, part.idled)

    def _waits(self, part: Part, topic: str) -> bool:
        """Whether a record is left to read: the end alone counts the markers of transactions."""
        number, start = part.site.partition, part.next.get(topic, 0)
        if self._log.end(topic, number) <= start:
            return False
        return any(True for _ in self._log.read(topic, number, start))

    def _commit(
        self, part: Part, outcome: Outcome, following: dict[str, int], started: float
    ) -> None:
        if outcome.changes or outcome.outputs:
            entries = [*self._outputs(outcome.outputs), *self._memory(part, outcome, following)]
            part.owner.commit(entries, following)
            part.state.apply(outcome.changes)
            part.unsaved = False
        elif following != part.next:
            part.unsaved = True
        part.next = following
        self._shell.report(self._job, part.site.partition, outcome, monotonic() - started)

    def _outputs(self, outputs: Sequence[Output | Sheaf]) -> Iterator[Entry]:
        for output in outputs:
            if isinstance(output, Sheaf):
                prefix = self._shell.codec.prefix(output.contract)
                for key, body in zip(output.keys, output.bodies, strict=True):
                    yield Entry(output.topic, key, prefix + body, output.partition)
            else:
                value = output.record
                if not isinstance(value, bytes):
                    value = self._shell.codec.encode(value)
                yield Entry(output.topic, output.key, value, output.partition, output.headers)

    def _memory(
        self, part: Part, outcome: Outcome, following: Mapping[str, int]
    ) -> Iterator[Entry]:
        changes: dict[Key, Any] = {**outcome.changes, POSITION: Position(next=following)}
        for key, value in changes.items():
            data = None if value is None else self._shell.codec.encode(value)
            yield Entry(self._job.memory, key_bytes(key), data, part.site.partition)

    def _opened(self, number: int) -> Mapping[str, int]:
        """Fence the former owner, restore to the end, say where to go on."""
        owner = self._log.own(self._job.name, number)
        entries: dict[Key, Any] = {}
        for record in self._log.read(self._job.memory, number):
            if record.key is not None:
                entries[key_of(record.key)] = record.value
        known = {
            key: self._shell.codec.decode(value)
            for key, value in entries.items()
            if value is not None
        }
        position = known.pop(POSITION, None)
        part = Part(
            owner=owner,
            state=self._job.restore(known.items()),
            site=self._site(number),
            next=dict(position.next) if position else {},
        )
        with self._lock:
            self._parts[number] = part
            self._broken.pop(number, None)
        logger.info("partition_opened", job=self._job.name, partition=number, keys=len(known))
        return part.next

    def _site(self, number: int) -> Site:
        usages, tallies = self._log.partitions("usage"), self._log.partitions("tally")
        return Site(number, usages, tallies, self._shell.codec)

    def _closed(self, number: int) -> None:
        """Give a partition up; may be called twice."""
        with self._lock:
            part = self._parts.pop(number, None)
            self._broken.pop(number, None)
        if part is not None:
            part.owner.close()

    def _member(self) -> Membership:
        if self._group is None:
            raise LogError(f"{self._job.name} has not joined its group")
        return self._group

    def _reopen(self) -> None:
        """Open what failed a heartbeat ago and is still ours."""
        for number, due in list(self._broken.items()):
            if monotonic() >= due:
                try:
                    self._member().rewind(number, self._opened(number))
                except LogError as wrong:
                    logger.warning(
                        "not_opened", job=self._job.name, partition=number, error=str(wrong)
                    )
                    self._broken[number] = monotonic() + AGAIN
