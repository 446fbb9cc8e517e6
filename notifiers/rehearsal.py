"""What would have been shown, had every place always worked: for a replay, which calls nobody."""

from dataclasses import replace

from notifiers.base import Update
from notifiers.delivery import Action, decide
from notifiers.life import Event
from notifiers.manner import Manner
from notifiers.news import news, told
from notifiers.outcomes import Result, after, begun, wanted
from notifiers.words import plain
from schemas.records import Delivery, Incident, Notice


def rehearsed(
    record: Delivery | None, incident: Incident, place: str, organisation: str
) -> tuple[Delivery | None, Notice | None]:
    """The record after this revision, and the notice where there is news for people.

    Hand the record back in with the incident's next revision. Time does not matter: what a burst
    collapses into depends on it, so here nothing collapses.
    """
    now = incident.updated_at
    known = None if record is None else replace(record, due_at=None)
    if decide(known, incident, now).action is not Action.SHOW:
        return record, None
    going = begun(wanted(known, incident, place), now)
    line = news(incident, going.remote)
    shown = after(going, Result(Event.SENT, "", told(incident)), now, Manner())
    text = plain(Update(incident, going.delivered, organisation, link=""))
    notice = Notice(incident=incident.id, revision=incident.revision, place=place, text=text)
    return shown, notice if line.text else None
