"""What corrects an incident: usage of its minutes that came late, and prices or owners restated.

A correction stands beside what has accrued, and changes neither its state nor its severity: it
never wakes anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from policies.grouping import ALONE
from policies.life import State
from schemas.records import Finding, Incident
from schemas.wording import corrections


class Why(StrEnum):
    """Why an incident is corrected, or none is."""

    CORRECTED = "corrected"
    CANCELS_OUT = "cancels_out"
    """Nothing moves."""

    EXPLAINED = "explained"
    """The series burnt as part of another's incident, which is corrected by its own series."""

    UNKNOWN = "unknown"
    """No incident of the series that has dollars covers the episode."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The corrected incident, if there is one, and why."""

    why: Why
    incident: Incident | None = None


def together(one: Finding, other: Finding) -> Finding:
    """Two corrections of one episode as one."""
    late = one.late_nano_usd + other.late_nano_usd
    restated = one.restated_nano_usd + other.restated_nano_usd
    return replace(
        other,
        late_nano_usd=late,
        restated_nano_usd=restated,
        excess_nano_usd=late + restated,
        reason=corrections(late, restated),
    )


def covers(incident: Incident, finding: Finding) -> bool:
    """Whether the episode of a correction is one of the incident's own."""
    begun = incident.series == finding.series and incident.opened_at <= finding.opened_at
    ended = incident.resolved_at
    return incident.cause not in ALONE and begun and (ended is None or finding.opened_at < ended)


def decide(incidents: Iterable[Incident], finding: Finding) -> Decision:
    """Which incident a correction is of, and the incident with it."""
    if not finding.late_nano_usd and not finding.restated_nano_usd:
        return Decision(Why.CANCELS_OUT)
    held = [one for one in incidents if covers(one, finding)]
    own = [one for one in held if one.state != State.MERGED]
    if not own:
        return Decision(Why.EXPLAINED if held else Why.UNKNOWN)
    latest = max(own, key=lambda one: (one.opened_at, one.id))
    return Decision(Why.CORRECTED, _corrected(latest, finding))


def _corrected(incident: Incident, finding: Finding) -> Incident:
    return replace(
        incident,
        late_nano_usd=incident.late_nano_usd + finding.late_nano_usd,
        restated_nano_usd=incident.restated_nano_usd + finding.restated_nano_usd,
    )
