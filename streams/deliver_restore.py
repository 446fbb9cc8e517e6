"""What delivery remembers of a partition, read from two topics.

Incidents as they stand, and how far each place has been brought: all else follows from them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas.codec import Codec
from schemas.reasons import Refused
from schemas.records import Delivery, Incident
from schemas.states import Position
from streams.log import Log, Record
from streams.restored import check_whole
from streams.steps.step import key_bytes

STEP = "deliver"
INCIDENTS = "incident"
DELIVERIES = "delivery"
PUBLISHED = key_bytes(("incident", ""))
"""How the keys of published incidents begin; judge's own state stands beside them."""

POSITION = key_bytes(("position",))
"""The key under which it is kept how far the records reach; each commit moves it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A record of an incident: as it stands now, or None where its key was cleared."""

    key: bytes
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class Restored:
    """A partition as it was when it was opened; `epoch` tells this opening from any other."""

    partition: int
    epoch: int
    changes: tuple[Change, ...]
    deliveries: tuple[Delivery, ...]
    next: int
    """Where to read incidents on; what stands between is read twice, which changes nothing."""

    reached: int
    """How far its records reach: at least so many are on their topic."""


def restore(log: Log, codec: Codec, partition: int, epoch: int) -> Restored:
    """Everything there is to know of a partition that has just been fenced. Raises LogError."""
    following, end = log.end(INCIDENTS, partition), log.end(DELIVERIES, partition)
    newest: dict[bytes | None, Any] = {}
    for record in log.read(DELIVERIES, partition):
        newest[record.key] = _decoded(codec, record)
    last = newest.get(POSITION)
    held = last.next.get(DELIVERIES, 0) if isinstance(last, Position) else 0
    reached = {INCIDENTS: following, DELIVERIES: held}
    check_whole(log, STEP, (DELIVERIES, partition), reached)
    deliveries = tuple(one for one in newest.values() if isinstance(one, Delivery))
    found = tuple(changes(codec, log.read(INCIDENTS, partition)))
    return Restored(partition, epoch, found, deliveries, following, max(held, end))


def changes(codec: Codec, records: Iterable[Record]) -> Iterator[Change]:
    """The published incidents on their topic; what else judge keeps there is not ours."""
    for record in records:
        if record.key is None or not record.key.startswith(PUBLISHED):
            continue
        found = _decoded(codec, record)
        if found is None or isinstance(found, Incident):
            yield Change(record.key, found)


def _decoded(codec: Codec, record: Record) -> Any:
    """A record's value; None for a tombstone, an empty tuple for what can't be read."""
    if record.value is None:
        return None
    try:
        return codec.decode(record.value)
    except Refused:
        return ()
