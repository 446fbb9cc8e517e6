"""Incidents: what findings and answers, in order of event time, make of them.

A pure fold: the same findings in the same order give the same incidents, so what is settled live
is what a replay says. `Incidents` is a private working copy of those that may still change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from policies import answers, correcting, evidence, grouping, opening
from policies.heard import BURNING, CALM, CORRECTED, Heard, Terms, narrowest
from policies.life import OVER, Signal, State, step
from policies.routes import places
from policies.severity import GRADES
from schemas.records import Answer, Finding, Incident

RELEASED = timedelta(minutes=30)
"""How long what still burns beside a resolved incident is counted as its remainder."""


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
        """Take in all findings of one moment: what goes on, then what begins, narrowest first.

        Last what corrects any of them.
        """
        said = [one for one in heard if one.finding.phase != CORRECTED]
        begins = [one for one in said if not self._goes_on(one, terms)]
        for one in sorted(begins, key=narrowest):
            self._begin(one, terms)
        for incident in self._open():
            if incident.id in self.changed and evidence.calm(incident):
                self._signal(incident, Signal.CALM, heard[0].finding.time)
        for one in heard:
            if one.finding.phase == CORRECTED:
                self._correct(one.finding)

    def _correct(self, finding: Finding) -> None:
        """Correct the incident whose minutes cost more, or less, than they did when they closed."""
        decided = correcting.decide(self.all(), finding)
        if decided.incident is not None:
            self._put(decided.incident)

    def _goes_on(self, heard: Heard, terms: Terms) -> bool:
        """Add to the incident that holds the rule's evidence; False where none does."""
        finding = heard.finding
        key = (finding.series, finding.rule)
        holding = [one for one in self.all() if key in {(e.series, e.rule) for e in one.evidence}]
        current = [one for one in holding if one.state not in OVER]
        if current:
            self._add(current[0], heard, terms)
            return True
        if finding.phase == CALM or any(answers.swallows(one, finding) for one in holding):
            return True
        ended = [one for one in holding if one.state != State.EXPECTED]
        slight = _remains(ended, finding) or (not heard.matters and ended == holding)
        return finding.phase == BURNING and slight

    def _add(self, incident: Incident, heard: Heard, terms: Terms) -> Incident:
        """One more finding of an open incident; a graver one wakes people."""
        finding = heard.finding
        grown = evidence.added(incident, finding, terms.severities, heard.quiet)
        told = places(grown, terms.routes)
        grown = grown if told == grown.places else replace(grown, places=told)
        self._put(grown)
        if GRADES.index(grown.severity) > GRADES.index(incident.severity):
            grown = self._signal(grown, Signal.WORSE, finding.time)
        if finding.series == incident.series:
            grown = self._signal(grown, heard.signal, finding.time)
        return grown

    def _begin(self, heard: Heard, terms: Terms) -> None:
        """A breach that no open incident holds: another's evidence, one come back, or a new one."""
        finding = heard.finding
        same = [one for one in self.all() if one.series == finding.series and _alike(one, finding)]
        if any(answers.swallows(one, finding) for one in same):
            return
        current = next((one for one in same if one.state not in OVER), None)
        current = current or grouping.explaining(finding, self._open())
        if current is not None:
            self._add(current, heard, terms)
            return
        opened = self._opened(same, heard)
        self._put(opened)
        opened = self._add(opened, heard, terms)
        for wide in grouping.explained(opened, self._open()):
            self._merge(wide, opened, finding.time)

    def _opened(self, same: Sequence[Incident], heard: Heard) -> Incident:
        """The incident of a finding before it holds any: one of its series, or a new one."""
        back = next((one for one in same if opening.reopens(one, heard.finding)), None)
        if back is not None:
            return opening.again(back)
        very = self._known.get(opening.named(heard.finding))
        return opening.new(heard) if very is None else opening.resumed(very)

    def _merge(self, wide: Incident, narrow: Incident, at: datetime) -> None:
        """A wider incident ends in the narrower one, which takes its evidence over."""
        held = {(one.series, one.rule): one for one in (*wide.evidence, *narrow.evidence)}
        merged = replace(self._known[narrow.id], evidence=tuple(held[key] for key in sorted(held)))
        causes = tuple(sorted({one.cause for one in merged.evidence}))
        self._put(replace(merged, causes=causes))
        self._put(replace(wide, merged_into=narrow.id))
        self._signal(self._known[wide.id], Signal.EXPLAINED, at)

    def _signal(self, incident: Incident, signal: Signal, at: datetime) -> Incident:
        """Move an incident along its life; what ends it may be of a rulebook corrected later."""
        state, news = step(incident.state, signal)
        if state == incident.state and not news:
            return incident
        over = state in OVER and state is not State.EXPECTED
        moved = replace(
            incident,
            state=state,
            news=news or incident.news,
            resolved_at=max(at, incident.opened_at) if over else incident.resolved_at,
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
        moved = answers.answered(incident, answer)
        if moved != incident:
            self._put(moved)
        return moved

    def pass_time(self, clock: datetime, reached: datetime, stalls: timedelta) -> None:
        """Wake what was snoozed until now; say of what burns whether its data still comes."""
        stalled = clock - reached > stalls
        for incident in self._open():
            if incident.state == State.SNOOZED and incident.until and incident.until <= clock:
                self._signal(incident, Signal.WAKE, clock)
            elif incident.cause not in grouping.ALONE:
                self._signal(incident, Signal.STALL if stalled else Signal.FLOW, clock)


def _remains(ended: Sequence[Incident], finding: Finding) -> bool:
    """Whether it is what an incident left that has just ended."""
    times = [one.resolved_at for one in ended if one.resolved_at]
    return bool(times) and finding.time - max(times) < RELEASED


def _alike(incident: Incident, finding: Finding) -> bool:
    """Marks of budgets are incidents of their own; so are silences."""
    if incident.cause in grouping.ALONE or finding.cause in grouping.ALONE:
        return any(one.rule == finding.rule for one in incident.evidence)
    return True
