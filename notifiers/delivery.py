"""What to do next for one incident in one place; `notifiers.outcomes` is the other half.

Delivery is level-triggered: a place is brought to the incident as it stands now, so a burst
collapses into one change and nothing old can follow something new. Everything here is a pure
function of the record, the incident and the time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notifiers.life import Phase
from notifiers.news import is_over
from notifiers.subject import CATCHING_UP
from schemas.records import Delivery, Incident


class Action(StrEnum):
    """What the shell is to do."""

    NOTHING = "nothing"
    SHOW = "show"
    LOOK = "look"
    WAIT = "wait"


class Why(StrEnum):
    """Why; the code stands in the delivery log."""

    FIRST = "first"
    CHANGED = "changed"
    IN_DOUBT = "in_doubt"
    AFTER_GIVING_UP = "after_giving_up"
    SPACING = "spacing"
    BACKING_OFF = "backing_off"
    UP_TO_DATE = "up_to_date"
    OLDER = "older"
    UNDER_WAY = "under_way"
    GAVE_UP = "gave_up"
    OVER_BEFORE_SHOWN = "over_before_shown"
    QUIET = "quiet"
    UNKNOWN_PLACE = "unknown_place"


PASSED_OVER = frozenset({Why.OVER_BEFORE_SHOWN, Why.QUIET, Why.UNKNOWN_PLACE})
"""Reasons for which an incident is not shown at all; worth a line in the delivery log."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and why; `until` is set where it is to wait."""

    action: Action
    why: Why
    until: datetime | None = None


def decide(record: Delivery | None, incident: Incident, now: datetime) -> Decision:
    """What to do next. Asked again after every change of the record, the incident or the time."""
    if record is None:
        return _first(incident)
    if record.phase in SETTLED:
        return SETTLED[Phase(record.phase)](record, incident)
    if record.phase == Phase.IDLE and incident.revision <= record.delivered:
        return Decision(Action.NOTHING, Why.UP_TO_DATE)
    if record.phase == Phase.IDLE and not is_shown(record):
        first = _first(incident)
        if first.action is Action.NOTHING:
            return first
    return _timely(record, incident, now)


def unknown_place() -> Decision:
    """Where the rulebook has no place of that name, or no longer."""
    return Decision(Action.NOTHING, Why.UNKNOWN_PLACE)


def _first(incident: Incident) -> Decision:
    """Where nothing is shown yet. Nobody hears of an end whose beginning they never heard of.

    But for a summary of what was heard of too late: it is over as soon as it is told.
    """
    if incident.quiet:
        return Decision(Action.NOTHING, Why.QUIET)
    if is_over(incident) and incident.cause != CATCHING_UP:
        return Decision(Action.NOTHING, Why.OVER_BEFORE_SHOWN)
    return Decision(Action.SHOW, Why.FIRST)


def _under_way(record: Delivery, incident: Incident) -> Decision:
    return Decision(Action.NOTHING, Why.UNDER_WAY)


def _given_up(record: Delivery, incident: Incident) -> Decision:
    if incident.revision > record.desired:
        return Decision(Action.LOOK, Why.AFTER_GIVING_UP)
    return Decision(Action.NOTHING, Why.GAVE_UP)


SETTLED = {Phase.INTENT: _under_way, Phase.DEAD: _given_up}
"""Phases in which the time does not matter."""


def _timely(record: Delivery, incident: Incident, now: datetime) -> Decision:
    if incident.revision < record.desired:
        return Decision(Action.NOTHING, Why.OLDER)
    if record.due_at is not None and record.due_at > now:
        why = Why.BACKING_OFF if record.attempt else Why.SPACING
        return Decision(Action.WAIT, why, record.due_at)
    if record.phase == Phase.UNCERTAIN:
        return Decision(Action.LOOK, Why.IN_DOUBT)
    return Decision(Action.SHOW, Why.CHANGED if is_shown(record) else Why.FIRST)


def is_shown(record: Delivery) -> bool:
    """Whether something that we made is there."""
    return record.delivered > 0 or bool(record.remote)
