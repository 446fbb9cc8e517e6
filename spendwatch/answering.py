"""A person's answer to an incident, given on the command line and followed until judge has it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from time import monotonic, sleep

from policies.answers import SIGNALS
from policies.life import step
from schemas.moments import rfc3339
from schemas.records import Answer, Incident
from schemas.unsettled import Told
from spendwatch.incidents import known
from spendwatch.logbook import Logbook
from spendwatch.reading import decoded
from streams.deliver_restore import INCIDENTS
from streams.log import Entry, Record
from streams.steps.docket import TOLD
from streams.steps.step import key_bytes

PATIENCE = 5.0
"""Seconds until judge should have heard an answer."""

WHAT_WAS_HEARD = key_bytes(TOLD)
PAUSE = 0.1
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an answer would do to an incident as it stands."""

    state: str
    """The state after it."""

    changes: bool
    """Whether it changes anything."""


def effect(incident: Incident, action: str) -> Effect:
    """What an action does in the incident's present state."""
    state, news = step(incident.state, SIGNALS[action])
    return Effect(state, bool(news) or state != incident.state)


def identity(incident: str, action: str, by: str, now: datetime) -> str:
    """What an answer is known by: a hash of what, by whom and when. (RFC 7693, BLAKE2b.)"""
    said = f"{incident}|{action}|{by}|{rfc3339(now)}".encode()
    return f"cli-{blake2b(said, digest_size=10).hexdigest()}"


def given_at(incident: Incident, now: datetime) -> datetime:
    """When an answer is given: now, or the incident's own time where its data runs ahead of us."""
    return max(now, incident.updated_at)


def give(book: Logbook, answer: Answer) -> int:
    """Append an answer to the docket; where to look for its effect from. Raises LogError."""
    mark = book.log.end(INCIDENTS, 0)
    value = book.codec.encode(answer)
    book.log.append([Entry("docket", answer.incident.encode(), value, 0)])
    return mark


def heard(book: Logbook, answer: Answer, mark: int, patience: float = PATIENCE) -> Incident | None:
    """The incident once judge has heard the answer; None if it does not in time. Raises LogError.

    Judge commits what it has heard together with what that changed.
    """
    until = monotonic() + patience
    while True:
        for record in book.log.read(INCIDENTS, 0, mark):
            mark = record.offset + 1
            if record.key == WHAT_WAS_HEARD and answer.id in _heard(book, record):
                return known(book).get(answer.incident)
        if monotonic() > until:
            return None
        sleep(PAUSE)


def _heard(book: Logbook, record: Record) -> tuple[str, ...]:
    """The answers that judge remembers."""
    held = decoded(book.codec, record)
    return held.answers if isinstance(held, Told) else ()
