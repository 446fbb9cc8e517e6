"""The records that delivery leaves in the log: state, attempts, and what was shown."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from notifiers.base import Update
from notifiers.delivery import Decision, Why
from notifiers.life import Event, Phase
from notifiers.outcomes import Result, key
from notifiers.words import plain
from schemas.codec import Codec
from schemas.records import Attempt, Delivery, Notice
from schemas.states import Position
from streams.deliver_restore import DELIVERIES, POSITION
from streams.log import Entry

ATTEMPTS = "delivery-log"
Said = Attempt | Notice
"""What the delivery log holds."""

OUTCOMES = {
    Event.SENT: "sent",
    Event.UNCERTAIN: "uncertain",
    Event.REFUSED: "refused",
}
"""How events are written in the delivery log; all others lead to another try."""


def attempt(
    record: Delivery, decision: Decision, result: Result, began: datetime, ended: datetime
) -> Attempt:
    """What the delivery log says of a call; `record` is as it is after it."""
    dead = record.phase == Phase.DEAD
    return Attempt(
        incident=record.incident,
        place=record.place,
        revision=record.desired,
        outcome="refused" if dead else OUTCOMES.get(result.event, "retry"),
        reason=result.reason or decision.why,
        at=began,
        latency_ms=(ended - began) // timedelta(milliseconds=1),
    )


def left_out(record: Delivery, why: Why, now: datetime) -> Attempt:
    """What the delivery log says of a revision that is not shown: why did I not get this?"""
    return Attempt(
        incident=record.incident,
        place=record.place,
        revision=record.desired,
        outcome="nothing_to_do",
        reason=why,
        at=now,
        latency_ms=0,
    )


def notice(update: Update, place: str) -> Notice:
    """What was shown, as plain text."""
    incident = update.incident
    return Notice(incident=incident.id, revision=incident.revision, place=place, text=plain(update))


def entries(
    codec: Codec, partition: int, record: Delivery, said: Sequence[Said] = ()
) -> tuple[Entry, ...]:
    """The record for its own partition, and what is said of it for the delivery log."""
    name = key(record.incident, record.place)
    state = Entry(DELIVERIES, name, codec.encode(record), partition)
    return (state, *(Entry(ATTEMPTS, name, codec.encode(one)) for one in said))


def position(codec: Codec, partition: int, reached: int) -> Entry:
    """How far the records of a partition reach, this one included."""
    return Entry(
        DELIVERIES, POSITION, codec.encode(Position(next={DELIVERIES: reached})), partition
    )


def clearing(partition: int, incident: str, places: Sequence[str]) -> tuple[Entry, ...]:
    """Tombstones for the records of an incident that is no more."""
    return tuple(Entry(DELIVERIES, key(incident, place), None, partition) for place in places)
