"""What findings do to an incident's numbers: evidence by series and rule, dollars, severity."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from policies.heard import CALM
from policies.severity import INFO, SEV3, Severities, graver, projected
from schemas.records import Evidence, Finding, Incident

LEAST = {
    "silence": SEV3,
    "drop": SEV3,
    "models_allowed": SEV3,
    "share": SEV3,
    "price_per_call": SEV3,
}
"""Causes that are told whatever the dollars: they break a rule, or nobody knows the dollars."""


def of(finding: Finding, before: Evidence | None = None) -> Evidence:
    """A finding as evidence; while an episode goes on, its first reason and numbers stay."""
    goes_on = before is not None and before.opened_at == finding.opened_at
    first = before if before is not None and goes_on else finding
    return Evidence(
        series=finding.series,
        rule=finding.rule,
        cause=finding.cause,
        phase=finding.phase,
        bucket_start=finding.bucket_start,
        opened_at=finding.opened_at,
        accrued_nano_usd=finding.accrued_nano_usd,
        hourly_nano_usd=0 if finding.phase == CALM else finding.hourly_nano_usd,
        observed=first.observed,
        expected=first.expected,
        reason=finding.reason if finding.phase in ("breach", CALM) else first.reason,
        parts=first.parts,
        counts=first.counts,
    )


def added(incident: Incident, finding: Finding, severities: Severities, quiet: str) -> Incident:
    """The incident with a finding among its evidence, ordered by series and rule, and with its
    dollars, causes and severity as that has them; `quiet` says why the finding is not told.

    What has accrued never shrinks, nor does severity while the incident lasts.
    """
    known = {(one.series, one.rule): one for one in incident.evidence}
    key = (finding.series, finding.rule)
    known[key] = of(finding, known.get(key))
    held = [known[key] for key in sorted(known)]
    mine = own(held, incident.series)
    accrued = incident.carried_nano_usd + max((one.accrued_nano_usd for one in mine), default=0)
    accrued = max(accrued, incident.accrued_nano_usd)
    hourly = max((one.hourly_nano_usd for one in mine), default=0)
    impact = projected(accrued, hourly)
    grade = graver(severities.grade(impact), least(incident.cause, mine))
    return replace(
        incident,
        evidence=tuple(held),
        causes=tuple(sorted({one.cause for one in held})),
        accrued_nano_usd=accrued,
        hourly_nano_usd=hourly,
        projected_nano_usd=impact,
        severity=graver(incident.severity, grade),
        quiet=incident.quiet and quiet,
        rulebook=finding.rulebook,
        updated_at=finding.time,
    )


def own(held: Iterable[Evidence], series: str) -> list[Evidence]:
    """The evidence of an incident's own series."""
    return [one for one in held if one.series == series]


def calm(incident: Incident) -> bool:
    """Whether everything that was found of its own series has calmed down."""
    return all(one.phase == CALM for one in own(incident.evidence, incident.series))


def least(cause: str, mine: Sequence[Evidence]) -> str:
    """The mildest severity that a cause allows, by the evidence of the incident's own series; a
    budget's mark of 100 % or more is grave.
    """
    if cause == "budget":
        marks = [int(one.rule.rpartition("/")[2]) for one in mine]
        return SEV3 if max(marks, default=0) >= 100 else INFO
    return LEAST.get(cause, INFO)
