"""What has changed, in one line for the thread, the comment or the log of a place.

Changes collapse on the way to a slow place, so the line is found by comparing what the place was
last told with what is now, not only from the name of the last change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from notifiers import silence
from notifiers.figures import clock_time, duration, headline_dollars
from notifiers.subject import DROP, main_evidence
from notifiers.text import cut
from schemas.moments import rfc3339
from schemas.money import dollars
from schemas.records import Incident

OVER = frozenset({"resolved", "expected", "merged"})
"""States in which nothing more is asked of anybody."""

SEVERITIES = ("info", "SEV3", "SEV2", "SEV1")
"""Mildest first."""

LOUD = frozenset({"worse", "reopened", "resolved"})
"""Changes that the whole place should see, not only who follows the thread."""

TOLD = ("told", "state", "severity", "generation", "news")
"""The names under which a place keeps what it was last told."""


@dataclass(frozen=True, slots=True)
class News:
    """A line about what changed, empty when nothing did that is worth one."""

    text: str
    loud: bool


def is_over(incident: Incident) -> bool:
    """Whether its life has ended."""
    return incident.state in OVER


def told(incident: Incident) -> dict[str, str]:
    """What a place has been told once it shows this revision; part of its `remote`."""
    now = (incident.revision, incident.state, incident.severity, incident.generation)
    return dict(zip(TOLD, (*map(str, now), _change(incident)), strict=True))


def _change(incident: Incident) -> str:
    """A mark of the last change, by whom, and until when: growth alone does not alter it."""
    until = "" if incident.until is None else rfc3339(incident.until)
    return sha256(f"{incident.news}|{until}|{incident.by}".encode()).hexdigest()[:12]


def news(incident: Incident, before: Mapping[str, str] | None = None) -> News:
    """What is new to somebody who was last told `before`; without it, what changed last."""
    if before and before.get("told") == str(incident.revision):
        return News("", loud=False)
    kind = _kind(incident, before or {})
    line = _line(kind, incident) if kind else ""
    rose = _rose(incident, before or {}) and not is_over(incident)
    if rose and kind != "worse":
        line = f"{line} {_worse(incident)}".strip()
    return News(line, loud=rose or kind in LOUD)


def _line(kind: str, incident: Incident) -> str:
    lines = {**LINES, **silence.LINES} if silence.is_silence(incident) else LINES
    return lines[kind](incident)


def _kind(incident: Incident, before: Mapping[str, str]) -> str:
    """The change to tell: a new life, else the last change if it is new, else a new state."""
    if before.get("generation", str(incident.generation)) != str(incident.generation):
        return incident.state if is_over(incident) else "reopened"
    if before.get("news") == _change(incident):
        return ""
    if incident.news in LINES:
        return incident.news
    return incident.state if before.get("state", incident.state) != incident.state else ""


def _rose(incident: Incident, before: Mapping[str, str]) -> bool:
    return _rank(incident.severity) > _rank(before.get("severity", incident.severity))


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _opened(incident: Incident) -> str:
    return f"Opened at {clock_time(incident.opened_at)}."


def _reopens(incident: Incident) -> str:
    return f"It is back: {_so_far(incident)}."


def _worse(incident: Incident) -> str:
    return f"Worse, now {cut(incident.severity, 10)}: {_so_far(incident)}."


def _so_far(incident: Incident) -> str:
    if silence.is_silence(incident):
        return silence.so_far(incident)
    main = main_evidence(incident)
    if main is not None and main.cause == DROP:
        return f"{dollars(main.observed)} where {dollars(main.expected)} was expected"
    over, pace = map(headline_dollars, (incident.accrued_nano_usd, incident.hourly_nano_usd))
    return f"{over} over so far, {pace}/h above expected"


def _acknowledged(incident: Incident) -> str:
    return f"Acknowledged{_by(incident)}."


def _snoozed(incident: Incident) -> str:
    return f"Snoozed{_by(incident)}{_until(incident)}."


def _expected(incident: Incident) -> str:
    return f"Marked as expected{_by(incident)}{_until(incident)}."


def _resolved(incident: Incident) -> str:
    length = duration(lasted(incident))
    if not incident.accrued_nano_usd:
        return f"Resolved after {length}."
    return f"Resolved: {dollars(incident.accrued_nano_usd)} over in total, in {length}."


def _merged(incident: Incident) -> str:
    into = cut(incident.merged_into or "another incident", 60)
    return f"Merged into {into}, which explains it."


def _stale(incident: Incident) -> str:
    return f"No data since {clock_time(last_data(incident))}; what it costs now is unknown."


def _firing(incident: Incident) -> str:
    return f"Firing again: {_so_far(incident)}."


def _woken(incident: Incident) -> str:
    return f"The snooze is over and it still burns: {_so_far(incident)}."


def _burns(incident: Incident) -> str:
    return f"Data is back and it still burns: {_so_far(incident)}."


def _approved(incident: Incident) -> str:
    return f"Approved{_by(incident)}{_until(incident)}."


def _caught_up(incident: Incident) -> str:
    accrued = incident.accrued_nano_usd
    total = f": {dollars(accrued)} in total" if accrued else ""
    return f"All of this was over before it could be told{total}."


def _by(incident: Incident) -> str:
    return f" by {cut(incident.by, 60)}" if incident.by else ""


def _until(incident: Incident) -> str:
    return f" until {clock_time(incident.until)}" if incident.until is not None else ""


def last_data(incident: Incident) -> datetime:
    """The latest bucket of which any rule has spoken."""
    return max((one.bucket_start for one in incident.evidence), default=incident.updated_at)


def lasted(incident: Incident) -> timedelta:
    """From its beginning to its end, or to its latest change."""
    return (incident.resolved_at or incident.updated_at) - incident.opened_at


LINES: Mapping[str, Callable[[Incident], str]] = {
    "opened": _opened,
    "reopened": _reopens,
    "worse": _worse,
    "acknowledged": _acknowledged,
    "snoozed": _snoozed,
    "expected": _expected,
    "resolved": _resolved,
    "merged": _merged,
    "stale": _stale,
    "firing": _firing,
    "woken": _woken,
    "burns": _burns,
    "approved": _approved,
    "caught_up": _caught_up,
}
"""The line of each kind of change; a kind that is not here changes what stands, and adds none."""

STATES = ("firing", "acknowledged", "snoozed", "stale", "resolved", "expected", "merged")
"""The states of an incident; each is also a kind of change."""
