"""From a history and two rulebooks to the report that stands them side by side."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.records import Finding
from schemas.rules import Rule
from spendwatch.failures import Failure
from spendwatch.tuning import telling
from spendwatch.tuning.changes import Rulebooks, meters_otherwise, typed
from spendwatch.tuning.false_alarms import a_month, false_alarms
from spendwatch.tuning.histories import Read, Source, until
from spendwatch.tuning.labels import Label, real, scores, unknown
from spendwatch.tuning.living import Band, Job, Told, all_told
from spendwatch.tuning.report import Position, Report, Side
from spendwatch.tuning.telling import Heard, Span
from streams import backtest, knob
from streams.book import Book, Books
from streams.recorded import History, Recorded

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Lane:
    """All that one rulebook said."""

    book: Book
    findings: Sequence[Finding]
    heard: Sequence[Heard]


@dataclass(slots=True)
class Tuning:
    """One run: the history under today's rulebook and under the change."""

    books: Rulebooks
    read: Read
    other: Read
    """The same history as the change meters it."""

    span: Span
    labels: Sequence[Label] = ()
    asks: bool = False
    """Whether other positions of the knob are wanted, and the bands of series."""

    @classmethod
    def of(cls, books: Rulebooks, source: Source, start: int | None, end: int | None) -> "Tuning":
        """Reads the history; a change that meters otherwise reads it anew. Raises Failure."""
        read = source.read(Books([books.today]))
        other = read
        if books.changed is not None and not read.buckets and meters_otherwise(books):
            other = source.read(Books([books.changed]))
        read, other = (
            replace(one, history=until(one.history, end or one.history.end))
            for one in (read, other)
        )
        history = read.history
        span = Span(max(start or 0, history.since), history.end)
        if span.start >= span.end:
            raise Failure("there is no history between --from and --to")
        return cls(books, read, other, span)

    def run(self, advance: Advance) -> tuple[Report, Sequence[Told]]:
        """The report, and what was said of each series."""
        told = sorted(self._told(advance), key=lambda one: one.name)
        today = self._lane(self.books.today, self.read, [one.today for one in told])
        changed = None
        if self.books.changed is not None:
            said = [one.changed for one in told]
            changed = self._lane(self.books.changed, self.other, said)
        held = None
        if changed is not None:
            held = telling.compared(today.heard, changed.heard, self.span.end)
        report = Report(
            self.span,
            self._history([*today.heard, *(changed.heard if changed else [])]),
            self.books.settings,
            self._side(today, today),
            None if changed is None else self._side(changed, today),
            held,
            list(self._knob(told, today)),
            self.books.patch,
        )
        return report, told

    def _told(self, advance: Advance) -> Iterator[Told]:
        """What was said of each series that anything watches."""
        series, other = self._watched()
        bare = replace(self.read.history, series=())
        job = Job(series, other, self.books.today, self.books.changed, bare, self.asks)
        for part in all_told(job):
            advance(len(part))
            yield from part

    def _watched(self) -> tuple[list[Recorded], list[Recorded]]:
        """Those that a rule of either rulebook watches; apart where they are metered otherwise."""
        books = [self.books.today, *([self.books.changed] if self.books.changed else [])]
        mine = {one.name: one for one in self.read.history.series}
        theirs = {one.name: one for one in self.other.history.series}
        names = [name for name in sorted({*mine, *theirs}) if any(b.rules(name) for b in books)]
        grain = self.read.history.grain
        series = [mine.get(name) or Recorded(name, grain) for name in names]
        if self.other is self.read:
            return series, []
        return series, [theirs.get(name) or Recorded(name, grain) for name in names]

    def _lane(self, book: Book, read: Read, said: Sequence[Sequence[Finding]]) -> Lane:
        """What a rulebook's rules and budgets said, as incidents."""
        history = read.history
        findings = [one for each in said for one in each]
        series = {one.name: one for one in history.series}
        findings += backtest.budgeted(series, book, history)
        return Lane(book, findings, self._heard(findings, book))

    def _heard(self, findings: Sequence[Finding], book: Book) -> list[Heard]:
        incidents = backtest.judged(findings, Books([book]))
        return telling.heard(incidents, findings, self.span)

    def _side(self, lane: Lane, today: Lane) -> Side:
        watching = _watching(lane.book, self.read.history)
        found = None
        if self.labels:
            found = scores(self.labels, lane.heard, today.heard, self.span.end)
        known = real(self.labels, lane.heard, today.heard, self.span.end)
        alarms = false_alarms(watching, lane.findings, self.span, known)
        return Side(lane.book.hash, lane.heard, alarms, found)

    def _knob(self, told: Sequence[Told], today: Lane) -> Iterator[Position]:
        """What other positions of the knob would have said, with what it does not turn."""
        watching = _watching(today.book, self.read.history)
        rules = [rule for each in watching.values() for rule in each]
        turned = {rule.name for rule in rules if knob.turns(rule)}
        if not turned or not self.asks:
            return
        rest = [one for one in today.findings if one.rule not in turned]
        for factor in knob.FACTORS:
            findings = [*rest, *(one for each in told for one in each.knob.get(factor, ()))]
            heard = self._heard(findings, today.book)
            settings = typed(today.book.rulebook, turned, factor)
            borne = sum(a_month(each, factor) for each in watching.values())
            yield Position(factor, borne, heard, settings)

    def _history(self, told: Sequence[Heard]) -> dict[str, Any]:
        history, book = self.read.history, self.books.today
        left_out: dict[str, str] = {}
        watched = 0
        for one in history.series:
            rules = book.rules(one.name)
            watched += bool(rules)
            left_out |= {rule.name: why for rule in rules if (why := backtest.unfit(rule, history))}
        return {
            "made_of": self.read.made_of,
            "grain": str(history.grain),
            "series": len(history.series),
            "watched": watched,
            "left_out": [{"rule": name, "why": why} for name, why in sorted(left_out.items())],
            "notes": list(self._notes(told)),
        }

    def _notes(self, told: Sequence[Heard]) -> Iterator[str]:
        """What a reader would else look for in the figures."""
        for name, book, read in (("today's", self.books.today, self.read),
                                 ("the changed", self.books.changed, self.other)):  # fmt: skip
            if book is not None and not _watching(book, read.history):
                yield (f"{name} rulebook watches none of these series, so only its budgets can "
                       f"say something; one of them is {read.history.series[0].name}")  # fmt: skip
        if self.read.buckets and self.books.changed and meters_otherwise(self.books):
            yield ("buckets are priced and owned already: what is set of rates, owners, "
                   "pools or cuts moves no dollar in them")  # fmt: skip
        yield from unknown(self.labels, told, (one.name for one in self.read.history.series))


def _watching(book: Book, history: History) -> dict[str, Sequence[Rule]]:
    """The rules that were run, by series."""
    rules = {one.name: backtest.fitting(book.rules(one.name), history) for one in history.series}
    return {name: held for name, held in rules.items() if held}


def bands(told: Sequence[Told]) -> dict[str, Band]:
    """The hours of series of which anything was said."""
    return {one.name: one.band for one in told if one.band is not None}
