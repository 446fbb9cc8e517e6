"""What today's rulebook and a change of it would have said, side by side, as one value."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from policies.severity import GRADES
from schemas.moments import DAY_MINUTES, at_minute, rfc3339
from spendwatch.tuning.false_alarms import HOLDS_FROM, FalseAlarms
from spendwatch.tuning.labels import Scores
from spendwatch.tuning.telling import Compared, Heard, Pair, Span

WEEK = 7 * DAY_MINUTES
BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Side:
    """What one rulebook would have said in a span."""

    hash: str
    heard: Sequence[Heard]
    false_alarms: FalseAlarms
    scores: Scores | None = None

    @property
    def overruns(self) -> Sequence[Heard]:
        """Its incidents without marks of budgets, which are told as they are reached and whose
        dollars are those of other incidents.
        """
        return [one for one in self.heard if one.cause != BUDGET]


@dataclass(frozen=True, slots=True)
class Position:
    """A position of the knob: so many times today's expected false alarms."""

    factor: float
    expected_a_month: float
    heard: Sequence[Heard]
    settings: Sequence[str]
    """What to set for it."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that is shown."""

    span: Span
    history: Mapping[str, Any]
    """What it was made of, for people and machines."""

    settings: Sequence[str]
    today: Side
    changed: Side | None
    compared: Compared | None
    knob: Sequence[Position]
    patch: str


def summary(report: Report) -> dict[str, Any]:
    """The report for machines: docs/tuning.md says what each field is."""
    changed, held = report.changed, report.compared
    return {
        "history": {
            **report.history,
            "from": _time(report.span.start),
            "to": _time(report.span.end),
            "days": round(report.span.days, 3),
        },
        "set": list(report.settings),
        "today": side(report.today, report.span),
        "changed": None if changed is None else side(changed, report.span),
        "appear": [] if held is None else [incident(one) for one in held.appear],
        "vanish": [] if held is None else [incident(one) for one in held.vanish],
        "both": [] if held is None else [_pair(one) for one in held.both],
        "knob": [position(one, report.span) for one in report.knob],
        "patch": report.patch,
    }


def side(one: Side, span: Span) -> dict[str, Any]:
    """What one rulebook would have said."""
    overruns = one.overruns
    delays = [each.delay for each in overruns]
    alarms = one.false_alarms
    return {
        "rulebook": one.hash,
        "incidents": [incident(each) for each in one.heard],
        **rates(one.heard, span),
        "weeks": weeks(one.heard, span),
        "delay_minutes": median(delays) if delays else None,
        "lost_nano_usd": sum(each.lost for each in overruns),
        "accrued_nano_usd": sum(each.accrued for each in overruns),
        "false_alarms": {
            "expected_a_month": round(alarms.expected_a_month, 3),
            "counted_a_month": round(alarms.counted_a_month, 3),
            "series": alarms.series,
            "once_in_days": alarms.shortest,
            "holds": alarms.shortest >= HOLDS_FROM,
            "over": [
                {"series": each.series, "expected": round(each.expected, 3),
                 "counted": each.counted}
                for each in alarms.over
            ],
        },
        "labels": None if one.scores is None else _scores(one.scores),
    }  # fmt: skip


def rates(heard: Sequence[Heard], span: Span) -> dict[str, Any]:
    """Alarms a week: all, by severity and by owner, most first."""
    per = max(span.weeks, 1 / 168)
    grades = Counter(one.severity for one in heard)
    owners = Counter(one.owner or "organisation" for one in heard)
    return {
        "a_week": round(len(heard) / per, 3),
        "by_severity": {grade: round(grades[grade] / per, 3) for grade in reversed(GRADES)},
        "by_owner": {name: round(count / per, 3) for name, count in owners.most_common()},
    }


def weeks(heard: Sequence[Heard], span: Span) -> list[dict[str, Any]]:
    """Alarms of each week from the start on, by severity."""
    found = []
    for start in range(span.start, span.end, WEEK):
        mine = Counter(one.severity for one in heard if start <= one.told < start + WEEK)
        found.append({"start": _time(start), **{grade: mine[grade] for grade in reversed(GRADES)}})
    return found


def position(one: Position, span: Span) -> dict[str, Any]:
    """A position of the knob."""
    return {
        "factor": one.factor,
        "set": list(one.settings),
        "false_alarms_a_month": round(one.expected_a_month, 3),
        **rates(one.heard, span),
        "accrued_nano_usd": sum(each.accrued for each in one.heard),
        "incidents": [incident(each) for each in one.heard],
    }


def incident(one: Heard) -> dict[str, Any]:
    """An incident."""
    return {
        "id": one.id,
        "series": one.series,
        "owner": one.owner,
        "cause": one.cause,
        "rules": list(one.rules),
        "severity": one.severity,
        "state": one.state,
        "start": _time(one.start),
        "told_at": _time(one.told),
        "resolved_at": None if one.end is None else _time(one.end),
        "delay_minutes": one.delay,
        "lost_nano_usd": one.lost,
        "accrued_nano_usd": one.accrued,
        "reason": one.reason,
    }


def _pair(one: Pair) -> dict[str, Any]:
    return {
        "series": one.today.series,
        "today": one.today.id,
        "changed": one.changed.id,
        "sooner_minutes": one.sooner,
        "lost_nano_usd": {"today": one.today.lost, "changed": one.changed.lost},
    }


def _scores(one: Scores) -> dict[str, Any]:
    return {
        "precision": None if one.precision is None else round(one.precision, 3),
        "recall": None if one.recall is None else round(one.recall, 3),
        "real": one.real,
        "real_found": one.found,
        "told_real": one.told_real,
        "told_expected": one.told_expected,
        "told_unlabelled": one.told_unlabelled,
        "found_nano_usd": one.found_nano_usd,
        "lost_nano_usd": one.lost_nano_usd,
    }


def _time(minute: int) -> str:
    return rfc3339(at_minute(minute))
