"""A report on a terminal: tables, then the patch."""

from collections.abc import Iterator, Sequence
from typing import Any

from policies.severity import GRADES
from schemas.moments import at_minute
from schemas.money import dollars
from schemas.wording import counted
from spendwatch.tables import Table
from spendwatch.tuning.report import Report, Side, rates
from spendwatch.tuning.telling import Heard, Pair, Span

MOST = 20
"""Rows of a table on a terminal; --json and --html have all."""


def tables(report: Report) -> Iterator[Table]:
    """All tables of a report."""
    sides = [one for one in (report.today, report.changed) if one is not None]
    head = ("", "today", "changed")[: len(sides) + 1]
    yield Table("", head, list(_rows(sides, report.span)), frozenset({1, 2}))
    yield Table("alarms a week by owner", head, _owners(sides, report.span), frozenset({1, 2}))
    yield from _over(sides)
    held = report.compared
    if held is None:
        yield _incidents("incidents", report.today.heard)
        return
    yield _incidents("appear", held.appear)
    yield _incidents("vanish", held.vanish)
    yield Table("told at another time", ("", "", "", ""), list(_moved(held.both)))


def _rows(sides: Sequence[Side], span: Span) -> Iterator[tuple[str, ...]]:
    told = [rates(one.heard, span) for one in sides]
    yield "incidents", *(f"{len(one.heard):,}" for one in sides)
    yield "alarms a week", *(f"{each['a_week']:.2f}" for each in told)
    for grade in reversed(GRADES):
        yield f"  {grade}", *(f"{each['by_severity'][grade]:.2f}" for each in told)
    yield "delay, median", *(delay(one.overruns) for one in sides)
    overruns = [one.overruns for one in sides]
    yield "lost before telling", *(dollars(sum(one.lost for one in each)) for each in overruns)
    yield "accrued", *(dollars(sum(one.accrued for one in each)) for each in overruns)
    yield (
        "false alarms a month expected",
        *(f"{one.false_alarms.expected_a_month:.2f}" for one in sides),
    )
    yield "alarms a month counted", *(f"{one.false_alarms.counted_a_month:.2f}" for one in sides)
    yield "series watched for them", *(f"{one.false_alarms.series:,}" for one in sides)
    if all(one.scores for one in sides):
        yield from _scored(sides)


def _scored(sides: Sequence[Side]) -> Iterator[tuple[str, ...]]:
    scores = [one.scores for one in sides if one.scores]
    yield "precision, of those labelled", *(share(one.precision) for one in scores)
    yield (
        "recall of the real",
        *(f"{share(one.recall)} ({one.found} of {one.real})" for one in scores),
    )
    yield "real, dollars told of", *(dollars(one.found_nano_usd) for one in scores)
    yield "  lost before telling", *(dollars(one.lost_nano_usd) for one in scores)
    yield "told without a label", *(f"{one.told_unlabelled:,}" for one in scores)


def share(part: float | None) -> str:
    """A share of 1, or that there is nothing to divide."""
    return "-" if part is None else f"{part:.2f}"


def delay(heard: Sequence[Heard]) -> str:
    """The median of their delays."""
    delays = sorted(one.delay for one in heard)
    return length(delays[len(delays) // 2]) if delays else "-"


def length(minutes: int) -> str:
    """A length of time in two parts: `3 d 4 h`, `1 h 20 min`."""
    days, rest = divmod(abs(minutes), 1440)
    hours, small = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {small} min" if small else f"{hours} h"
    return f"{small} min"


def _owners(sides: Sequence[Side], span: Span) -> list[tuple[str, ...]]:
    told: list[dict[str, Any]] = [rates(one.heard, span)["by_owner"] for one in sides]
    names = dict.fromkeys(name for each in told for name in each)
    rows = [(name, *(f"{each.get(name, 0):.2f}" for each in told)) for name in names]
    return rows[:MOST]


def _over(sides: Sequence[Side]) -> Iterator[Table]:
    """Series whose alarms are over three times the expected."""
    for name, one in zip(("today", "changed"), sides, strict=False):
        rows = [
            (each.series, f"{each.counted}", f"{each.expected:.2f} expected")
            for each in one.false_alarms.over
        ]
        yield Table(f"over three times the alarms expected, {name}", (), rows[:MOST])


def _incidents(title: str, heard: Sequence[Heard]) -> Table:
    ordered = sorted(heard, key=lambda one: -one.accrued)
    rows = [
        (moment(one.told), one.severity, one.series, dollars(one.accrued), one.reason)
        for one in ordered[:MOST]
    ]
    if len(heard) > MOST:
        rows.append(("", "", f"and {len(heard) - MOST:,} more", "", ""))
    return Table(f"{title}: {counted(len(heard), 'incident')}", (), rows)


def _moved(pairs: Sequence[Pair]) -> Iterator[tuple[str, ...]]:
    moved = sorted((one for one in pairs if one.sooner), key=lambda one: -abs(one.sooner))
    for one in moved[:MOST]:
        how = "sooner" if one.sooner > 0 else "later"
        lost = f"{dollars(one.today.lost)} to {dollars(one.changed.lost)} lost before"
        yield moment(one.today.told), one.today.series, f"{length(one.sooner)} {how}", lost


def moment(minute: int) -> str:
    """A time as people read it, UTC."""
    return f"{at_minute(minute):%Y-%m-%d %H:%M}"
