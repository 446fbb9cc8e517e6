"""What an incident says, the same for every place: its headline, and all of it in plain text.

Escaping is each place's own business; here names are only cleaned and cut.
"""

from notifiers import silence
from notifiers.base import Update
from notifiers.facts import facts, reasoned
from notifiers.figures import duration, headline_dollars, ratio
from notifiers.news import is_over, lasted, news
from notifiers.subject import (
    CATCHING_UP,
    DROP,
    LONGEST_NAME,
    LONGEST_PATH,
    TEST,
    cause_of,
    main_evidence,
    name_of,
    subject,
)
from notifiers.text import clean, cut
from schemas.records import Incident

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


def answerable(incident: Incident) -> bool:
    """Whether a person can still say something to it: acknowledge, snooze, expected."""
    return not is_over(incident) and incident.cause != TEST


def headline(incident: Incident) -> str:
    """One line, dollars first: `SEV2 · search spend 6.1x expected · $412 over so far`."""
    if incident.cause == TEST:
        return "TEST · a message from Spendwatch · nothing has happened"
    if incident.cause == CATCHING_UP:
        count = name_of(incident.series)
        return _joined("Catching up", f"overruns that are over: {count}", _over(incident))
    lead = LEADS.get(incident.state, "{severity}").format(severity=severity(incident))
    if silence.is_silence(incident):
        return _joined(lead, *silence.title(incident))
    if is_over(incident):
        return _joined(lead, subject(incident), _over(incident), duration(lasted(incident)))
    return _joined(lead, f"{subject(incident)} {_surplus(incident)}", _over(incident))


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def severity(incident: Incident) -> str:
    """`SEV1` to `SEV3`, or `Info`."""
    return "Info" if incident.severity == "info" else cut(incident.severity, 10)


def _surplus(incident: Incident) -> str:
    main = main_evidence(incident)
    if main is None:
        return "spend above expected"
    found = ratio(main.observed, main.expected)
    if found is not None:
        return f"spend {found} expected"
    if main.observed > 0 >= main.expected:
        return "spend where none was expected"
    if main.cause == DROP:
        return "spend far below expected"
    return cause_of(main.cause)


def _over(incident: Incident) -> str:
    if incident.accrued_nano_usd <= 0:
        return ""
    when = "in total" if is_over(incident) else "so far"
    return f"{headline_dollars(incident.accrued_nano_usd)} over {when}"


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
        *(f"  {fact.label}: {fact.text}" for fact in reasoned(incident)),
        f"  {footer(incident)}",
        f"  {update.link}",
    ]
    return "\n".join(line for line in lines if line.strip())


def summary(update: Update) -> str:
    """One line that is enough on a lock screen: headline, pace if there is one, and owner."""
    incident = update.incident
    return clean(_joined(headline(incident), _pace(incident), cut(incident.owner, LONGEST_PATH)))


def _pace(incident: Incident) -> str:
    told = answerable(incident) and incident.hourly_nano_usd and not silence.is_silence(incident)
    return f"{headline_dollars(incident.hourly_nano_usd)}/h" if told else ""
