"""Runs a step on a log: fence, restore, read, step, then outputs, state and position together.

Memory is staged: nothing of a batch joins it before the commit has returned. Whatever goes wrong,
the partition is dropped and opened again from what is committed (reference: shell, "The shell").
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from schemas.reasons import Refused
from schemas.states import Position
from streams import entries
from streams.bundle import beyond, following, together
from streams.jobs import Job
from streams.log import (
    Entry,
    Fenced,
    LogError,
    Lost,
    Membership,
    Record,
    Uncertain,
    Unreachable,
)
from streams.part import POSITION, Part, opened
from streams.shell import Shell, Work, nothing
from streams.steps.step import Key, Outcome, StepError

WAIT = 0.5
"""Seconds that a poll waits for the first record."""

AGAIN = 2.5
"""Seconds before a partition that failed is opened again: one heartbeat, so that a stopped member
and its successor do not fence each other in turn (reference: shell, "B: traps")."""

IDLE = 1.0
"""Seconds between two looks at the clock at the end of the log."""

logger = structlog.get_logger()


class Runner:
    """One member that runs a job on the partitions it is given."""

    def __init__(self, job: Job, shell: Shell) -> None:
        self._job, self._shell, self._log = job, shell, shell.log
        self._monotonic = shell.monotonic
        self._parts: dict[int, Part] = {}
        self._broken: dict[int, float] = {}
        self._turned = self._monotonic()
        self._silent = False
        """Whether the log has just left a partition without an answer: no other waits as well."""

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
        return self._monotonic() - self._turned

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
        self._turned = self._monotonic()
        self._reopen()
        self._silent = False
        batches = self._gather(wait)
        begun = {
            number: self._guarded(number, partial(self._begun, part, records))
            for number, (part, records) in batches.items()
            if self._parts.get(number) is part and number not in self._broken
        }
        for number, end in begun.items():
            self._guarded(number, end or nothing)
        for number, part in list(self._parts.items()):
            if number not in batches and number not in self._broken and not self._silent:
                self._guarded(number, partial(self._idle, part))
        return bool(batches)

    def _gather(self, first: float) -> dict[int, tuple[Part, Sequence[Record]]]:
        """Records by partition, with the part they were read for: a later part reads them anew."""
        found: dict[int, tuple[Part, list[Sequence[Record]]]] = {}
        group, until, count = self._member(), None, 0
        most = self._job.most
        while until is None or (self._monotonic() < until and count < most):
            wait = first if until is None else max(until - self._monotonic(), 0.0)
            got = group.poll(most - count, wait)
            for number, records in got.items():
                part = self._parts.get(number)
                if part is None:
                    continue
                if number not in found or found[number][0] is not part:
                    found[number] = (part, [])
                found[number][1].append(records)
                count += len(records)
            if not found:
                return {}
            until = until or self._monotonic() + self._job.linger
        return {number: (part, together(parts)) for number, (part, parts) in found.items()}

    def _guarded(self, number: int, work: Callable[[], Work | None]) -> Work | None:
        """Do it; whatever is in doubt afterwards is dropped, to be restored."""
        try:
            return work()
        except StepError as wrong:
            self._shell.dropped(self._job, number)
            logger.error("step_stopped", job=self._job.name, partition=number, error=str(wrong))
            self._closed(number)
        except (Fenced, Lost, LogError) as wrong:
            self._shell.dropped(self._job, number)
            logger.warning("batch_dropped", job=self._job.name, partition=number, error=str(wrong))
            self._silent = isinstance(wrong, Unreachable | Uncertain)
            self._closed(number)
            self._broken[number] = self._monotonic() + AGAIN
        return None

    def _begun(self, part: Part, records: Sequence[Record]) -> Work:
        """One batch in one transaction, begun; what it gives back ends it.

        Where the log has just not answered, the batch is left to the next turn.
        """
        started = self._monotonic()
        if self._silent:
            self._member().rewind(part.site.partition, part.next)
            return nothing
        fresh = beyond(records, part.next)
        if not fresh:
            return nothing
        try:
            outcome = self._job.step(part.state, fresh, self._shell.books(), part.site)
        except Refused as wrong:
            raise StepError(f"unreadable input: {wrong}") from wrong
        return self._commit(part, outcome, following(fresh, part.next), started)

    def _idle(self, part: Part) -> None:
        """At the end of the log, let time pass."""
        if self._monotonic() < part.idled + IDLE:
            return
        part.idled = self._monotonic()
        if part.unsaved:
            part.owner.commit(list(self._memory(part, Outcome(), part.next)), part.next)
            part.unsaved = False
        if self._job.idle is None:
            return
        if not any(part.waits(self._log, topic) for topic in self._job.inputs):
            outcome = self._job.idle(
                part.state, self._shell.clock(), self._shell.books(), part.site
            )
            self._commit(part, outcome, part.next, part.idled)()

    def _commit(self, part: Part, outcome: Outcome, after: dict[str, int], started: float) -> Work:
        """Begins a commit; nothing of it joins the memory before its end."""
        said = bool(outcome.changes or outcome.outputs)
        committed = self._written(part, outcome, after) if said else nothing

        def end() -> None:
            committed()
            part.state.apply(outcome.changes)
            part.unsaved = not said and (part.unsaved or after != part.next)
            part.next = after
            self._shell.report(self._job, part.site.partition, outcome, self._monotonic() - started)

        return end

    def _written(self, part: Part, outcome: Outcome, after: dict[str, int]) -> Work:
        written = entries.written(outcome.outputs, self._shell.codec)
        together = [*written, *self._memory(part, outcome, after)]
        return self._shell.begin(partial(part.owner.commit, together, after))

    def _memory(self, part: Part, outcome: Outcome, after: Mapping[str, int]) -> Iterator[Entry]:
        changes = {**part.state.written(outcome.changes), POSITION: Position(next=after)}
        site = part.site
        return entries.remembered(changes, self._shell.codec, self._job.memory, site.partition)

    def _opened(self, number: int) -> Mapping[str, int]:
        """Take a partition over; says where to go on."""
        shell = self._shell
        part = opened(self._job, self._log, shell.codec, number, self._monotonic())
        with self._lock:
            self._parts[number] = part
            self._broken.pop(number, None)
        return part.next

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
        """Open what failed a heartbeat ago and is still ours, until the log does not answer."""
        self._silent = False
        for number, due in list(self._broken.items()):
            if self._monotonic() >= due and not self._silent:
                try:
                    self._member().rewind(number, self._opened(number))
                except LogError as wrong:
                    logger.warning(
                        "not_opened", job=self._job.name, partition=number, error=str(wrong)
                    )
                    self._silent = isinstance(wrong, Unreachable | Uncertain)
                    self._broken[number] = self._monotonic() + AGAIN
