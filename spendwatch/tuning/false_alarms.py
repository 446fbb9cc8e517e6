"""False alarms: how many the method expects, and how many alarms there were.

What T, once in so many days, comes to for a series was counted on clean weeks and is read from
that table (detectors/calibration.py): about 30/T a month from T = 100 on, more below; below the
shortest that was counted it grows as 30/T does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from detectors.calibration import EAGER
from detectors.calibration import false_alarms as expected
from schemas.moments import DAY_MINUTES, minute_of
from schemas.records import Finding
from schemas.rules import Rule
from spendwatch.tuning.telling import Heard, Span
from streams.knob import Priced

MONTH = 30
"""Days."""

APART = DAY_MINUTES
"""Minutes after which what is found again is another alarm, as it was measured."""

HOLDS_FROM = EAGER[0]
"""The return period from which the relation was counted, days."""

TIMES = 3
"""A series with over so many times the expected alarms is named."""

FEWEST = 2
"""One alarm alone says nothing of a rate."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Alarms of one series, expected and counted in a span."""

    series: str
    expected: float
    counted: int


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """What is expected of all series together, and what was counted; a month has 30 days."""

    expected_a_month: float
    counted_a_month: float
    series: int
    """How many are watched by a detector that a return period sets."""

    shortest: int
    """The shortest return period of any, days; 0 where there is none."""

    over: Sequence[Counted]
    """Those with over three times the alarms expected, most first."""


def false_alarms(
    watching: Mapping[str, Sequence[Rule]],
    findings: Iterable[Finding],
    span: Span,
    real: Sequence[Heard],
) -> FalseAlarms:
    """Expected and counted of the rules that watch each series; those of real overruns are not."""
    priced = {
        name: [rule for rule in rules if isinstance(rule, Priced)]
        for name, rules in watching.items()
    }
    known = {name: rules for name, rules in priced.items() if rules}
    rates = {name: a_month(rules) for name, rules in known.items()}
    false = (one for one in findings if not any(_within(one, each, span.end) for each in real))
    counts = _counts(known, false, span)
    found = [
        Counted(name, rate * span.days / MONTH, counts.get(name, 0)) for name, rate in rates.items()
    ]
    many = [one for one in found if one.counted >= FEWEST and one.counted > TIMES * one.expected]
    periods = [rule.once_in for rules in known.values() for rule in rules]
    return FalseAlarms(
        expected_a_month=sum(rates.values()),
        counted_a_month=sum(counts.values()) * MONTH / span.days if span.days else 0.0,
        series=len(known),
        shortest=min(periods, default=0),
        over=sorted(many, key=lambda one: (one.expected - one.counted, one.series)),
    )


def a_month(rules: Iterable[Rule], factor: float = 1.0) -> float:
    """False alarms of a series that its rules lead to, their return periods divided by a factor.

    What happens to a series shows to all of them: the most eager one counts.
    """
    periods = [rule.once_in / factor for rule in rules if isinstance(rule, Priced)]
    return expected(round(min(periods)), 1) if periods else 0.0


def _within(one: Finding, real: Heard, until: int) -> bool:
    """Whether a finding is of an overrun that is known to be real."""
    end = until if real.end is None else real.end
    near = real.start - APART <= minute_of(one.time) <= end + APART
    return near and one.series in real.reaches


def _counts(
    known: Mapping[str, Sequence[Rule]], findings: Iterable[Finding], span: Span
) -> dict[str, int]:
    """Alarms of each series: what is found again within a day is no other one."""
    names = {name: {rule.name for rule in rules} for name, rules in known.items()}
    last: dict[str, int] = {}
    counts: dict[str, int] = {}
    for one in sorted(findings, key=lambda each: each.time):
        minute = minute_of(one.time)
        if one.rule not in names.get(one.series, ()) or not span.start <= minute < span.end:
            continue
        if one.phase == "breach" and minute - last.get(one.series, -APART) >= APART:
            counts[one.series] = counts.get(one.series, 0) + 1
        last[one.series] = minute
    return counts
