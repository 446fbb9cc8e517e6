"""Judge, in its parts: what is settled, what is seen already, what is published of both.

Findings wait until every watch partition has passed their time; then they are folded into the
settled incidents in order of time, series and rule. What is published is the settled incidents
with the waiting findings folded in as well, so that an early finding is told at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from policies import catching_up, correcting
from policies.answers import answered, quiet_until
from policies.heard import CORRECTED, Heard, Terms
from policies.incidents import Incidents
from policies.life import KEPT_DAYS, OVER
from schemas import series
from schemas.keys import partition_of
from schemas.moments import DAY_MINUTES, at_minute, micros, minute_of
from schemas.records import Answer, Incident, Label
from streams.book import Book, Books
from streams.steps import unconfirmed
from streams.steps.docket import TOLD, Docket, asked_key
from streams.steps.step import Draft, Output, Site

KEPT = timedelta(days=KEPT_DAYS)
CHANGES = timedelta(hours=3)
"""How long one may still be reopened, and so is kept among the settled."""

STALLS = timedelta(minutes=10)
"""How long the watermark may stand still before what burns is called stale."""

UNKNOWN = timedelta(hours=1)
"""How long an answer waits for its incident to be settled; then there is none."""

WIDE = (series.ORGANISATION, series.UNIT, series.SERVICE)
"""Levels that contain others: their early findings wait, for a narrower one may explain them."""


@dataclass(slots=True)
class Hearing:
    """One batch of the docket while it is judged."""

    draft: Draft
    books: Books
    site: Site
    docket: Docket = field(init=False)
    settled_now: dict[str, Incident] = field(default_factory=dict)
    """The settled incidents after this batch, those included that are forgotten with it."""

    def __post_init__(self) -> None:
        self.docket = Docket(self.draft, self.books)

    @property
    def settled(self) -> datetime:
        """Event time that every watch partition has passed."""
        return self.docket.settled

    @property
    def book(self) -> Book:
        """The rulebook of the moment."""
        return self.books.at(micros(self.settled))

    def settle(self) -> list[Output]:
        """Fold what is settled for good; answers that teach become labels."""
        docket = self.docket
        due = [one for one in docket.answers() if _due(one, docket)]
        known = {str(key): one for key, one in self.draft.below(("settled",)).items()}
        heard = docket.take_settled()
        incidents = Incidents({**self._answerable(due), **known})
        taken = self._fold(incidents, heard, due)
        self._forget(due, taken)
        stalls = STALLS + docket.lateness(self.settled)
        incidents.pass_time(docket.clock, self.settled, stalls)
        for name, incident in incidents.changed.items():
            self.draft.put(("settled", name), incident)
        self.settled_now = {incident.id: incident for incident in incidents.all()}
        self.settled_now |= self._corrected(heard)
        for incident in incidents.all():
            if self._is_past(incident):
                self.draft.put(("settled", incident.id), None)
        return [self._label(*one) for one in taken if one[0].action == "expected"]

    def _is_past(self, incident: Incident) -> bool:
        """Whether nothing can change it any more."""
        old = self.docket.passed(incident.updated_at + CHANGES)
        return incident.state in OVER and old and self.docket.passed(quiet_until(incident))

    def _answerable(self, given: Sequence[Answer]) -> dict[str, Incident]:
        """Incidents that are over for so long that they are only published, and are answered."""
        found = {}
        for answer in given:
            old: Incident | None = self.draft.get(("incident", answer.incident))
            if old is not None and self._was_settled(old) and answered(old, answer) != old:
                found[old.id] = replace(old, revision=0)
        return found

    def _corrected(self, heard: Sequence[Heard]) -> dict[str, Incident]:
        """Incidents that are over for so long that they are only published, and are corrected."""
        findings = [one.finding for one in heard if one.finding.phase == CORRECTED]
        found: dict[str, Incident] = {}
        old = self._past() if findings else {}
        for finding in findings:
            decided = correcting.decide({**old, **found}.values(), finding)
            if decided.incident is not None:
                found[decided.incident.id] = decided.incident
        return found

    def _past(self) -> dict[str, Incident]:
        """What was settled once and is only published now."""
        published: dict[str | int, Incident] = dict(self.draft.below(("incident",)))
        return {
            one.id: one
            for one in published.values()
            if one.id not in self.settled_now and self._was_settled(one)
        }

    def _was_settled(self, old: Incident) -> bool:
        """Whether an incident that was published had been settled; no summary ever is."""
        return old.id not in self.docket.told.early and old.cause != catching_up.CAUSE

    def _forget(self, due: Sequence[Answer], taken: Sequence[tuple[Answer, Incident]]) -> None:
        """Answers that were taken in wait no longer, nor do those to what never was an incident."""
        done = {answer.id for answer, _ in taken}
        for answer in due:
            if answer.id in done or self.docket.passed(answer.time + UNKNOWN):
                self.draft.put(asked_key(answer), None)

    def _fold(
        self, incidents: Incidents, heard: Sequence[Heard], given: Sequence[Answer]
    ) -> list[tuple[Answer, Incident]]:
        """Fold findings, all of one moment together, and answers between them, in order of time.

        An answer to what is not known yet is taken as soon as it is. Returns those taken, each
        with its incident as it was then.
        """
        taken: list[tuple[Answer, Incident]] = []
        waiting = list(given)
        for time, group in groupby(heard, key=lambda one: one.finding.time):
            waiting = _answer(incidents, waiting, time, taken)
            book = self.books.at(micros(time))
            terms = Terms(book.rulebook.severity, book.rulebook.routes, book.hash)
            incidents.hear(list(group), terms)
        _answer(incidents, waiting, None, taken)
        return taken

    def _label(self, answer: Answer, incident: Incident) -> Output:
        """What was expected, to be learnt from the second UTC midnight after the answer."""
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
        waiting = [heard for _, heard in self.docket.waiting() if _at_once(heard)]
        self._fold(incidents, waiting, self.docket.answers())
        return {incident.id: incident for incident in incidents.all()}

    def publish(self, view: dict[str, Incident]) -> int:
        """Publish what has changed, each with its next revision; how many did."""
        before = {str(key): one for key, one in self.draft.below(("incident",)).items()}
        early = [name for name in self.docket.told.early if name not in self.settled_now]
        found = {**view, **{one.id: one for one in unconfirmed.ended(early, before, view)}}
        early = sorted(name for name in view if name not in self.settled_now)
        self.draft.put(TOLD, replace(self.docket.told, early=tuple(early)))
        found |= catching_up.remembered(found, before)
        clock = self.docket.clock - self.docket.lateness(self.settled)
        found |= catching_up.summed_up({**before, **found}, clock, self.settled, self.book.hash)
        changed = 0
        for name, incident in sorted(found.items()):
            old = before.get(name)
            if old is None or replace(incident, revision=old.revision) != old:
                revision = old.revision + 1 if old else 1
                self.draft.put(("incident", name), replace(incident, revision=revision))
                changed += 1
        for name, old in before.items():
            old_enough = self.docket.passed(old.updated_at + KEPT) and name not in found
            if old.state in OVER and old_enough:
                self.draft.put(("incident", name), None)
        return changed


def _due(answer: Answer, docket: Docket) -> bool:
    """Whether it may be taken for good: what ends an incident waits for its turn among findings."""
    return answer.action != "expected" or docket.passed(answer.time)


def _at_once(heard: Heard) -> bool:
    """Whether it may be told before it is settled."""
    early = heard.finding.phase == "early"
    return not early or series.split(heard.finding.series)[0] not in WIDE


def _answer(
    incidents: Incidents,
    given: Sequence[Answer],
    until: datetime | None,
    taken: list[tuple[Answer, Incident]],
) -> list[Answer]:
    """Take in the answers given before a time, or all; returns those that wait on."""
    waiting = []
    for answer in given:
        due = until is None or answer.time < until
        incident = incidents.answer(answer) if due else None
        if incident is None:
            waiting.append(answer)
        else:
            taken.append((answer, incident))
    return waiting
