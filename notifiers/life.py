"""The life of a delivery as one table: which phase follows from which event."""

from collections.abc import Mapping
from enum import StrEnum


class Phase(StrEnum):
    """Where one incident stands in one place."""

    IDLE = "idle"
    """Nothing is under way; what is shown is known."""

    INTENT = "intent"
    """A call is under way."""

    UNCERTAIN = "uncertain"
    """A call may have been answered or not: look first."""

    DEAD = "dead"
    """Given up until there is something newer to show."""


class Event(StrEnum):
    """What can happen to it."""

    NEWER = "newer"
    BEGUN = "begun"
    SENT = "sent"
    UNREACHABLE = "unreachable"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    GONE = "gone"
    FOUND = "found"
    MISSING = "missing"
    EXHAUSTED = "exhausted"
    RESTORED = "restored"


class Impossible(ValueError):
    """An event that can't happen in this phase: a mistake of ours."""


LIFE: Mapping[tuple[Phase, Event], Phase | None] = {
    # nothing is under way
    (Phase.IDLE, Event.NEWER): Phase.IDLE,
    (Phase.IDLE, Event.BEGUN): Phase.INTENT,
    (Phase.IDLE, Event.SENT): None,
    (Phase.IDLE, Event.UNREACHABLE): None,
    (Phase.IDLE, Event.UNCERTAIN): None,
    (Phase.IDLE, Event.REFUSED): None,
    (Phase.IDLE, Event.GONE): None,
    (Phase.IDLE, Event.FOUND): None,
    (Phase.IDLE, Event.MISSING): None,
    (Phase.IDLE, Event.EXHAUSTED): None,
    (Phase.IDLE, Event.RESTORED): Phase.IDLE,
    # a call is under way
    (Phase.INTENT, Event.NEWER): Phase.INTENT,
    (Phase.INTENT, Event.BEGUN): None,
    (Phase.INTENT, Event.SENT): Phase.IDLE,
    (Phase.INTENT, Event.UNREACHABLE): Phase.IDLE,
    (Phase.INTENT, Event.UNCERTAIN): Phase.UNCERTAIN,
    (Phase.INTENT, Event.REFUSED): Phase.DEAD,
    (Phase.INTENT, Event.GONE): Phase.IDLE,
    (Phase.INTENT, Event.FOUND): None,
    (Phase.INTENT, Event.MISSING): None,
    (Phase.INTENT, Event.EXHAUSTED): Phase.DEAD,
    (Phase.INTENT, Event.RESTORED): Phase.UNCERTAIN,
    # it may be there: only a look leads out, and one that fails leads nowhere
    (Phase.UNCERTAIN, Event.NEWER): Phase.UNCERTAIN,
    (Phase.UNCERTAIN, Event.BEGUN): None,
    (Phase.UNCERTAIN, Event.SENT): None,
    (Phase.UNCERTAIN, Event.UNREACHABLE): Phase.UNCERTAIN,
    (Phase.UNCERTAIN, Event.UNCERTAIN): Phase.UNCERTAIN,
    (Phase.UNCERTAIN, Event.REFUSED): Phase.DEAD,
    (Phase.UNCERTAIN, Event.GONE): Phase.IDLE,
    (Phase.UNCERTAIN, Event.FOUND): Phase.IDLE,
    (Phase.UNCERTAIN, Event.MISSING): Phase.IDLE,
    (Phase.UNCERTAIN, Event.EXHAUSTED): Phase.DEAD,
    (Phase.UNCERTAIN, Event.RESTORED): Phase.UNCERTAIN,
    # something newer is worth a try, and a look comes first: it may have been in doubt before
    (Phase.DEAD, Event.NEWER): Phase.UNCERTAIN,
    (Phase.DEAD, Event.BEGUN): None,
    (Phase.DEAD, Event.SENT): None,
    (Phase.DEAD, Event.UNREACHABLE): None,
    (Phase.DEAD, Event.UNCERTAIN): None,
    (Phase.DEAD, Event.REFUSED): None,
    (Phase.DEAD, Event.GONE): None,
    (Phase.DEAD, Event.FOUND): None,
    (Phase.DEAD, Event.MISSING): None,
    (Phase.DEAD, Event.EXHAUSTED): None,
    (Phase.DEAD, Event.RESTORED): Phase.DEAD,
}
"""Every phase and every event; None where the two can't meet."""


def step(phase: str, event: Event) -> Phase:
    """The phase after an event. Raises Impossible."""
    following = LIFE[Phase(phase), event]
    if following is None:
        raise Impossible(f"{event} in phase {phase}")
    return following
