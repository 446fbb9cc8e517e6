"""What an incident says, the same for every place: headline, facts, reasons, and a plain form.

Escaping is each place's own business; here names are only cleaned and cut.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from notifiers.base import Update
from notifiers.figures import clock_time, duration, headline_dollars, ratio
from notifiers.news import is_over, last_data, lasted, news
from notifiers.text import clean, cut
from schemas import series
from schemas.money import dollars
from schemas.records import Evidence, Incident

ANSWERED = frozenset({"acknowledged", "snoozed", "expected"})
"""States that somebody brought about."""

TEST = "test"
"""The cause of an incident that only tries a place out."""

CATCHING_UP = "catching_up"
"""The cause of an incident that stands for many: those that were over before they could be told.
Its series is the cause and their number, its evidence names the dearest."""

LONGEST_NAME = 60
LONGEST_PATH = 200
LONGEST_REASON = 400
MOST_DIMENSIONS = 5
MOST = 5
"""Reasons that are given."""

LEADS = {
    "firing": "{severity}",
    "acknowledged": "{severity} acknowledged",
    "snoozed": "{severity} snoozed",
    "stale": "{severity} no data",
    "resolved": "Resolved",
    "expected": "Expected",
    "merged": "Merged",
}
"""How a headline begins in each state."""


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


def answerable(incident: Incident) -> bool:
    """Whether a person can still say something to it: acknowledge, snooze, expected."""
    return not is_over(incident) and incident.cause != TEST


def headline(incident: Incident) -> str:
    """One line, dollars first: `SEV2 · search spend 6.1x expected · $412 over so far`."""
    if incident.cause == TEST:
        return "TEST · a message from Spendwatch · nothing has happened"
    if incident.cause == CATCHING_UP:
        count = _name_of(incident.series)
        return f"Catching up · overruns that are over: {count} · {_over(incident)}"
    lead = LEADS.get(incident.state, "{severity}").format(severity=severity(incident))
    ended = is_over(incident)
    middle = subject(incident) if ended else f"{subject(incident)} {_surplus(incident)}"
    parts = [lead, middle, _over(incident), duration(lasted(incident)) if ended else ""]
    return " · ".join(part for part in parts if part)


def severity(incident: Incident) -> str:
    """`SEV1` to `SEV3`, or `Info`."""
    return "Info" if incident.severity == "info" else cut(incident.severity, 10)


def subject(incident: Incident) -> str:
    """Whose spend it is: the last part of the owner's path, and by what the series is cut."""
    name = cut(incident.owner.rpartition("/")[2], LONGEST_NAME) or _name_of(incident.series)
    values = ", ".join(value for _, value in cuts(incident))
    return f"{name} ({cut(values, LONGEST_NAME)})" if values else name


def _name_of(name: str) -> str:
    """The last value in the name of a series: `key-7` of `keys:chat|key-7`."""
    return cut(series.split(name)[1][-1], LONGEST_NAME)


def cuts(incident: Incident) -> tuple[tuple[str, str], ...]:
    """What the series is cut by beside its owner, as names and values."""
    path = incident.owner.split("/")
    found = sorted(incident.dimensions.items())
    return tuple((name, value) for name, value in found if value not in path)


def _surplus(incident: Incident) -> str:
    main = main_evidence(incident)
    if main is None:
        return "spend above expected"
    found = ratio(main.observed, main.expected)
    if found is not None:
        return f"spend {found} expected"
    if main.observed > 0 >= main.expected:
        return "spend where none was expected"
    return _cause(main.cause)


def _over(incident: Incident) -> str:
    if incident.accrued_nano_usd <= 0:
        return ""
    when = "in total" if is_over(incident) else "so far"
    return f"{headline_dollars(incident.accrued_nano_usd)} over {when}"


def main_evidence(incident: Incident) -> Evidence | None:
    """What says most about it: of its own series, of the cause that opened it, most dollars."""
    return max(
        incident.evidence,
        key=lambda one: (
            one.series == incident.series,
            one.cause == incident.cause,
            one.accrued_nano_usd,
        ),
        default=None,
    )


def facts(incident: Incident) -> tuple[Fact, ...]:
    """What to know, most wanted first; at most ten, none of a mere test."""
    if incident.cause == TEST:
        return ()
    found = [*_money(incident), *_comparison(incident), *_standing(incident)]
    return tuple([Fact("Since", _since(incident)), *found, *_whose(incident)][:10])


def _since(incident: Incident) -> str:
    return f"{clock_time(incident.opened_at)} ({duration(lasted(incident))})"


def _money(incident: Incident) -> Iterator[Fact]:
    label = "Over in total" if is_over(incident) else "Over so far"
    yield Fact(label, dollars(incident.accrued_nano_usd))
    if not is_over(incident):
        yield Fact("Pace", f"{headline_dollars(incident.hourly_nano_usd)}/h above expected")
        yield Fact("If it goes on", headline_dollars(incident.projected_nano_usd))


def _comparison(incident: Incident) -> Iterator[Fact]:
    main = main_evidence(incident)
    if main is not None and incident.cause != CATCHING_UP:
        seen, usual = dollars(main.observed), dollars(main.expected)
        yield Fact("Seen and expected", f"{seen}, expected {usual}")


def _standing(incident: Incident) -> Iterator[Fact]:
    if incident.state in ANSWERED and incident.by:
        yield Fact(f"{incident.state.capitalize()} by", cut(incident.by, LONGEST_NAME))
    if incident.state in ANSWERED and incident.until is not None:
        yield Fact(f"{incident.state.capitalize()} until", clock_time(incident.until))
    if incident.state == "stale":
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
        return tuple(Reason(_cause(one.cause), _summed(one)) for one in incident.evidence[:MOST])
    main = main_evidence(incident)
    rest = [one for one in incident.evidence if one is not main]
    said: dict[str, str] = {}
    for one in [] if main is None else [main, *rest]:
        said.setdefault(cut(one.reason, LONGEST_REASON), _cause(one.cause))
    found = [Reason(cause, text) for text, cause in said.items() if text]
    return tuple(found[:MOST])


def _summed(one: Evidence) -> str:
    """An overrun among many: whose, how much, why."""
    over = headline_dollars(one.accrued_nano_usd)
    return cut(f"{_name_of(one.series)} {over} over, {one.reason}", LONGEST_REASON)


def _cause(kind: str) -> str:
    return cut(kind.replace("_", " "), LONGEST_NAME)


def footer(incident: Incident) -> str:
    """Which incident this is, so that a person can ask for it by name."""
    return f"Spendwatch {cut(incident.id, LONGEST_NAME)} revision {incident.revision}"


def plain(update: Update) -> str:
    """All of it as lines of text: for a console, a `notice` record, or where nothing else shows."""
    incident = update.incident
    lines = [
        headline(incident),
        f"  {news(incident).text}",
        *(f"  {fact.label}: {fact.text}" for fact in facts(incident)),
        *(f"  Why ({reason.cause}): {reason.text}" for reason in reasons(incident)),
        f"  {footer(incident)}",
        f"  {update.link}",
    ]
    return "\n".join(line for line in lines if line.strip())


def summary(update: Update) -> str:
    """One line that is enough on a lock screen: headline, pace and owner."""
    incident = update.incident
    pace = f"{headline_dollars(incident.hourly_nano_usd)}/h" if answerable(incident) else ""
    parts = [headline(incident), pace, cut(incident.owner, LONGEST_PATH)]
    return clean(" · ".join(part for part in parts if part))
