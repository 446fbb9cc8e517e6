"""The log's side of delivery: owns partitions and commits for them, in one thread of its own.

The log's calls wait, so the event loop never makes them: it hands over what is to be written and
gets back what was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic, sleep

import structlog

from schemas.codec import Codec
from streams.deliver_records import position
from streams.deliver_restore import (
    DELIVERIES,
    INCIDENTS,
    STEP,
    Change,
    Restored,
    changes,
    restore,
)
from streams.log import (
    Entry,
    Fenced,
    Log,
    LogError,
    Lost,
    Membership,
    Ownership,
    Record,
    Uncertain,
)

heard = structlog.get_logger(STEP)

MOST = 500
POLL_SECONDS = 0.05
"""How long an idle turn waits for the next incident; a result waits as long for its commit."""

HEARTBEAT = 2.5
"""Seconds before a partition that was fenced is opened again: by then the group knows who has it,
and two members do not fence each other in turn."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A partition that is no longer ours."""

    partition: int


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """Records to be committed together by whoever opened the partition as that `epoch`."""

    partition: int
    epoch: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn brought: events in order, then changes; which writes are kept, which void."""

    events: tuple[Restored | Closed, ...]
    changes: Mapping[int, Sequence[Change]]
    kept: Sequence[Write]
    void: Sequence[Write]


@dataclass(slots=True)
class Owned:
    """A partition that is ours now."""

    partition: int
    epoch: int
    ownership: Ownership
    next: int
    reached: int
    """How far the records of deliveries reach."""


@dataclass(slots=True)
class DeliverLog:
    """All that delivery asks of a log; one thread at a time calls it."""

    log: Log
    codec: Codec
    member: str
    _membership: Membership | None = None
    _owned: dict[int, Owned] = field(default_factory=dict)
    _broken: dict[int, float] = field(default_factory=dict)
    _events: list[Restored | Closed] = field(default_factory=list)
    _epoch: int = 0
    _lock: Lock = field(default_factory=Lock)

    def join(self) -> None:
        """Join the group. Raises LogError."""
        topics = [INCIDENTS]
        self._membership = self.log.join(STEP, self.member, topics, self._opened, self._closed)

    def turn(self, writes: Sequence[Write]) -> Turn:
        """Commit, then read. Writes that are neither kept nor void are to be handed in again.

        Raises Fenced and Lost, after which nothing more can be done.
        """
        kept, void = self._commit(writes)
        self._mend()
        found = self._read(0.0 if writes else POLL_SECONDS)  # whoever wrote waits for our answer
        events, self._events = tuple(self._events), []
        return Turn(events, found, kept, void)

    def leave(self) -> None:
        """Give everything back; may be called twice."""
        if self._membership is not None:
            self._membership.leave()
        for partition in list(self._owned):
            self._closed(partition)

    def _commit(self, writes: Sequence[Write]) -> tuple[list[Write], list[Write]]:
        """One transaction for each partition; which writes are kept, and which void."""
        kept: list[Write] = []
        void = [write for write in writes if not self._is_current(write)]
        for partition in sorted({write.partition for write in writes if write not in void}):
            mine = [write for write in writes if write.partition == partition]
            mine = [write for write in mine if write not in void]
            try:
                self._commit_one(self._owned[partition], mine)
                kept += mine
            except (Fenced, Uncertain) as wrong:
                heard.warning("batch_dropped", job=STEP, partition=partition, error=str(wrong))
                self._drop(partition)
                void += mine
            except LogError:
                continue  # nothing was committed: the same again next turn
        return kept, void

    def _commit_one(self, owned: Owned, writes: Sequence[Write]) -> None:
        entries = [entry for write in writes for entry in write.entries]
        reached = owned.reached + 1 + sum(entry.topic == DELIVERIES for entry in entries)
        entries.append(position(self.codec, owned.partition, reached))
        owned.ownership.commit(entries, {INCIDENTS: owned.next, DELIVERIES: reached})
        owned.reached = reached

    def _is_current(self, write: Write) -> bool:
        owned = self._owned.get(write.partition)
        return owned is not None and owned.epoch == write.epoch

    def _drop(self, partition: int) -> None:
        """Forget a partition that can't be written; it is opened again if it stays ours."""
        self._closed(partition)
        self._broken[partition] = monotonic() + HEARTBEAT

    def _mend(self) -> None:
        """Open again what was dropped and not taken from us meanwhile."""
        for partition in [one for one, due in self._broken.items() if due <= monotonic()]:
            try:
                positions = self._opened(partition)
            except LogError:
                self._broken[partition] = monotonic() + HEARTBEAT
                continue
            self._joined().rewind(partition, positions)

    def _read(self, seconds: float) -> dict[int, list[Change]]:
        try:
            found = self._joined().poll(MOST, seconds)
        except (Fenced, Lost):
            raise
        except LogError:
            sleep(POLL_SECONDS)
            return {}
        return {partition: self._changes(partition, new) for partition, new in found.items()}

    def _changes(self, partition: int, records: Sequence[Record]) -> list[Change]:
        if partition in self._owned and records:
            self._owned[partition].next = records[-1].offset + 1
        return list(changes(self.codec, records))

    def _joined(self) -> Membership:
        if self._membership is None:
            raise LogError(f"{STEP}: not joined")
        return self._membership

    def _opened(self, partition: int) -> Mapping[str, int]:
        """Fence the former owner first: what is read after that can't change any more."""
        ownership = self.log.own(STEP, partition)
        with self._lock:
            self._epoch += 1
            epoch = self._epoch
        try:
            found = restore(self.log, self.codec, partition, epoch)
        except BaseException as wrong:
            heard.warning("not_opened", job=STEP, partition=partition, error=str(wrong))
            ownership.close()
            raise
        with self._lock:
            self._broken.pop(partition, None)
            self._owned[partition] = Owned(partition, epoch, ownership, found.next, found.reached)
            self._events.append(found)
        return {INCIDENTS: found.next}

    def _closed(self, partition: int) -> None:
        with self._lock:
            self._broken.pop(partition, None)
            owned = self._owned.pop(partition, None)
            if owned is not None:
                self._events.append(Closed(partition))
        if owned is not None:
            owned.ownership.close()
