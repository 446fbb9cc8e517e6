"""A series whose past is closed at once: the rules, episodes and learning of live, nothing kept.

Beside what rules say it notes what those that can tell say of hours, breach or not.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.rules import Verdict
from schemas.states import Bucket
from streams.book import Books
from streams.steps import burnt
from streams.steps.closing import Closing
from streams.steps.hours import Hours, Run, Whole
from streams.steps.lessons import Learnt, Lessons
from streams.steps.line import Line
from streams.steps.step import Draft
from streams.steps.watcher import Said, Watcher

EVERY = 6
PART = 2
"""A rule is asked every sixth hour, and in each that costs half of what would be a breach: asking
of all hours takes longer than all else."""


class Noted(NamedTuple):
    """What a rule says of the hour that closes with a minute."""

    rule: str
    minute: int
    verdict: Verdict


class Bar(NamedTuple):
    """What the hour that closes with a minute may cost before it is a breach, and usually costs;
    nano-dollars.
    """

    minute: int
    most: int | None
    usual: int


class Unkept(Line):
    """The series without its hours put by: nobody reads them again."""

    def _keep_hour(self, hour: int) -> None:
        """Nothing."""

    def run_hours(self, run: Run) -> None:
        """Whole hours are closed, learnt as they were."""
        self.minutes.run(run.minutes)
        self.hours.run(run.costs)
        self.last = run.last or self.last
        self.minute += len(run.minutes)


class Past(Closing):
    """Closes a series from its first minute on; `noted` holds what the named rules of hours say."""

    def __init__(
        self, draft: Draft, name: str, books: Books, since: int, asked: Sequence[str]
    ) -> None:
        super().__init__(draft, name, books, since, 0)
        self._since, self._asked = since, asked
        self.noted: list[Noted] = []
        self.bars: list[Bar] = []
        """Of the first rule that is asked."""

    def _judge(self, one: Watcher, said: list[Said]) -> None:
        if self._line.minute % HOUR_MINUTES == HOUR_MINUTES - 1:
            self._note(one, self._line.hour)
        super()._judge(one, said)

    def _note(self, one: Watcher, hour: Bucket) -> None:
        """What a rule of hours says of this one, which holds that much in the end."""
        if one.rule.name not in self._asked or one.minutely:
            return
        at, most = self._line.minute // HOUR_MINUTES, one.bar()
        minute = (at + 1) * HOUR_MINUTES - 1
        if one.rule.name == self._asked[0]:
            self.bars.append(Bar(minute, most, one.usual * HOUR_MINUTES))
        if at % EVERY == 0 or (most is not None and hour.cost * PART >= most):
            self.noted.append(Noted(one.rule.name, minute, one.as_it_was(hour)))

    def _save(self, said: list[Said]) -> None:
        """No more is kept than what burnt."""
        self._edition(said)
        burnt.keep(self._draft, said)


class Evenly(Past):
    """The same where only hours are known: each is spread evenly over its minutes.

    A day in which nothing is found closes at once, up to its last hour; so does an hour of the
    others, and only those in which something is found go minute by minute. There is one version
    of the rulebook, no label, and no rule that learns minutes.
    """

    _hours: Hours
    _line: Unkept

    def over(self, hours: Hours, lessons: Lessons) -> Self:
        """The series with its hours, and what was learnt of them already."""
        self._held = self._hours = hours
        self._looked = 0
        self._line = Unkept(self._draft, self._name, self._since)
        self._memories = Learnt(self._draft, self._name, lessons)
        return self

    def _turned(self, hour: int) -> None:
        """Nobody asks for windows."""

    def until(self, end: int) -> list[Said]:
        """Close the hours before `end`."""
        said: list[Said] = []
        self._edition(said)
        line = self._line
        while line.minute < end:
            self._day(end)
            held = self._hours.whole(line.minute)
            for one in self._watchers:
                self._note(one, held.bucket)
            if not self._hour(held):
                self._one_by_one(line.minute + HOUR_MINUTES, said)
        self._save(said)
        return said

    def _day(self, end: int) -> None:
        """Close the hours up to the last of the day at once, if no rule finds anything in them.

        What is asked of each hour needs each; so does what burns.
        """
        line, watchers = self._line, self._watchers
        if self._asked or line.minute < self._looked or any(one.episode for one in watchers):
            return
        self._looked = line.minute - line.minute % DAY_MINUTES + DAY_MINUTES
        run = self._hours.run(line.minute, min(end, self._looked) - HOUR_MINUTES)
        if run.costs and all(one.quiet_hours(run.costs, run.minutes) for one in watchers):
            line.run_hours(run)

    def _judge(self, one: Watcher, said: list[Said]) -> None:
        Closing._judge(self, one, said)  # its hours were noted as they began

    def _hour(self, held: Whole) -> bool:
        """Close an hour at once, if no rule finds anything in it."""
        line, watchers = self._line, self._watchers
        if held.bucket.charges and not held.bucket.cost:
            return False
        if any(one.episode or not one.passes(held.bucket, held.costs) for one in watchers):
            return False
        line.run_together(held.costs, held.bucket, held.last or line.last)
        if held.bucket.cost:
            self.spent.append((line.minute - 1, held.bucket.cost))
        self._turn()
        return True
