"""Catching up: what was heard of too late to be told one by one is told in one summary."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from policies.heard import CATCHING_UP, CAUGHT_UP, TOLD
from policies.life import OVER, State
from policies.opening import identity
from policies.severity import INFO
from schemas.records import Incident

SUMMED_UP = "summed_up"
"""Why an incident is not told: the summary has told of it."""

CAUSE = "catching_up"
MOST = 10
"""Incidents that a summary names, the dearest first."""


def summed_up(
    incidents: Mapping[str, Incident], clock: datetime, reached: datetime, rulebook: str
) -> dict[str, Incident]:
    """Once judge has caught up: the summary of what it could not tell in time, and those marked.

    Empty while it is behind, and where there is nothing to sum up. What was merged is told with
    the incident that explains it.
    """
    late = [one for one in incidents.values() if one.quiet == CAUGHT_UP and one.state in OVER]
    if not late or clock - reached > CATCHING_UP:
        return {}
    marked = {one.id: replace(one, quiet=SUMMED_UP) for one in late}
    ended = [one for one in late if one.state != State.MERGED]
    if not ended:
        return marked
    summary = _summary(ended, reached, rulebook)
    return {summary.id: summary, **marked}


def remembered(
    incidents: Mapping[str, Incident], before: Mapping[str, Incident]
) -> dict[str, Incident]:
    """Those that a summary has told of already."""
    return {
        name: replace(one, quiet=SUMMED_UP)
        for name, one in incidents.items()
        if one.quiet == CAUGHT_UP and name in before and before[name].quiet == SUMMED_UP
    }


def _summary(late: list[Incident], at: datetime, rulebook: str) -> Incident:
    """One incident that stands for many: it is over as soon as it is told."""
    dearest = sorted(late, key=lambda one: (-one.accrued_nano_usd, one.id))
    total = sum(one.accrued_nano_usd for one in late)
    places = tuple(dict.fromkeys(place for one in dearest for place in one.places))
    return Incident(
        id=identity(CAUSE, at),
        revision=0,
        generation=1,
        series=f"{CAUSE}:{len(late)}",
        owner="",
        dimensions={},
        cause=CAUSE,
        causes=(CAUSE,),
        severity=INFO,
        state=State.RESOLVED,
        opened_at=min(one.opened_at for one in late),
        resolved_at=at,
        updated_at=at,
        accrued_nano_usd=total,
        projected_nano_usd=total,
        hourly_nano_usd=0,
        evidence=tuple(found for one in dearest[:MOST] for found in one.evidence[:1]),
        news="caught_up",
        places=places,
        rulebook=rulebook,
        quiet=TOLD,
    )
