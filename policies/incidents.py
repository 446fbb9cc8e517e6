"""Incidents: what findings and answers, in order of event time, make of them.

A pure fold: the same findings in the same order give the same incidents, so what is settled live
is what a replay says. `Incidents` is a private working copy of those that may still change.
"""

from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from policies import evidence, grouping
from policies.life import OVER, Signal, State, step
from policies.routes import Route, places
from policies.severity import GRADES, INFO, Severities
from schemas.moments import rfc3339
from schemas.records import Answer, Finding, Incident

REOPENS = timedelta(hours=2)
"""A breach of the same series so soon after the end is the same overrun again."""

RELEASED = timedelta(minutes=30)
"""How long what still burns beside a resolved incident is counted as its remainder."""

CATCHING_UP = timedelta(minutes=15)
"""What is heard of later than this after it happened is recorded, not told."""

HISTORY, CAUGHT_UP, TOLD = "history", "caught_up", ""
"""Why nobody is told; the last: somebody is."""

SIGNALS: Mapping[str, Signal] = {
    "acknowledge": Signal.ACKNOWLEDGE,
    "snooze": Signal.SNOOZE,
    "expected": Signal.EXPECT,
    "approve": Signal.APPROVE,
}
"""What an answer's action is to an incident."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rulebook says of incidents."""

    severities: Severities
    routes: Sequence[Route]
    hash: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A finding, and when the log took it."""

    finding: Finding
    at: datetime

    @property
    def quiet(self) -> str:
        """Why it is not told; empty if it is."""
        if self.finding.history:
            return HISTORY
        return CAUGHT_UP if self.at - self.finding.time > CATCHING_UP else TOLD


def identity(series: str, first: datetime) -> str:
    """The id of an incident, fixed at opening: a hash of its series and first bucket."""
    digest = blake2b(f"{series}|{rfc3339(first)}".encode(), digest_size=10).digest()
    return f"inc_{b32encode(digest).decode().lower()}"


class Incidents:
    """The incidents that may still change, by id."""

    def __init__(self, known: Mapping[str, Incident]) -> None:
        self._known = dict(known)
        self.changed: dict[str, Incident] = {}

    def all(self) -> Iterable[Incident]:
        """Every incident, in order of id."""
        return [self._known[key] for key in sorted(self._known)]

    def _put(self, incident: Incident) -> None:
        self._known[incident.id] = self.changed[incident.id] = incident

    def _open(self) -> list[Incident]:
        return [one for one in self.all() if one.state not in OVER]

    def hear(self, heard: Sequence[Heard], terms: Terms) -> None:
        """Take in all findings of one moment: what goes on, then what begins, narrowest first."""
        begins = [one for one in heard if not self._goes_on(one, terms)]
        for one in sorted(begins, key=_narrowest):
            self._begin(one, terms)
        for incident in self._open():
            if incident.id in self.changed and evidence.calm(incident):
                self._signal(incident, Signal.CALM, heard[0].finding.time)

    def _goes_on(self, heard: Heard, terms: Terms) -> bool:
        """Add to the incident that holds the rule's evidence; False where none does."""
        finding = heard.finding
        key = (finding.series, finding.rule)
        holding = [one for one in self.all() if key in {(e.series, e.rule) for e in one.evidence}]
        current = [one for one in holding if one.state not in OVER]
        if current:
            self._add(current[0], heard, terms)
            return True
        if finding.phase == evidence.CALM:
            return True
        ended = [one.resolved_at for one in holding if one.resolved_at]
        remainder = bool(ended) and finding.time - max(ended) < RELEASED
        return finding.phase == "burning" and (remainder or not _matters(finding))

    def _add(self, incident: Incident, heard: Heard, terms: Terms) -> Incident:
        """One more finding of an open incident; a graver one wakes people."""
        finding = heard.finding
        grown = evidence.added(incident, finding)
        grown = evidence.summed(grown, terms.severities, finding.time)
        grown = replace(grown, quiet=grown.quiet and heard.quiet, rulebook=finding.rulebook)
        grown = replace(grown, places=places(grown, terms.routes))
        self._put(grown)
        if GRADES.index(grown.severity) > GRADES.index(incident.severity):
            grown = self._signal(grown, Signal.WORSE, finding.time)
        if finding.series == incident.series:
            grown = self._signal(grown, _signal_of(finding), finding.time)
        return grown

    def _begin(self, heard: Heard, terms: Terms) -> None:
        """A breach that no open incident holds: another's evidence, a reopening, or a new one."""
        finding = heard.finding
        same = [one for one in self.all() if one.series == finding.series and _alike(one, finding)]
        if any(_swallows(one, finding) for one in same):
            return
        current = next((one for one in same if one.state not in OVER), None)
        current = current or grouping.explaining(finding, self._open())
        if current is not None:
            self._add(current, heard, terms)
            return
        again = next((one for one in same if _reopens(one, finding)), None)
        opened = self._reopen(again, finding) if again else _new(heard)
        self._put(opened)
        opened = self._add(opened, heard, terms)
        for wide in grouping.explained(opened, self._open()):
            self._merge(wide, opened, finding.time)

    def _reopen(self, incident: Incident, finding: Finding) -> Incident:
        """The next generation; what has accrued is carried on."""
        return replace(
            incident,
            generation=incident.generation + 1,
            carried_nano_usd=incident.accrued_nano_usd,
            evidence=tuple(one for one in incident.evidence if one.series != finding.series),
            resolved_at=None,
        )

    def _merge(self, wide: Incident, narrow: Incident, at: datetime) -> None:
        """A wider incident ends in the narrower one, which takes its evidence over."""
        held = {(one.series, one.rule): one for one in (*wide.evidence, *narrow.evidence)}
        merged = replace(self._known[narrow.id], evidence=tuple(held[key] for key in sorted(held)))
        causes = tuple(sorted({one.cause for one in merged.evidence}))
        self._put(replace(merged, causes=causes))
        self._put(replace(wide, merged_into=narrow.id))
        self._signal(self._known[wide.id], Signal.EXPLAINED, at)

    def _signal(self, incident: Incident, signal: Signal, at: datetime) -> Incident:
        """Move an incident along its life."""
        state, news = step(incident.state, signal)
        if state == incident.state and not news:
            return incident
        over = state in OVER and state is not State.EXPECTED
        moved = replace(
            incident,
            state=state,
            news=news or incident.news,
            resolved_at=at if over else incident.resolved_at,
            hourly_nano_usd=0 if over else incident.hourly_nano_usd,
            projected_nano_usd=incident.accrued_nano_usd if over else incident.projected_nano_usd,
            updated_at=max(at, incident.updated_at),
        )
        self._put(moved)
        return moved

    def answer(self, answer: Answer) -> Incident | None:
        """Take an answer in; the incident as it is then, None where it is not known."""
        incident = self._known.get(answer.incident)
        if incident is None:
            return None
        state, news = step(incident.state, SIGNALS[answer.action])
        if state != incident.state or news:
            ended = incident.resolved_at or (answer.time if state is State.EXPECTED else None)
            incident = replace(
                incident,
                state=state,
                news=news or incident.news,
                by=answer.by,
                until=answer.until,
                cap_nano_usd_per_hour=answer.cap_nano_usd_per_hour or 0,
                updated_at=max(answer.time, incident.updated_at),
                resolved_at=ended,
            )
            self._put(incident)
        return incident

    def pass_time(self, clock: datetime, reached: datetime, stalls: timedelta) -> None:
        """Wake what was snoozed until now; say of what burns whether its data still comes."""
        stalled = clock - reached > stalls
        for incident in self._open():
            if incident.state == State.SNOOZED and incident.until and incident.until <= clock:
                self._signal(incident, Signal.WAKE, clock)
            elif incident.cause not in grouping.ALONE:
                self._signal(incident, Signal.STALL if stalled else Signal.FLOW, clock)


def _matters(finding: Finding) -> bool:
    """Whether what burns still adds a tenth of what it has cost within an hour."""
    return finding.hourly_nano_usd * 10 > finding.accrued_nano_usd


def _narrowest(heard: Heard) -> tuple[int, str, str]:
    return -len(heard.finding.dimensions), heard.finding.series, heard.finding.rule


def _signal_of(finding: Finding) -> Signal:
    if finding.phase in (evidence.CALM, "burning"):
        return Signal.BURN
    return Signal.MUTE if finding.cause == "silence" else Signal.BREACH


def _alike(incident: Incident, finding: Finding) -> bool:
    """Marks of budgets are incidents of their own; so are silences."""
    if incident.cause in grouping.ALONE or finding.cause in grouping.ALONE:
        return any(one.rule == finding.rule for one in incident.evidence)
    return True


def _swallows(incident: Incident, finding: Finding) -> bool:
    """Whether somebody has said that this was expected: for as long, and up to the pace, agreed."""
    if incident.state != State.EXPECTED:
        return False
    if incident.cap_nano_usd_per_hour and finding.hourly_nano_usd > incident.cap_nano_usd_per_hour:
        return False
    if incident.until is not None:
        return finding.time <= incident.until
    return incident.resolved_at is not None and finding.time - incident.resolved_at < REOPENS


def _reopens(incident: Incident, finding: Finding) -> bool:
    ended = incident.resolved_at
    return (
        incident.state == State.RESOLVED
        and incident.cause != "budget"
        and ended is not None
        and finding.time - ended < REOPENS
    )


def _new(heard: Heard) -> Incident:
    """The incident that a finding opens."""
    finding = heard.finding
    named = finding.rule if finding.cause == "budget" else finding.series
    return Incident(
        id=identity(named, finding.opened_at),
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
