"""What people said of an incident: how it moves its life, and what "expected" keeps quiet."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from policies.life import Signal, State, step
from policies.opening import REOPENS
from schemas.records import Answer, Finding, Incident

SIGNALS: Mapping[str, Signal] = {
    "acknowledge": Signal.ACKNOWLEDGE,
    "snooze": Signal.SNOOZE,
    "expected": Signal.EXPECT,
    "approve": Signal.APPROVE,
}
"""What an answer's action is to an incident."""

LEARNT = timedelta(days=2)
"""By then an answer has taught the detectors: it takes effect at the second midnight after it."""


def answered(incident: Incident, answer: Answer) -> Incident:
    """The incident after an answer; the same where it changes nothing."""
    state, news = step(incident.state, SIGNALS[answer.action])
    if state == incident.state and not news:
        return incident
    ended = incident.resolved_at or (answer.time if state is State.EXPECTED else None)
    return replace(
        incident,
        state=state,
        news=news or incident.news,
        by=answer.by,
        until=answer.until,
        cap_nano_usd_per_hour=answer.cap_nano_usd_per_hour or 0,
        updated_at=max(answer.time, incident.updated_at),
        resolved_at=ended,
    )


def quiet_until(incident: Incident) -> datetime | None:
    """Until when an expected incident keeps findings quiet; None for any other."""
    if incident.state != State.EXPECTED or incident.resolved_at is None:
        return None
    return incident.until or incident.resolved_at + LEARNT


def swallows(incident: Incident, finding: Finding) -> bool:
    """Whether somebody has said that this was expected: for as long, and up to the pace, agreed.

    Without an end it holds for what burnt then until that is learnt, and for what follows within
    two hours. What others were found of beside it is quiet with it.
    """
    until = quiet_until(incident)
    if until is None or finding.time > until:
        return False
    if finding.series != incident.series:
        return _seen(incident, finding)
    cap = incident.cap_nano_usd_per_hour
    if cap and finding.hourly_nano_usd > cap:
        return False
    ended = incident.resolved_at or until
    burnt = finding.opened_at <= ended
    return incident.until is not None or burnt or finding.time - ended < REOPENS


def _seen(incident: Incident, finding: Finding) -> bool:
    """Whether the finding goes on with what the incident holds of another series."""
    found = (finding.series, finding.rule, finding.opened_at)
    return found in {(one.series, one.rule, one.opened_at) for one in incident.evidence}
