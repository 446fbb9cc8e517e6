"""Incidents as they stand on their topic, and which one a person means."""

from collections.abc import Mapping

from schemas.records import Incident
from spendwatch.failures import Failure
from spendwatch.logbook import Logbook
from spendwatch.scanning import every
from streams.deliver_restore import INCIDENTS, changes

PREFIX = "inc_"
SHOWN = 10
"""Candidates that are named where an id is not clear."""


def known(book: Logbook) -> Mapping[str, Incident]:
    """All incidents by id. Raises LogError."""
    found: dict[bytes, Incident | None] = {}
    for change in changes(book.codec, every(book.log, INCIDENTS, 0)):
        found[change.key] = change.incident
    return {one.id: one for one in found.values() if one is not None}


def meant(incidents: Mapping[str, Incident], given: str) -> Incident:
    """The incident that an id or the beginning of one names, with or without `inc_`.

    Raises Failure where none does, or more than one.
    """
    wanted = given if given.startswith(PREFIX) else PREFIX + given
    if wanted in incidents:
        return incidents[wanted]
    found = sorted(name for name in incidents if name.startswith(wanted))
    if len(found) == 1:
        return incidents[found[0]]
    if not found:
        raise Failure(f"no incident is called {given}; `spendwatch incident list --all` names them")
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    raise Failure(f"{given} could be {', '.join(found[:SHOWN])}{more}")
