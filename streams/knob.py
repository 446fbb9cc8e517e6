"""What other settings of the knob would have found, told from one run.

The knob turns the return periods of all detectors together, half the days or twice as many, and
with them how many false alarms are to be expected. Learning is as it was in the run; the sums are
of costs as they were.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Protocol, cast, runtime_checkable

from detectors.base import floor_at
from schemas.moments import HOUR_MINUTES
from schemas.records import Finding
from schemas.rules import Grain, Rule
from streams.book import Books
from streams.steps import episodes, speaking
from streams.steps.composing import NOT_KNOWN
from streams.steps.past import Noted
from streams.steps.watcher import Said

FACTORS = (0.125, 0.25, 0.375, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Positions: today's return periods divided by so much."""

APART = 24 * HOUR_MINUTES
"""Minutes after which the next strange hour of a series is another alarm."""

DAY = 24


@runtime_checkable
class Priced(Protocol):
    """A rule that finds what a usual day shows once in so many days, and is worth so much."""

    once_in: int
    """Days."""

    floor: int
    """Nano-dollars of excess."""


def turns(rule: Rule) -> bool:
    """Whether the knob turns a rule."""
    return isinstance(rule, Priced) and rule.grain is Grain.HOUR


def calmer(before: Sequence[Rule], after: Sequence[Rule]) -> bool:
    """Whether a change only asks for seldomer days or more dollars: where nothing was found before
    it, nothing is found after.
    """
    known = {rule.name: rule for rule in before}
    return all(rule.name in known and _calmer(known[rule.name], rule) for rule in after)


def _calmer(before: Rule, after: Rule) -> bool:
    if before == after:
        return True
    if not isinstance(before, Priced) or not isinstance(after, Priced):
        return False
    same = replace(
        cast(Any, after), once_in=before.once_in, floor=before.floor, version=before.version
    )
    return bool(same == before) and after.once_in >= before.once_in and after.floor >= before.floor


def positions(
    rules: Mapping[str, Rule], noted: Iterable[Noted], first: int, series: str, books: Books
) -> dict[float, list[Finding]]:
    """What the rules of a series would have found, by position; `first` is its first minute."""
    found: dict[float, list[Finding]] = {factor: [] for factor in FACTORS}
    strange = [one for one in noted if _strange(rules[one.rule], one, first)]
    for name, held in groupby(sorted(strange, key=_order), key=lambda one: one.rule):
        mine, rule = list(held), rules[name]
        for factor in FACTORS:
            seldom = [one for one in mine if one.verdict.once_in * factor >= _once_in(rule)]
            for alarm in alarms(seldom):
                found[factor] += _told(rule, alarm, series, books)
    return found


def _order(one: Noted) -> tuple[str, int]:
    return one.rule, one.minute


def _once_in(rule: Rule) -> int:
    return rule.once_in if isinstance(rule, Priced) else 0


def _strange(rule: Rule, one: Noted, first: int) -> bool:
    """Whether it is worth the money floor, and seldom enough for the widest position."""
    if not isinstance(rule, Priced) or one.verdict.once_in * max(FACTORS) < rule.once_in:
        return False
    age = one.minute // HOUR_MINUTES - first // HOUR_MINUTES
    return abs(one.verdict.excess) >= max(floor_at(rule.floor, age, DAY), 1)


def alarms(strange: Iterable[Noted]) -> Iterator[Sequence[Noted]]:
    """Strange hours of one rule and series in order of time, those within a day together."""
    alarm: list[Noted] = []
    for one in strange:
        if alarm and one.minute - alarm[-1].minute > APART:
            yield alarm
            alarm = []
        alarm.append(one)
    if alarm:
        yield alarm


def _told(rule: Rule, alarm: Sequence[Noted], series: str, books: Books) -> Iterator[Finding]:
    """An alarm as the findings that begin and end its incident."""
    first, last = alarm[0], alarm[-1]
    begun = episodes.opened(rule, first.verdict, first.minute)
    most = max(one.verdict.excess for one in alarm)
    over = replace(begun, accrued=most)
    hourly = begun.pace * HOUR_MINUTES // begun.window
    for phase, minute, episode, pace, verdict in (
        ("breach", first.minute, begun, hourly, first.verdict),
        ("calm", last.minute + HOUR_MINUTES, over, 0, None),
    ):
        said = Said(series, rule, phase, minute, episode, verdict, pace, 0, 0, NOT_KNOWN)
        yield speaking.finding(said, books, 0)
