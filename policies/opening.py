"""How an incident begins: new, or as one that was over and has come back."""

from base64 import b32encode
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from policies.heard import Heard
from policies.life import State
from policies.severity import INFO
from schemas.moments import rfc3339
from schemas.records import Finding, Incident

REOPENS = timedelta(hours=2)
"""A breach of the same series so soon after the end is the same overrun again."""


def identity(series: str, first: datetime) -> str:
    """The id of an incident, fixed at opening: a hash of its series and first bucket."""
    digest = blake2b(f"{series}|{rfc3339(first)}".encode(), digest_size=10).digest()
    return f"inc_{b32encode(digest).decode().lower()}"


def named(finding: Finding) -> str:
    """The id of the incident that a finding opens; a mark of a budget has one of its own."""
    of = finding.rule if finding.cause == "budget" else finding.series
    return identity(of, finding.opened_at)


def new(heard: Heard) -> Incident:
    """The incident that a finding opens."""
    finding = heard.finding
    return Incident(
        id=named(finding),
        revision=0,
        generation=1,
        series=finding.series,
        owner=finding.owner,
        dimensions=finding.dimensions,
        cause=finding.cause,
        causes=(),
        severity=INFO,
        state=State.NONE,
        opened_at=finding.opened_at,
        resolved_at=None,
        updated_at=finding.time,
        accrued_nano_usd=0,
        projected_nano_usd=0,
        hourly_nano_usd=0,
        evidence=(),
        news="",
        places=(),
        rulebook=finding.rulebook,
        quiet=heard.quiet,
    )


def reopens(incident: Incident, finding: Finding) -> bool:
    """Whether an incident that is over is the same overrun as a finding of its series."""
    ended = incident.resolved_at
    return (
        incident.state == State.RESOLVED
        and incident.cause != "budget"
        and ended is not None
        and finding.time - ended < REOPENS
    )


def again(incident: Incident) -> Incident:
    """The next generation of an incident whose series burns anew; what has accrued is carried."""
    return replace(_next(incident), carried_nano_usd=incident.accrued_nano_usd)


def resumed(incident: Incident) -> Incident:
    """The next generation of an incident that was let be, and whose very overrun goes on."""
    over = replace(incident, state=State.RESOLVED, merged_into=None, by="", until=None)
    return replace(_next(over), cap_nano_usd_per_hour=0)


def _next(incident: Incident) -> Incident:
    return replace(
        incident,
        generation=incident.generation + 1,
        evidence=tuple(one for one in incident.evidence if one.series != incident.series),
        resolved_at=None,
    )
