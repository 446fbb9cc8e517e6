"""What the log knows of one incident: findings, buckets, what it merged with, who was told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notifiers.subject import main_evidence
from policies.heard import CORRECTED
from schemas.moments import micros
from schemas.records import Attempt, Delivery, Finding, Incident, Notice
from spendwatch import incidents
from spendwatch.explaining.minutes import Cost, around
from spendwatch.logbook import Logbook
from spendwatch.reading import books_of, decoded
from spendwatch.scanning import every, first
from streams.deliver_records import ATTEMPTS
from streams.deliver_restore import DELIVERIES

BEFORE = timedelta(minutes=10)
"""The log takes a finding at most so long before its own time: clocks differ."""

BESIDE = timedelta(hours=1)
"""Findings are shown from so long before an incident's life to so long after it."""


@dataclass(frozen=True, slots=True)
class Explained:
    """An incident and all that led to it."""

    incident: Incident
    absorbed: tuple[str, ...]
    """Incidents that ended in this one."""

    findings: tuple[Finding, ...]
    costs: tuple[Cost, ...]
    deliveries: tuple[Delivery, ...]
    attempts: tuple[Attempt, ...]
    notices: tuple[Notice, ...]


def explain(book: Logbook, given: str) -> Explained:
    """All that is known of the incident that an id, or its beginning, names.

    Raises Failure, LogError.
    """
    known = incidents.known(book)
    incident = incidents.meant(known, given)
    said = [*_of_incident(book, ATTEMPTS, incident)]
    deliveries = {one.place: one for one in _of_incident(book, DELIVERIES, incident)}
    return Explained(
        incident=incident,
        absorbed=tuple(sorted(one.id for one in known.values() if one.merged_into == incident.id)),
        findings=_findings(book, incident),
        costs=_costs(book, incident),
        deliveries=tuple(deliveries[place] for place in sorted(deliveries)),
        attempts=tuple(one for one in said if isinstance(one, Attempt)),
        notices=tuple(one for one in said if isinstance(one, Notice)),
    )


def _of_incident(book: Logbook, topic: str, incident: Incident) -> Iterable[Any]:
    """The records of a topic whose keys are `incident|place`."""
    prefix = f"{incident.id}|".encode()
    for record in every(book.log, topic, 0):
        held = decoded(book.codec, record) if (record.key or b"").startswith(prefix) else None
        if held is not None:
            yield held


def _findings(book: Logbook, incident: Incident) -> tuple[Finding, ...]:
    """What was said of the series that are its evidence, around its life, in order of time."""
    start, end = incident.opened_at - BESIDE, (incident.resolved_at or incident.updated_at) + BESIDE
    after = micros(start - BEFORE)
    begin = first(book.log, "docket", 0, lambda record: record.received >= after)
    names = {one.series.encode() for one in incident.evidence}
    found: dict[tuple[Any, ...], Finding] = {}
    for record in every(book.log, "docket", 0, begin.offset) if begin else ():
        held = decoded(book.codec, record) if record.key in names else None
        if isinstance(held, Finding) and start <= _of(held) <= end:
            found[held.time, held.series, held.rule, held.phase, held.opened_at] = held
    return tuple(found[key] for key in sorted(found))


def _of(finding: Finding) -> datetime:
    """The time that a finding is about: a correction may come weeks after what it corrects."""
    return finding.opened_at if finding.phase == CORRECTED else finding.time


def _costs(book: Logbook, incident: Incident) -> tuple[Cost, ...]:
    versions: Mapping[str, Any] = {one.hash: one for one in books_of(book).versions}
    version = versions.get(incident.rulebook) or books_of(book).at(micros(incident.opened_at))
    main = main_evidence(incident)
    series, rule = (main.series, main.rule) if main else (incident.series, "")
    return around(book, version, series, rule, incident.opened_at)
