"""Which incident explains which finding: the narrowest series tells, what contains it is evidence.

A series is known by its dimensions (business unit, service, application, model, principal ...).
Two series are related if no dimension contradicts; of two, the one with more is the narrower.
"""

from collections.abc import Iterable, Mapping

from schemas.records import Finding, Incident
from schemas.series import UNOWNED

ALONE = frozenset({"budget", "drop", "silence"})
"""Causes that are never part of another incident: they have no excess that could explain."""

SHARE_TENTHS = 7
"""A narrower series explains a wider one that it makes up seven tenths of."""


def related(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two series can hold the same usage."""
    return all(other.get(name, value) == value for name, value in one.items())


def explains(narrow: tuple[int, int], wide: tuple[int, int]) -> bool:
    """Whether an excess makes up most of another: each is accrued and hourly, nano-dollars.

    What has no dollars, as charges without a price, is explained by nothing.
    """
    return any(
        whole > 0 and part * 10 >= whole * SHARE_TENTHS
        for part, whole in zip(narrow, wide, strict=True)
    )


def explaining(finding: Finding, incidents: Iterable[Incident]) -> Incident | None:
    """The open incident of a series at least as narrow that explains a finding, if any."""
    if finding.cause in ALONE:
        return None
    found = [
        incident
        for incident in incidents
        if incident.cause not in ALONE
        and len(incident.dimensions) >= len(finding.dimensions)
        and related(incident.dimensions, finding.dimensions)
        and _holds(incident, finding.cause)
        and explains(_of(incident), (finding.accrued_nano_usd, finding.hourly_nano_usd))
    ]
    return max(found, key=lambda one: (one.accrued_nano_usd, one.id), default=None)


def explained(narrow: Incident, incidents: Iterable[Incident]) -> list[Incident]:
    """The open incidents of wider series that an incident explains."""
    return [
        wide
        for wide in incidents
        if wide.id != narrow.id
        and not {wide.cause, narrow.cause} & ALONE
        and len(wide.dimensions) < len(narrow.dimensions)
        and related(wide.dimensions, narrow.dimensions)
        and _holds(narrow, wide.cause)
        and explains(_of(narrow), _of(wide))
    ]


def _holds(narrow: Incident, cause: str) -> bool:
    """Whether a narrower incident can hold what a cause is about: a share is of what is unowned."""
    return cause != "share" or narrow.owner.split("/")[0] == UNOWNED


def _of(incident: Incident) -> tuple[int, int]:
    return incident.accrued_nano_usd, incident.hourly_nano_usd
