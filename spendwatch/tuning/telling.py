"""Incidents as people would have heard of them: from when, how late, and after how many dollars."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies.grouping import ALONE
from schemas.moments import minute_of
from schemas.records import Finding, Incident
from schemas.rules import MINUTES, Grain

SLACK = 24 * 60
"""Minutes between two incidents of a series that still are of one overrun."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of event time, minutes since 1970."""

    start: int
    end: int

    @property
    def days(self) -> float:
        """Its length."""
        return (self.end - self.start) / 1440

    @property
    def weeks(self) -> float:
        """Its length."""
        return self.days / 7


@dataclass(frozen=True, slots=True)
class Heard:
    """One incident; times are minutes since 1970, money nano-dollars."""

    id: str
    series: str
    reaches: frozenset[str]
    """Its series, and those of its evidence."""

    owner: str
    cause: str
    rules: tuple[str, ...]
    severity: str
    state: str
    start: int
    """When the window begins in which it was first seen."""

    told: int
    end: int | None
    """None while it goes on."""

    lost: int
    """What it had cost beyond the usual when it was told."""

    accrued: int
    reason: str

    @property
    def delay(self) -> int:
        """Minutes from its start to the telling."""
        return self.told - self.start

    def same(self, other: "Heard", until: int) -> bool:
        """Whether both are of one overrun: series in common, at one time or a day apart."""
        mine, theirs = (until if one.end is None else one.end for one in (self, other))
        near = self.start <= theirs + SLACK and other.start <= mine + SLACK
        if {self.cause, other.cause} & ALONE:
            return near and self.series == other.series and self.rules == other.rules
        return near and not self.reaches.isdisjoint(other.reaches)


def heard(incidents: Sequence[Incident], findings: Iterable[Finding], span: Span) -> list[Heard]:
    """The incidents that were told within a span, by when; merged ones count with the narrower."""
    begun = _begun(findings)
    merged: dict[str, list[Incident]] = {}
    for one in incidents:
        if one.merged_into is not None:
            merged.setdefault(one.merged_into, []).append(one)
    found = [
        _heard(one, merged.get(one.id, []), begun) for one in incidents if one.merged_into is None
    ]
    inside = (one for one in found if one is not None and span.start <= one.told < span.end)
    return sorted(inside, key=lambda one: (one.told, one.series, one.id))


Begun = dict[tuple[str, int], Finding]


def _begun(findings: Iterable[Finding]) -> Begun:
    """The finding that opened an incident, by series and minute: the dearest."""
    found: Begun = {}
    for one in findings:
        if one.phase == "breach":
            key = one.series, minute_of(one.opened_at)
            known = found.get(key)
            if known is None or one.excess_nano_usd > known.excess_nano_usd:
                found[key] = one
    return found


def _heard(one: Incident, wider: Sequence[Incident], begun: Begun) -> Heard | None:
    """An incident with those that ended in it: whichever was told first told of it."""
    opened = [begun.get((each.series, minute_of(each.opened_at))) for each in (one, *wider)]
    known = [each for each in opened if each is not None]
    if not known:
        return None
    first = min(known, key=lambda each: each.time)
    return Heard(
        id=one.id,
        series=one.series,
        reaches=frozenset({one.series, *(each.series for each in one.evidence)}),
        owner=one.owner,
        cause=one.cause,
        rules=tuple(sorted({each.rule for each in one.evidence})),
        severity=one.severity,
        state=one.state,
        start=started(first),
        told=minute_of(first.time),
        end=minute_of(one.resolved_at) if one.resolved_at else None,
        lost=max(first.accrued_nano_usd, 0),
        accrued=one.accrued_nano_usd,
        reason=known[0].reason,
    )


def started(finding: Finding) -> int:
    """The first minute of the window in which a finding was made."""
    return minute_of(finding.time) - finding.window * MINUTES[Grain(finding.bucket)]


@dataclass(frozen=True, slots=True)
class Pair:
    """One overrun as both rulebooks tell of it."""

    today: Heard
    changed: Heard

    @property
    def sooner(self) -> int:
        """Minutes by which the change tells of it sooner; below 0 for later."""
        return self.today.told - self.changed.told


@dataclass(frozen=True, slots=True)
class Compared:
    """Incidents of today's rulebook and of a change, held against each other."""

    both: Sequence[Pair]
    appear: Sequence[Heard]
    vanish: Sequence[Heard]


def compared(today: Sequence[Heard], changed: Sequence[Heard], until: int) -> Compared:
    """Which incidents both tell of; `until` is where what goes on is taken to end."""
    both = [Pair(one, other) for one in today if (other := _first(one, changed, until)) is not None]
    appear = [one for one in changed if _first(one, today, until) is None]
    vanish = [one for one in today if _first(one, changed, until) is None]
    return Compared(both, appear, vanish)


def _first(one: Heard, others: Sequence[Heard], until: int) -> Heard | None:
    """The incident of the same overrun: the same one, of the same series, or the nearest."""
    same = [other for other in others if one.same(other, until)]
    return min(same, key=lambda other: _distance(one, other), default=None)


def _distance(one: Heard, other: Heard) -> tuple[bool, bool, int, str]:
    return other.id != one.id, other.series != one.series, abs(other.told - one.told), other.id
