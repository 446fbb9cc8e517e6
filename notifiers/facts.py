"""What to know of an incident, as short facts, and why the rules spoke."""

from collections.abc import Iterator
from dataclasses import dataclass

from notifiers import silence, why
from notifiers.figures import clock_time, duration, headline_dollars
from notifiers.news import is_over, last_data, lasted
from notifiers.subject import (
    CATCHING_UP,
    LONGEST_NAME,
    LONGEST_PATH,
    TEST,
    cause_of,
    cuts,
    main_evidence,
    name_of,
)
from notifiers.text import cut
from schemas.money import dollars
from schemas.records import Evidence, Incident
from schemas.wording import corrections

ANSWERED = frozenset({"acknowledged", "snoozed", "expected"})
"""States that somebody brought about."""

LONGEST_REASON = 400
MOST_DIMENSIONS = 5
MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know, as a label and a short text."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule spoke: its kind and one sentence in numbers."""

    cause: str
    text: str


def facts(incident: Incident) -> tuple[Fact, ...]:
    """What to know, most wanted first; at most ten, none of a mere test."""
    if incident.cause == TEST:
        return ()
    found = [*_times(incident), *_standing(incident), *_whose(incident)]
    return tuple(found[:10])


def _times(incident: Incident) -> Iterator[Fact]:
    """When it began, and what that has cost; a silence is late and costs nothing."""
    if silence.is_silence(incident):
        late = f"{clock_time(silence.due(incident))} ({silence.overdue(incident)} late)"
        yield Fact("Usage was due at", late)
        return
    yield Fact("Since", f"{clock_time(incident.opened_at)} ({duration(lasted(incident))})")
    if incident.projected_nano_usd:
        yield from _money(incident)
    yield from _comparison(incident)


def _money(incident: Incident) -> Iterator[Fact]:
    label = "Over in total" if is_over(incident) else "Over so far"
    yield Fact(label, dollars(incident.accrued_nano_usd))
    corrected = correction(incident)
    if corrected:
        yield Fact("Corrected", corrected)
    if not is_over(incident):
        yield Fact("Pace", f"{headline_dollars(incident.hourly_nano_usd)}/h above expected")
        yield Fact("If it goes on", headline_dollars(incident.projected_nano_usd))


def correction(incident: Incident) -> str:
    """What its minutes came to after they had closed, and why; empty where nothing corrects it."""
    late, restated = incident.late_nano_usd, incident.restated_nano_usd
    parts = corrections(late, restated)
    total = max(incident.accrued_nano_usd + late + restated, 0)
    return f"{dollars(total)} ({parts})" if parts else ""


def _comparison(incident: Incident) -> Iterator[Fact]:
    main = main_evidence(incident)
    told = main is not None and (main.observed or main.expected)
    if main is not None and told and incident.cause != CATCHING_UP:
        seen, usual = dollars(main.observed), dollars(main.expected)
        yield Fact("Seen and expected", f"{seen}, expected {usual}")


def _standing(incident: Incident) -> Iterator[Fact]:
    if incident.state in ANSWERED and incident.by:
        yield Fact(f"{incident.state.capitalize()} by", cut(incident.by, LONGEST_NAME))
    if incident.state in ANSWERED and incident.until is not None:
        yield Fact(f"{incident.state.capitalize()} until", clock_time(incident.until))
    if incident.state == "stale" and not silence.is_silence(incident):
        yield Fact("No data since", clock_time(last_data(incident)))
    if incident.merged_into is not None:
        yield Fact("Merged into", cut(incident.merged_into, LONGEST_NAME))


def _whose(incident: Incident) -> Iterator[Fact]:
    if incident.owner:
        yield Fact("Owner", cut(incident.owner, LONGEST_PATH))
    for name, value in cuts(incident)[:MOST_DIMENSIONS]:
        label = cut(name.replace("_", " "), LONGEST_NAME).capitalize()
        yield Fact(label, cut(value, LONGEST_NAME))


def reasons(incident: Incident) -> tuple[Reason, ...]:
    """Why the rules spoke, the main one first, each sentence once; at most five."""
    if incident.cause == CATCHING_UP:
        return tuple(
            Reason(cause_of(one.cause), _summed(one)) for one in incident.evidence[:MOST_REASONS]
        )
    main = main_evidence(incident)
    rest = [one for one in incident.evidence if one is not main]
    said: dict[str, str] = {}
    for one in [] if main is None else [main, *rest]:
        said.setdefault(cut(one.reason, LONGEST_REASON), cause_of(one.cause))
    found = [Reason(cause, text) for text, cause in said.items() if text]
    return tuple(found[:MOST_REASONS])


def reasoned(incident: Incident) -> tuple[Fact, ...]:
    """Why and where it is over, then why the rules spoke; at most seven."""
    told = (("Why", why.sentence(incident)), ("Where", why.place(incident)))
    rules = (Fact(f"Why ({reason.cause})", reason.text) for reason in reasons(incident))
    return (*(Fact(label, cut(text, LONGEST_REASON)) for label, text in told if text), *rules)


def _summed(one: Evidence) -> str:
    """An overrun among many: whose, how much, why."""
    over = one.accrued_nano_usd
    much = f" {headline_dollars(over)} over" if over and one.cause != silence.CAUSE else ""
    return cut(f"{name_of(one.series)}{much}, {one.reason}", LONGEST_REASON)
