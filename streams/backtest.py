"""What rules would have said of a recorded past: series by series, then incidents by time.

The rules, episodes, budgets and incidents are those of watch and judge; only the shell differs.
A series knows of others no more than what its siblings cost, which is worked out before
(`recorded.introduce`): until judge hears of it any number may be worked on at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from detectors import DETECTORS
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, micros, minute_of
from schemas.records import Finding, Incident, Watermark
from schemas.rules import Grain, Rule
from schemas.siblings import family_of
from schemas.states import Series, Spent
from streams import pipeline
from streams.book import Book, Books
from streams.log import Record
from streams.recorded import History, Recorded
from streams.steps import burnt, speaking
from streams.steps.lessons import Lessons
from streams.steps.past import Bar, Evenly, Noted, Past
from streams.steps.spending import Till
from streams.steps.spent import Amounts
from streams.steps.step import Draft, Site, State
from streams.walk import Passing


@dataclass(frozen=True, slots=True)
class Lived:
    """What was said of a series."""

    name: str
    findings: Sequence[Finding] = ()
    noted: Sequence[Noted] = ()
    bars: Sequence[Bar] = ()


def fitting(rules: Iterable[Rule], history: History) -> tuple[Rule, ...]:
    """The rules that a past of its grain can tell of."""
    return tuple(rule for rule in rules if not unfit(rule, history))


def unfit(rule: Rule, history: History) -> str:
    """Why a rule can't tell; empty where it can."""
    known = history.quantities
    if known is not None and rule.cause == "share":
        return "its buckets do not say which charges lack a price or an owner"
    if known is not None and rule.cause == "price_per_call" and "requests" not in known:
        return "its buckets hold no requests"
    if known is not None and rule.cause == "unit_cost" and not known:
        return "its buckets hold no quantities"
    if history.grain is Grain.MINUTE or rule.grain is not Grain.MINUTE:
        return ""
    if rule.cause in DETECTORS:
        return "it watches minutes"
    return "its window is shorter than an hour" if rule.memory + 1 < HOUR_MINUTES else ""


def anew(before: Sequence[Rule], after: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules of a change that have to be run again.

    Where one that guards differs, all that guard: what it finds the others do not learn.
    """
    differ = [rule for rule in after if rule not in before]
    gone = [rule for rule in before if rule not in after]
    if any(rule.guards for rule in (*differ, *gone)):
        return tuple(rule for rule in after if rule.guards or rule in differ)
    return tuple(differ)


def live(
    one: Recorded,
    books: Books,
    history: History,
    asked: Sequence[str] = (),
    lessons: Lessons | None = None,
) -> Lived:
    """Let a series live through its past, under the one version of the books.

    `lessons`: what was learnt of the same past, to which this adds; it saves work and no more.
    """
    begins = one.begins
    if begins is None:
        return Lived(one.name)
    state = State([(("series", one.name), Series(first=begins, last=begins, closed=begins))])
    state.groups["bucket", one.name, "minute"] = one.minutes
    state.groups["siblings", family_of(one.name) or ""] = dict(one.siblings)
    draft = Draft(state)
    given = draft, one.name, books, history.since, asked
    known = {} if lessons is None else lessons
    past = Past(*given) if one.grain is Grain.MINUTE else Evenly(*given).over(one.hours, known)
    found = [speaking.finding(said, books, 0) for said in past.until(history.end)]
    found += _corrected(draft, one, books)
    return Lived(one.name, found, past.noted, past.bars)


def _corrected(draft: Draft, one: Recorded, books: Books) -> Iterator[Finding]:
    """What came late of minutes that burnt, minute by minute as it became known."""
    for known, late in groupby(sorted(one.late), key=lambda each: each.at):
        yield from burnt.corrected(draft, one.name, Amounts(late=list(late)), known + 1, books)


def budgeted(series: Mapping[str, Recorded], book: Book, history: History) -> Iterator[Finding]:
    """The marks that budgets reach."""
    for budget in book.rulebook.budgets:
        one = series.get(budget.watched)
        if one is not None:
            draft = Draft(State())
            yield from _spent(Till(draft, book, one.name, budget, 0, history.end), one, history)


def _spent(till: Till, one: Recorded, history: History) -> Iterator[Finding]:
    """Day by day: a period that is over counts no more."""
    days = _by_day(one)
    for day in range(history.since // DAY_MINUTES, -(-history.end // DAY_MINUTES)):
        now = min((day + 1) * DAY_MINUTES, history.end)
        yield from till.ended(now)
        amounts = days.get(day, Amounts())
        for minute in [each.minute for each in amounts.in_order()]:
            period = till.budget.period_of(minute)
            if period is not None and till.draft.get(till.key(period)) is None:
                till.draft.put(till.key(period), Spent(end=period.end))
        yield from till.add(amounts, now)


def _by_day(one: Recorded) -> dict[int, Amounts]:
    """What it spent by the day in which it became known."""
    found: dict[int, Amounts] = {}
    for minute, cost in _costs(one):
        found.setdefault(minute // DAY_MINUTES, Amounts()).closed.append((minute, cost))
    for late in one.late:
        found.setdefault(late.at // DAY_MINUTES, Amounts()).late.append(late)
    for minute, cost in one.shared:
        found.setdefault(minute // DAY_MINUTES, Amounts()).shared.append((minute, cost))
    return found


def _costs(one: Recorded) -> Iterator[tuple[int, int]]:
    """Minutes and their costs; an hour's counts with its last."""
    if one.grain is Grain.MINUTE:
        yield from sorted((int(at), held.cost) for at, held in one.minutes.items() if held.cost)
        return
    for at, cost in enumerate(one.costs, one.first):
        if cost:
            yield (at + 1) * HOUR_MINUTES - 1, cost


def judged(findings: Iterable[Finding], books: Books) -> list[Incident]:
    """The incidents that findings lead to, by opening and id: each as it stands at the end.

    Judge hears a day at a time, of each finding at its own time.
    """
    state, site, found = State(), Site(codec=Passing(), shows=False), dict[str, Incident]()
    ordered = sorted(findings, key=lambda one: (one.time, one.series, one.rule))
    for _, day in groupby(ordered, key=lambda one: minute_of(one.time) // DAY_MINUTES):
        outcome = pipeline.judge(state, _docket(list(day)), books, site)
        state.apply(outcome.changes)
        told = ((key, value) for key, value in outcome.changes.items() if key[0] == "incident")
        found |= {str(key[-1]): value for key, value in told if value is not None}
    return sorted(found.values(), key=lambda one: (one.opened_at, one.id))


def _docket(day: Sequence[Finding]) -> list[Record]:
    """The findings of a day, and the mark that settles them."""
    said: list[Any] = [*day, Watermark(partition=0, partitions=1, time=day[-1].time)]
    return [Record("docket", 0, at, None, one, micros(one.time)) for at, one in enumerate(said)]
