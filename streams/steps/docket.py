"""What judge has heard: findings and answers that wait for their time, and how far time has got."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from policies import correcting
from policies.heard import CORRECTED, Heard
from schemas import series
from schemas.moments import micros, minute_of, moment
from schemas.records import Answer, Finding, Tick, Watermark
from schemas.unsettled import Asked, Pending, Told
from streams.book import Books
from streams.steps.step import Draft, Key

TOLD = ("told",)
ANSWERS = 1000
"""Ids of answers that are remembered, so that a repeat changes nothing."""


@dataclass(slots=True)
class Docket:
    """The docket of one partition while a batch of it is judged."""

    draft: Draft
    books: Books

    def take(self, record: Any, heard: int) -> None:
        """Keep a record of the docket until its time; `heard` is microseconds since 1970."""
        told = self.told
        self.draft.put(TOLD, replace(told, clock=max(told.clock, heard)))
        if isinstance(record, Finding):
            self._finding(record, heard)
        elif isinstance(record, Watermark):
            self._watermark(record)
        elif isinstance(record, Tick):
            clock = max(self.told.clock, micros(record.time))
            self.draft.put(TOLD, replace(self.told, clock=clock))
        elif isinstance(record, Answer) and record.id not in told.answers:
            answers = (*told.answers, record.id)[-ANSWERS:]
            self.draft.put(TOLD, replace(self.told, answers=answers))
            self.draft.put(asked_key(record), Asked(answer=record))

    def _finding(self, finding: Finding, heard: int) -> None:
        """The closed bucket's finding takes the place of the early one; corrections add up."""
        if finding.phase == CORRECTED:
            self._correction(finding, heard)
            return
        key = ("pending", f"{minute_of(finding.time)}/{finding.series}/{finding.rule}")
        known: Pending | None = self.draft.get(key)
        if known is None or finding.phase != "early":
            self._wait(key, finding, heard)

    def _correction(self, finding: Finding, heard: int) -> None:
        opened = minute_of(finding.opened_at)
        at = f"{minute_of(finding.time)}/{finding.series}/corrected/{opened}/{finding.rule}"
        known: Pending | None = self.draft.get(("pending", at))
        if known is not None:
            finding = correcting.together(known.finding, finding)
        self._wait(("pending", at), finding, heard)

    def _wait(self, key: Key, finding: Finding, heard: int) -> None:
        """Keep a finding until its time, as heard when the first under its key was."""
        known: Pending | None = self.draft.get(key)
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

    def passed(self, time: datetime | None) -> bool:
        """Whether a time is settled; one that is not given is."""
        return time is None or time <= self.settled

    def lateness(self, time: datetime) -> timedelta:
        """How long minutes stay open for stragglers, by the rulebook of a time."""
        return timedelta(seconds=self.books.at(micros(time)).rulebook.lateness_s)

    def answers(self) -> list[Answer]:
        """Those that wait, in order of time."""
        found = [one.answer for one in self.draft.below(("asked",)).values()]
        return sorted(found, key=lambda answer: (answer.time, answer.id))

    def take_settled(self) -> list[Heard]:
        """The findings whose time has passed, which wait no longer.

        An early one that the closed bucket did not confirm says nothing: another rule of the same
        minute may have taken out what it saw.
        """
        ready = [one for one in self.waiting() if one[1].finding.time <= self.settled]
        for name, _ in ready:
            self.draft.put(("pending", name), None)
        return [heard for _, heard in ready if heard.finding.phase != "early"]

    def waiting(self) -> list[tuple[str, Heard]]:
        """Findings that are not settled, in order of time, series and rule."""
        found = [
            (str(name), Heard(one.finding, one.heard - self.lateness(one.finding.time)))
            for name, one in self.draft.below(("pending",)).items()
        ]
        return sorted(found, key=lambda one: _order(one[1]))


def asked_key(answer: Answer) -> Key:
    """Where an answer waits: its id is anybody's text, and must not be taken for a number."""
    return ("asked", f"id:{series.escaped(answer.id)}")


def _order(heard: Heard) -> tuple[datetime, str, str]:
    return heard.finding.time, heard.finding.series, heard.finding.rule
