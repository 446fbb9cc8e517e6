"""What is said of a silence: how long usage is overdue. Its dollars mean nothing.

A silence is overdue from the minute in which its source should have spoken at the latest; its
reason says when it last did.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from notifiers.figures import clock_time, duration
from notifiers.subject import main_evidence, subject
from schemas.records import Incident

CAUSE = "silence"
"""The cause of an incident of a source that should speak and does not."""


def is_silence(incident: Incident) -> bool:
    """Whether it is about a silence, and so not about dollars."""
    return incident.cause == CAUSE


def due(incident: Incident) -> datetime:
    """When usage was due that has not come, the last time that it did not."""
    main = main_evidence(incident)
    return incident.opened_at if main is None else main.opened_at


def overdue(incident: Incident) -> str:
    """For how long, up to its end or its latest change."""
    return duration((incident.resolved_at or incident.updated_at) - due(incident))


def title(incident: Incident) -> tuple[str, str]:
    """Who is silent, or is heard again; and for how long."""
    if incident.state == "resolved":
        return f"{subject(incident)} is heard again", f"was {overdue(incident)} overdue"
    return f"nothing heard from {subject(incident)}", f"{overdue(incident)} overdue"


def so_far(incident: Incident) -> str:
    """How it stands."""
    return f"usage is {overdue(incident)} overdue"


def _opened(incident: Incident) -> str:
    return f"Nothing heard: usage was due at {clock_time(due(incident))}."


def _reopened(incident: Incident) -> str:
    return f"Silent again: usage was due at {clock_time(due(incident))}."


def _resolved(incident: Incident) -> str:
    return f"Usage is back, {overdue(incident)} after it was due."


def _still(incident: Incident) -> str:
    return f"Still nothing heard: {so_far(incident)}."


def _woken(incident: Incident) -> str:
    return f"The snooze is over and still nothing is heard: {so_far(incident)}."


LINES: Mapping[str, Callable[[Incident], str]] = {
    "opened": _opened,
    "reopened": _reopened,
    "resolved": _resolved,
    "stale": _still,
    "firing": _still,
    "burns": _still,
    "woken": _woken,
}
"""The lines of changes that speak of dollars elsewhere; those of news.py hold for the others."""
