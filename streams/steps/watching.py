"""Watch, in its parts: fold tallies, close minutes, look at open ones, add up budgets, allocate."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from schemas import records
from schemas.integers import unpacked
from schemas.kinds import Kind
from schemas.moments import DAY_MINUTES, MINUTE, at_minute, minute_of
from schemas.records import Finding, Label, Tally
from schemas.states import Bucket, Series
from streams.book import Books
from streams.steps import applying, burnt, finals, folding, former, resting, speaking, waiting
from streams.steps.allocating import Allocating
from streams.steps.amounts import correcting
from streams.steps.closing import Closing
from streams.steps.folding import RECENT
from streams.steps.growing import Growth
from streams.steps.siblings import day_by_day, keep
from streams.steps.spending import Till
from streams.steps.spent import Amounts
from streams.steps.step import Draft, Output, Site
from streams.steps.watcher import Said

NONE = Amounts()
"""Of a series that is touched and has spent nothing yet: never changed, one for all."""

FEW = 200
"""So many series are shown as often as they change; of more, each once a minute at least."""


@dataclass(slots=True)
class Batch:
    """One batch of watch while it is worked on."""

    growth: Growth
    books: Books
    closed: int
    """Minutes before it are closed, minutes since 1970."""

    draft: Draft = field(init=False)
    _began: int = field(init=False)
    """How far was closed before."""

    amounts: dict[str, Amounts] = field(default_factory=dict)
    """Series that were touched by name, and what their budgets have to know."""

    growing: set[str] = field(default_factory=set)
    """Those of them that do no more than grow, as all that only grew in columns do: they are
    touched again when their minute closes."""

    findings: list[Finding] = field(default_factory=list)
    standing: list[records.Budget] = field(default_factory=list)
    """Where the budgets stand that changed."""

    def __post_init__(self) -> None:
        self.draft, self._began = Draft(self.growth), self.closed

    @property
    def history_until(self) -> int:
        """Microseconds since 1970."""
        return applying.history_until(self.draft)

    def of(self, name: str) -> Amounts:
        """The amounts of a series, which is touched by this."""
        self.growing.discard(name)
        found = self.amounts.get(name, NONE)
        if found is NONE:
            found = self.amounts[name] = Amounts()
        return found

    def fold(self, tally: Tally) -> None:
        """Take a tally in; what does not wait for its minute is spent at once."""
        self._wake_late(tally)
        pool = tally.source.startswith(applying.POOL)
        rows = self.growth.fold(tally, self.closed)
        for name, at_once, waits in folding.fold(self.draft, tally, self.closed, rows):
            if name not in self.amounts:
                self.amounts[name] = NONE
                if waits:
                    self.growing.add(name)
            elif not waits:
                self.growing.discard(name)
            for minute, kind, bucket, known in at_once:
                if kind == Kind.FINAL:
                    finals.keep(self.draft, name, minute, bucket.cost)
                elif known >= self.closed and not pool:
                    waiting.keep(self.draft, name, known, minute, correcting(kind, bucket.cost))
                elif not pool:
                    self.of(name).known(minute, minute, correcting(kind, bucket.cost))

    def _touched(self) -> Collection[str]:
        """All series that were touched, by name or in columns."""
        return self.amounts.keys() | self.growth.told()

    def _wake_late(self, tally: Tally) -> None:
        """Close series that rest before an amount joins minutes that have passed."""
        late = unpacked(tally.minute) < self.closed
        if late.any():
            names = tally.names
            for at in np.unique(unpacked(tally.at)[late]).tolist():
                self.wake(names[at])

    def wake(self, name: str) -> None:
        """Close a series up to the clock, if it rested."""
        known: Series | None = self.draft.get(("series", name))
        if known is not None and known.closed < self.closed:
            since = applying.since(self.draft)
            self._closing(name, since).until(self.closed)

    def _closing(self, name: str, since: int, draft: Draft | None = None) -> Closing:
        """A series whose minutes are to be closed, in a draft of its own on trial."""
        return Closing(self.draft if draft is None else draft, name, self.books, since, self.closed)

    def label(self, label: Label) -> None:
        """Keep a label until the minute it takes effect; one that comes too late waits a day.

        A minute has one label: the next of a series takes effect a minute later.
        """
        minute = minute_of(label.effective_from)
        if minute < self.closed:
            minute = (self.closed // DAY_MINUTES + 1) * DAY_MINUTES
        while self.draft.get(("label", label.series, minute)) not in (None, label):
            minute += 1
        self.draft.put(("label", label.series, minute), label)

    def close(self, reached: int) -> None:
        """Close every series' minutes before a watermark, microseconds since 1970, and spend them.

        It stops where another version of the rulebook begins, whose budgets are others.
        """
        end = max(reached // MINUTE, self.closed)
        begins = former.begins(self.books)
        if end > self.closed:
            self.growth.make()
        for stop in (*sorted(at for at in begins if self.closed < at < end), end):
            self._close(stop)
            self._correct()
            self.standing = self._spend()

    def _close(self, end: int) -> None:
        for stop in day_by_day(self.closed, applying.since(self.draft), end):
            self._pass(stop)
            keep(self.draft, self.books, stop)

    def _pass(self, end: int) -> None:
        """Close every series' minutes before `end`, none of them of another day than the last."""
        since, until = applying.since(self.draft), self.history_until
        rests = resting.Resting(self.draft, self.books, self.closed, end)
        for key, known in sorted(self.draft.below(("series",)).items()):
            name, held = str(key), self.draft.below(("bucket", key, "minute"))
            if end in held or end + 1 in held:  # to be looked at, whatever batch brought it
                self._touch(name)
            for told, minute, amount in waiting.take(self.draft, name, end):
                self.of(name).known(told, minute, amount)
            if known.closed >= end:
                continue  # it begins later, perhaps sooner than is known by now
            if rests.passes(name, known, held):
                if self._forget(name, held, end) or any(at in held for at in rests.minutes):
                    self._touch(name)
            else:
                closing = self._closing(name, since)
                said = closing.until(end)
                self.findings += [speaking.finding(one, self.books, until) for one in said]
                if closing.moved:
                    self.of(name).closed += closing.spent
        self.closed = end

    def _touch(self, name: str) -> None:
        """A series is to be looked at and shown."""
        self.growing.discard(name)
        self.amounts.setdefault(name, NONE)

    def _forget(self, name: str, held: Mapping[str | int, Bucket], end: int) -> bool:
        """Let the minutes of a series that rests go as they leave the rolling hour."""
        first, last = self.closed - RECENT, end - RECENT
        gone = [at for at in range(first + 1, last + 1) if at in held]
        for at in gone:
            self.draft.put(("bucket", name, "minute", at), None)
        return bool(gone)

    def _correct(self) -> None:
        """Say what came late, or was restated, of minutes in which something burnt."""
        came = [name for name, one in self.amounts.items() if one.late or one.restated]
        for name in sorted(came):
            amounts = self.amounts[name]
            found = burnt.corrected(self.draft, name, amounts, self.closed, self.books)
            self.findings += found

    def look(self) -> None:
        """See what the open minutes of touched series have decided already."""
        since, until = applying.since(self.draft), self.history_until
        old, new = self.draft.pair(("series",))
        left = self.draft.pair(resting.LEFT)
        for name in sorted(self._deciding()):
            if self._rests_on(name, resting.left_of(*left, name)):
                continue
            self.wake(name)
            known: Series | None = new.get(name) or old.get(name)
            if known is None or known.closed != self.closed:
                continue
            for said in self._decided(known, name, since):
                if known.told.get(said.rule.name) != said.minute:
                    told = {name: at for name, at in known.told.items() if at >= known.closed}
                    known = replace(known, told={**told, said.rule.name: said.minute})
                    self.draft.put(("series", name), known)
                    self.findings.append(speaking.finding(said, self.books, until))
            if not known.rulebook:  # next time it is looked at if it costs what a rule allows
                begun = self._closing(name, since).begun(known)
                self.draft.put(("series", name), begun)

    def _deciding(self) -> Collection[str]:
        """The touched series, without those that surely decide nothing while they grow."""
        growth = self.growth
        if self.closed != self._began or not (growth.grown & ~growth.alone).any():
            return self._touched()
        by_name = [name for name in self.amounts if not growth.together(name)]
        return {*by_name, *growth.reaching(self.closed)}

    def _rests_on(self, name: str, left: int) -> bool:
        """Whether the open minutes of a series, as they stand, are surely not to be looked at."""
        if left <= 0:
            return False
        spent = 0
        for minute in (self.closed, self.closed + 1):
            held: Bucket | None = self.draft.get(("bucket", name, "minute", minute))
            spent += 0 if held is None else held.cost
        return spent < left

    def _decided(self, known: Series, name: str, since: int) -> Iterator[Said]:
        """What the first open minute has decided, and the next one if the first stays as it is.

        The first waits for stragglers while the next fills already: an overrun in it must not wait
        as well. Where a straggler changes what was decided, judge ends it as unconfirmed.
        """
        first, following = (
            self.draft.get(("bucket", name, "minute", known.closed + at)) for at in (0, 1)
        )
        if resting.full(known, [first]):
            yield from self._closing(name, since).early()
        if following is not None and resting.full(known, [first, following]):
            ahead = Draft(self.draft)
            self._closing(name, since, ahead).until(known.closed + 1)
            yield from self._closing(name, since, ahead).early()

    def _spend(self) -> list[records.Budget]:
        """Add what was spent to the budgets; says where those stand that changed."""
        until, final = self.history_until, applying.final(self.draft, self.books, self.closed)
        for name, minute, cost in finals.take(self.draft, self.books, self.closed):
            self.of(name).shared.append((minute, cost))
        index = self.books.index((self.closed - 1) * MINUTE)
        standing = []
        for one in former.budgets(self.books, index):
            till = Till(self.draft, one.book, one.budget.watched, one.budget, until)
            if self.draft.get(("series", till.name)):
                self.findings += till.ended(self.closed, one.gone)
        book = self.books.versions[index]
        for budget in book.rulebook.budgets:
            till = Till(self.draft, book, budget.watched, budget, until, final)
            if self.draft.get(("series", till.name)) is None:
                continue
            self.wake(till.name)
            self.findings += till.ended(self.closed)
            if till.name in self.amounts or self.growth.grew(till.name):
                amounts = self.amounts.get(till.name, NONE)
                self.findings += till.add(amounts, self.closed)
                stands = till.standing(self.closed, amounts)
                standing += [stands] if stands else []
        spent = [name for name, amounts in self.amounts.items() if amounts.some]
        self.amounts |= dict.fromkeys(spent, NONE)
        return standing

    def _visible(self) -> Collection[str]:
        """The series to be shown: of very many, those that only grow are shown with their minute.

        An allocation costs more than all else of a batch.
        """
        few = np.count_nonzero(self.growth.grown) <= FEW and len(self._touched()) <= FEW
        return self._touched() if few else self.amounts.keys() - self.growing

    def outputs(self, reached: int, site: Site) -> list[Output]:
        """Findings by time, series and rule, then the watermark; allocations by series."""
        book = self.books.at(reached)
        said = sorted(self.findings, key=lambda one: (one.time, one.series, one.rule))
        mark = records.Watermark(
            partition=site.partition, partitions=site.tallies, time=at_minute(self.closed)
        )
        allocations = Allocating(self.draft, book, reached)
        shown = [name for name in sorted(self._visible()) if site.shows and folding.counted(name)]
        return [
            *(Output("docket", one.series.encode(), one) for one in said),
            Output("docket", b"watermark", mark),
            *(Output("allocation", name.encode(), allocations.of(name)) for name in shown),
            *(Output("allocation", f"budget:{one.name}".encode(), one) for one in self.standing),
        ]
