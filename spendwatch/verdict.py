"""The verdict of a demo: the incidents that were told against the overruns that were injected."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from schemas.records import Incident
from schemas.wording import counted
from spendwatch.logbook import Logbook
from spendwatch.simulated import Overrun
from streams.steps.step import key_of


def summary(
    found: Sequence[Incident],
    overruns: Sequence[Overrun],
    usages: int,
    usage_per_s: float,
    first: float | None,
) -> dict[str, Any]:
    """What was found against what was injected.

    `first` is wall seconds until the first incident was shown; `found` counts the overruns that
    have exactly one incident, `false_incidents` the incidents that no overrun explains.
    """
    matched = [[one for one in found if names(overrun, one)] for overrun in overruns]
    explained = {one.id for each in matched for one in each}
    return {
        "usages": usages,
        "injected": len(overruns),
        "incidents": len(found),
        "found": sum(len(each) == 1 for each in matched),
        "resolved": sum(one.state == "resolved" for one in found),
        "false_incidents": sum(one.id not in explained for one in found),
        "first_incident_s": None if first is None else round(first, 1),
        "usage_per_s": round(usage_per_s),
        "details": [
            {
                "overrun": str(overrun.kind),
                "owner": overrun.owner,
                "incidents": [_detail(one) for one in each],
            }
            for overrun, each in zip(overruns, matched, strict=True)
        ],
    }


def _detail(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "series": incident.series,
        "owner": incident.owner,
        "causes": list(incident.causes),
        "state": incident.state,
        "accrued_nano_usd": incident.accrued_nano_usd,
    }


def told(verdict: dict[str, Any]) -> str:
    """A summary in words."""
    return (
        f"{counted(verdict['usages'], 'usage')} at {verdict['usage_per_s']} a second with history, "
        f"{counted(verdict['injected'], 'overrun')} injected, "
        f"{counted(verdict['incidents'], 'incident')}, "
        f"{verdict['false_incidents']} of them false, {verdict['resolved']} resolved; "
        f"the first was shown after {verdict['first_incident_s']} s"
    )


def incidents(book: Logbook) -> list[Incident]:
    """The incidents that were told."""
    known: dict[Any, Incident] = {}
    for record in book.log.read("incident", 0):
        key = key_of(record.key or b"")
        if key[0] == "incident" and record.value:
            known[key] = book.codec.decode(record.value)
    told = [one for one in known.values() if one.quiet == "" and one.state != "merged"]
    return sorted(told, key=lambda one: (one.opened_at, one.id))


def names(overrun: Overrun, incident: Incident) -> bool:
    """Whether an incident is of an overrun: it names its series, and its time overlaps."""
    ended = incident.resolved_at or incident.updated_at
    overlaps = incident.opened_at <= overrun.end + timedelta(hours=1) and ended >= overrun.start
    named = overrun.names.items()
    agrees = all(incident.dimensions.get(name, value) == value for name, value in named)
    some = any(incident.dimensions.get(name) == value for name, value in named)
    return overlaps and agrees and some
