"""What was told of an open minute and was not confirmed when it closed."""

from collections.abc import Iterable
from dataclasses import replace

from policies.life import State
from schemas.records import Incident


def ended(
    early: Iterable[str], before: dict[str, Incident], view: dict[str, Incident]
) -> Iterable[Incident]:
    """Incidents that were told before they were settled, and that are none now that all is.

    Most are explained by others; one that nothing holds was not confirmed.
    """
    for name in early:
        incident = before.get(name)
        if incident is None or name in view:
            continue
        others = [one for one in (*view.values(), *before.values()) if one.id != name]
        held = _held(incident)
        by = next((one.id for one in others if held & _held(one) and _meet(one, incident)), None)
        over = replace(incident, hourly_nano_usd=0, resolved_at=incident.updated_at)
        if by is None:
            yield replace(over, state=State.RESOLVED, news="resolved")
        else:
            yield replace(over, state=State.MERGED, news="merged", merged_into=by)


def _held(incident: Incident) -> set[tuple[str, str]]:
    return {(one.series, one.rule) for one in incident.evidence}


def _meet(one: Incident, other: Incident) -> bool:
    """Whether two incidents have lived at the same time."""
    return one.opened_at <= other.updated_at and other.opened_at <= one.updated_at
