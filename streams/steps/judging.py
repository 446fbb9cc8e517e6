"""Judge, in its parts: what is settled, what is seen already, what is published of both.

Findings wait until every watch partition has passed their time; then they are folded into the
settled incidents in order of time, series and rule. What is published is the settled incidents
with the waiting findings folded in as well, so that an early finding is told at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from policies import catching_up
from policies.incidents import Heard, Incidents, Terms
from policies.life import OVER, State
from schemas import series
from schemas.keys import partition_of
from schemas.moments import DAY_MINUTES, at_minute, micros, minute_of, moment
from schemas.records import Answer, Finding, Incident, Label, Tick, Watermark
from schemas.states import Asked, Pending, Told
from streams.book import Book, Books
from streams.steps.step import Draft, Output, Site

TOLD = ("told",)
KEPT = timedelta(days=35)
"""How long an incident that is over can be looked at."""

CHANGES = timedelta(hours=3)
"""How long one may still be reopened, and so is kept among the settled."""

STALLS = timedelta(minutes=10)
"""How long the watermark may stand still before what burns is called stale."""

ANSWERS = 1000
"""Ids of answers that are remembered, so that a repeat changes nothing."""

WIDE = (series.ORGANISATION, series.UNIT, series.SERVICE)
"""Levels that contain others: their early findings wait, for a narrower one may explain them."""


@dataclass(slots=True)
class Hearing:
    """One batch of the docket while it is judged."""

    draft: Draft
    books: Books
    site: Site
    settled_now: dict[str, Incident] = field(default_factory=dict)
    """The settled incidents after this batch, those included that are forgotten with it."""

    def take(self, record: Any, heard: int) -> None:
        """Keep a record of the docket until its time; `heard` is microseconds since 1970."""
        told = self.told
        self.draft.put(TOLD, replace(told, clock=max(told.clock, heard)))
        if isinstance(record, Finding):
            self._finding(record, heard)
        elif isinstance(record, Watermark):
            self._watermark(record)
        elif isinstance(record, Tick):
            self.draft.put(TOLD, replace(told, clock=max(told.clock, micros(record.time))))
        elif isinstance(record, Answer) and record.id not in told.answers:
            answers = (*told.answers, record.id)[-ANSWERS:]
            self.draft.put(TOLD, replace(self.told, answers=answers))
            self.draft.put(("asked", record.id), Asked(answer=record))

    def _finding(self, finding: Finding, heard: int) -> None:
        """The closed bucket's finding takes the place of the early one."""
        key = ("pending", f"{minute_of(finding.time)}/{finding.series}/{finding.rule}")
        known: Pending | None = self.draft.get(key)
        if known is None or finding.phase != "early":
            at = known.heard if known else moment(heard)
            self.draft.put(key, Pending(finding=finding, heard=at))

    def _watermark(self, mark: Watermark) -> None:
        known = dict(self.told.watermarks)
        name = str(mark.partition)
        known[name] = max(known.get(name, 0), micros(mark.time))
        told = replace(self.told, watermarks=known, partitions=mark.partitions)
        self.draft.put(TOLD, told)

    @property
    def told(self) -> Told:
        """What judge keeps beside incidents."""
        found: Told | None = self.draft.get(TOLD)
        return found or Told()

    @property
    def settled(self) -> datetime:
        """Event time that every watch partition has passed."""
        known = self.told.watermarks
        complete = len(known) >= self.told.partitions > 0
        return moment(min(known.values()) if complete else 0)

    @property
    def clock(self) -> datetime:
        """The latest time that judge knows of."""
        return moment(max(self.told.clock, micros(self.settled)))

    @property
    def book(self) -> Book:
        """The rulebook of the moment."""
        return self.books.at(micros(self.settled))

    def settle(self) -> list[Output]:
        """Fold what is settled for good; answers that teach become labels."""
        known = {str(key): one for key, one in self.draft.below(("settled",)).items()}
        incidents = Incidents(known)
        self._fold(incidents, self._take_settled())
        labels = [self._label(known_as) for known_as in self._answer(incidents, for_good=True)]
        incidents.pass_time(self.clock, self.settled, STALLS)
        for name, incident in incidents.changed.items():
            self.draft.put(("settled", name), incident)
        self.settled_now = {incident.id: incident for incident in incidents.all()}
        for incident in incidents.all():
            if incident.state in OVER and self.settled - incident.updated_at > CHANGES:
                self.draft.put(("settled", incident.id), None)
        return labels

    def _take_settled(self) -> list[Heard]:
        """The findings whose time has passed, which wait no longer.

        An early one that the closed bucket did not confirm says nothing: another rule of the same
        minute may have taken out what it saw.
        """
        ready = [one for one in self._waiting() if one[1].finding.time <= self.settled]
        for name, _ in ready:
            self.draft.put(("pending", name), None)
        return [heard for _, heard in ready if heard.finding.phase != "early"]

    def _waiting(self) -> list[tuple[str, Heard]]:
        """Findings that are not settled, in order of time, series and rule."""
        found = [
            (str(name), Heard(one.finding, one.heard))
            for name, one in self.draft.below(("pending",)).items()
        ]
        return sorted(found, key=lambda one: _order(one[1]))

    def _fold(self, incidents: Incidents, heard: Sequence[Heard]) -> None:
        """Fold findings, ordered, into incidents: all of one moment together."""
        for time, group in groupby(heard, key=lambda one: one.finding.time):
            book = self.books.at(micros(time))
            terms = Terms(book.rulebook.severity, book.rulebook.routes, book.hash)
            incidents.hear(list(group), terms)

    def _answer(self, incidents: Incidents, for_good: bool) -> list[tuple[Answer, Incident]]:
        """Take answers in whose incidents are known; the expected ones, which teach."""
        asked = sorted(
            (one.answer for one in self.draft.below(("asked",)).values()),
            key=lambda answer: (answer.time, answer.id),
        )
        taught = []
        for answer in asked:
            incident = incidents.answer(answer)
            if incident is not None and for_good:
                self.draft.put(("asked", answer.id), None)
            if incident is not None and answer.action == "expected":
                taught.append((answer, incident))
        return taught

    def _label(self, taught: tuple[Answer, Incident]) -> Output:
        """What was expected, to be learnt from the second UTC midnight after the answer."""
        answer, incident = taught
        midnight = (minute_of(answer.time) // DAY_MINUTES + 2) * DAY_MINUTES
        label = Label(
            series=incident.series,
            start=incident.opened_at,
            end=incident.resolved_at or answer.time,
            effective_from=at_minute(midnight),
            incident=incident.id,
        )
        to = partition_of(self.book.root(label.series).encode(), self.site.tallies)
        return Output("label", label.series.encode(), label, to)

    def view(self) -> dict[str, Incident]:
        """The settled incidents with what waits folded in: what is true as far as we know."""
        incidents = Incidents(self.settled_now)
        self._fold(incidents, [one for one in (h for _, h in self._waiting()) if _at_once(one)])
        self._answer(incidents, for_good=False)
        return {incident.id: incident for incident in incidents.all()}

    def publish(self, view: dict[str, Incident]) -> int:
        """Publish what has changed, each with its next revision; how many did."""
        before = {str(key): one for key, one in self.draft.below(("incident",)).items()}
        early = [name for name in self.told.early if name not in self.settled_now]
        found = {**view, **{one.id: one for one in _explained(early, before, view)}}
        early = sorted(name for name in view if name not in self.settled_now)
        self.draft.put(TOLD, replace(self.told, early=tuple(early)))
        found |= catching_up.remembered(found, before)
        found |= catching_up.summed_up(found, self.clock, self.settled, self.book.hash)
        changed = 0
        for name, incident in sorted(found.items()):
            old = before.get(name)
            if old is None or replace(incident, revision=old.revision) != old:
                revision = old.revision + 1 if old else 1
                self.draft.put(("incident", name), replace(incident, revision=revision))
                changed += 1
        for name, old in before.items():
            if old.state in OVER and self.settled - old.updated_at > KEPT:
                self.draft.put(("incident", name), None)
        return changed


def _order(heard: Heard) -> tuple[datetime, str, str]:
    return heard.finding.time, heard.finding.series, heard.finding.rule


def _at_once(heard: Heard) -> bool:
    """Whether it may be told before it is settled."""
    early = heard.finding.phase == "early"
    return not early or series.split(heard.finding.series)[0] not in WIDE


def _explained(
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
