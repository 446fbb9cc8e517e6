"""What the tests of incidents share: the terms, and a fold of findings by moment."""

from collections.abc import Iterable
from itertools import groupby

from policies.heard import Heard, Terms
from policies.incidents import Incidents
from policies.routes import Route
from policies.severity import Severities
from schemas.records import Finding, Incident

TERMS = Terms(Severities(), (Route(places=("finops",)),), "hash-0")


def fold(findings: Iterable[Finding], into: Incidents | None = None) -> Incidents:
    """The incidents of findings, which are heard in order of time, all of one moment together."""
    incidents = into or Incidents({})
    ordered = sorted(findings, key=lambda one: (one.time, one.series, one.rule))
    for _, group in groupby(ordered, key=lambda one: one.time):
        incidents.hear([Heard(one, one.time) for one in group], TERMS)
    return incidents


def only(incidents: Incidents) -> Incident:
    """The one that is there."""
    (incident,) = incidents.all()
    return incident
