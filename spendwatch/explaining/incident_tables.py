"""An incident's explanation as tables."""

from collections.abc import Iterator, Mapping

from notifiers.facts import correction
from notifiers.figures import clock_time, headline_dollars
from notifiers.news import TOLD, is_over
from notifiers.silence import is_silence, overdue
from notifiers.subject import main_evidence
from notifiers.why import parts, place, sentence
from notifiers.words import headline
from schemas.moments import rfc3339
from schemas.money import divided, dollars
from schemas.records import Delivery, Evidence, Finding, Incident
from schemas.rules import Grain
from schemas.wording import counted
from spendwatch.explaining.incidents import Explained
from spendwatch.explaining.minutes import Cost
from spendwatch.tables import Table, facts

QUIET: Mapping[str, str] = {
    "history": "nobody was told: it is of published history",
    "caught_up": "nobody was told yet: it was heard of long after it happened",
    "summed_up": "one summary told of it: it was over before it could be told",
}
"""Why nobody was told, in words."""

MOST_FINDINGS = 40
WIDE = 30
"""The longest bar of a bucket, in signs."""


def tables(found: Explained) -> Iterator[Table]:
    """Everything that is known of an incident."""
    incident = found.incident
    yield facts(headline(incident), _what(found))
    yield _parts(incident)
    yield _evidence(incident)
    yield _costs(found)
    yield _findings(found)
    yield Table(
        "places",
        ("place", "phase", "shown", "wanted", "error", "known there as"),
        [_delivery(one) for one in found.deliveries],
        frozenset({2, 3}),
    )
    yield Table(
        "tries",
        ("time", "place", "revision", "outcome", "reason"),
        [(rfc3339(one.at), one.place, str(one.revision), one.outcome, one.reason)
         for one in found.attempts],
        frozenset({2}),
    )  # fmt: skip


def _what(found: Explained) -> Iterator[tuple[str, str]]:
    incident = found.incident
    main = main_evidence(incident)
    yield "id", incident.id
    yield "found", main.reason if main else ""
    yield "why", sentence(incident)
    yield "where", place(incident)
    yield "state", incident.state
    yield "", QUIET.get(incident.quiet, incident.quiet)
    yield "severity", incident.severity
    yield "series", incident.series
    yield "owner", incident.owner
    yield "causes", ", ".join(incident.causes)
    yield "opened", clock_time(incident.opened_at)
    yield "ended", clock_time(incident.resolved_at) if incident.resolved_at else ""
    yield from _late(incident) if is_silence(incident) else _dollars(incident)
    yield from _answered(incident)
    yield "merged into", incident.merged_into or ""
    yield "took over", ", ".join(found.absorbed)
    yield "places", ", ".join(incident.places)
    revision = f"{incident.revision}, generation {incident.generation}"
    yield "revision", f"{revision}, rulebook {incident.rulebook}"


def _late(incident: Incident) -> Iterator[tuple[str, str]]:
    yield "overdue", overdue(incident)


def _dollars(incident: Incident) -> Iterator[tuple[str, str]]:
    yield "over", dollars(incident.accrued_nano_usd)
    yield "corrected", correction(incident)
    pace = headline_dollars(incident.hourly_nano_usd)
    yield "pace", f"{pace}/h above expected" if incident.hourly_nano_usd else ""
    yield "if it goes on", "" if is_over(incident) else dollars(incident.projected_nano_usd)


def _answered(incident: Incident) -> Iterator[tuple[str, str]]:
    yield "answered by", incident.by
    yield "until", clock_time(incident.until) if incident.until else ""
    cap = incident.cap_nano_usd_per_hour
    yield "expected up to", f"{dollars(cap)}/h" if cap else ""


def _parts(incident: Incident) -> Table:
    """All parts of what it was over."""
    found = parts(incident)
    excess = sum(part.nano_usd for part in found)
    rows = [
        (part.name, dollars(part.nano_usd), f"{divided(100 * part.nano_usd, excess)} %", part.text)
        for part in found
    ]
    title = f"why it was {dollars(excess)} over when it was found"
    return Table(title, ("part", "dollars", "share", ""), rows, frozenset({1, 2}))


def _evidence(incident: Incident) -> Table:
    head = ("rule", "kind", "series", "phase", "since", "seen", "expected", "over", "reason")
    rows = [_of(one) for one in incident.evidence]
    return Table("evidence", head, rows, frozenset({5, 6, 7}))


def _of(one: Evidence) -> tuple[str, ...]:
    seen, expected = dollars(one.observed), dollars(one.expected)
    over, since = dollars(one.accrued_nano_usd), rfc3339(one.opened_at)
    return one.rule, one.cause, one.series, one.phase, since, seen, expected, over, one.reason


def _costs(found: Explained) -> Table:
    """Buckets around the opening, with bars."""
    most = max((cost.nano_usd for cost in found.costs), default=0) or 1
    hours = any(cost.grain is Grain.HOUR for cost in found.costs)
    title = f"{'hours' if hours else 'minutes'} around its opening"
    rows = [_cost(cost, most, found.incident) for cost in found.costs]
    return Table(title, ("begins", "cost", "usual", "learnt as", ""), rows, frozenset({1, 2, 3}))


def _cost(cost: Cost, most: int, incident: Incident) -> tuple[str, ...]:
    opening = cost.start <= incident.opened_at
    opened = opening and (incident.opened_at - cost.start).total_seconds() < 60 * cost.grain.minutes
    bar = "#" * max(round(WIDE * cost.nano_usd / most), 0)
    return (
        f"{cost.start:%Y-%m-%d %H:%M}",
        dollars(cost.nano_usd),
        "" if cost.usual_nano_usd is None else dollars(cost.usual_nano_usd),
        "" if cost.learnt_nano_usd == cost.nano_usd else dollars(cost.learnt_nano_usd),
        f"{bar} opened" if opened else bar,
    )


def _findings(found: Explained) -> Table:
    """What was said, without each minute for which something went on."""
    said = [one for one in found.findings if one.phase != "burning"]
    burning = len(found.findings) - len(said)
    rest = f", beside {counted(burning, 'finding')} that it went on" if burning else ""
    head = ("time", "series", "rule", "phase", "seen", "expected", "band to", "reason")
    rows = [_finding(one) for one in said[:MOST_FINDINGS]]
    if len(said) > MOST_FINDINGS:
        rows.append(("…", f"{len(said) - MOST_FINDINGS} more", *[""] * (len(head) - 2)))
    return Table(f"findings{rest}", head, rows, frozenset({4, 5, 6}))


def _finding(one: Finding) -> tuple[str, ...]:
    amounts = (dollars(amount) for amount in (one.observed, one.expected, one.high))
    return rfc3339(one.time), one.series, one.rule, one.phase, *amounts, one.reason


def _delivery(one: Delivery) -> tuple[str, ...]:
    remote = ", ".join(f"{name} {value}" for name, value in one.remote.items() if name not in TOLD)
    return one.place, one.phase, str(one.delivered), str(one.desired), one.error, remote
