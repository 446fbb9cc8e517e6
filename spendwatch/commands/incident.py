"""spendwatch incident: overruns, and what people say to them."""

import getpass
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click

from notifiers.figures import clock_time, headline_dollars
from notifiers.news import news
from notifiers.silence import is_silence
from notifiers.words import headline
from policies.life import OVER, State
from schemas.money import dollars
from schemas.records import Answer, Incident
from schemas.wording import counted
from spendwatch import answering, clocks, incidents, options
from spendwatch.amounts import Dollars
from spendwatch.failures import Failure
from spendwatch.lines import line
from spendwatch.logbook import Logbook
from spendwatch.moments import Length, Moment
from spendwatch.reading import looked_at
from spendwatch.tables import Table, show

HEAD = ("id", "state", "severity", "over", "pace", "since", "owner", "series")
LONGEST_NAME, LONGEST_NOTE = 120, 2000
STATES = [str(state) for state in State if state is not State.NONE]


@click.group("incident")
def command() -> None:
    """List incidents and answer them."""


@command.command("list")
@options.embedded
@click.option("--state", "states", multiple=True, type=click.Choice(STATES))
@click.option("--all", "everything", is_flag=True, help="also those that are over")
@options.machine
def listed(embedded: Path | None, states: tuple[str, ...], everything: bool, machine: bool) -> None:
    """List incidents, the newest first."""
    with looked_at(embedded) as book:
        known = incidents.known(book)
    wanted = states or [each for each in STATES if everything or each not in OVER]
    found = [one for one in known.values() if one.state in wanted]
    found.sort(key=lambda one: (one.opened_at, one.id), reverse=True)
    if machine:
        for one in found:
            click.echo(line(asdict(one)), nl=False)
        return
    show([Table("", HEAD, [_row(one) for one in found], frozenset({3, 4}))])
    if not found:
        over = len(known)
        click.echo(f"none of {counted(over, 'incident')}" if over else "no incidents")


def _row(incident: Incident) -> tuple[str, ...]:
    return (
        incident.id,
        f"{incident.state} ({incident.quiet})" if incident.quiet else incident.state,
        incident.severity,
        "" if is_silence(incident) else dollars(incident.accrued_nano_usd),
        f"{headline_dollars(incident.hourly_nano_usd)}/h" if incident.hourly_nano_usd else "",
        clock_time(incident.opened_at),
        incident.owner,
        incident.series,
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says to an incident."""

    action: str
    by: str
    until: datetime | None = None
    cap: int | None = None
    note: str = ""

    def answer(self, incident: Incident, at: datetime) -> Answer:
        """The answer, given at a time. Raises Failure where it would be over already."""
        if self.until is not None and self.until <= at:
            raise Failure(f"{clock_time(self.until)} is past: it is {clock_time(at)}")
        return Answer(
            id=answering.identity(incident.id, self.action, self.by, clocks.now()),
            incident=incident.id,
            action=self.action,
            by=self.by,
            time=at,
            until=self.until,
            cap_nano_usd_per_hour=self.cap,
            note=self.note,
        )


by_whom = click.option("--by", help="who answers; the system's user by default")


def _by(given: str | None) -> str:
    """Who answers. Raises Failure."""
    try:
        name = getpass.getuser() if given is None else given.strip()
    except (OSError, KeyError):  # a container's user may have no name
        name = ""
    if not 0 < len(name) <= LONGEST_NAME:
        raise Failure(f"--by: who answers? A name of at most {LONGEST_NAME} characters")
    return name


def _answer(embedded: Path | None, given: str, say: Callable[[datetime], Said]) -> None:
    """Give an answer and show what becomes of it; `say` is told the time that it is given at."""
    with looked_at(embedded) as book:
        incident = incidents.meant(incidents.known(book), given)
        at = answering.given_at(incident, clocks.now())
        said = say(at)
        effect = answering.effect(incident, said.action)
        if effect.changes:
            click.echo(_given(book, said.answer(incident, at)))
        else:
            click.echo(_unchanged(incident, said))


def _given(book: Logbook, answer: Answer) -> str:
    mark = answering.give(book, answer)
    after = answering.heard(book, answer, mark)
    if after is None:
        return (
            f"{answer.incident}: the answer is recorded; judge has not heard it yet. Is "
            "`spendwatch run` running?"
        )
    return f"{after.id}: {headline(after)}\n{news(after).text}"


def _unchanged(incident: Incident, said: Said) -> str:
    """What to say where an answer changes nothing. Raises Failure where it comes too late."""
    if incident.state not in OVER:
        by = f" by {incident.by}" if incident.by else ""
        return f"{incident.id} is {incident.state} already{by}"
    into = f" into {incident.merged_into}: answer that one" if incident.merged_into else ""
    raise Failure(f"{incident.id} is {incident.state}{into}: there is nothing to {said.action}")


@command.command("ack")
@click.argument("incident")
@options.embedded
@by_whom
def acknowledged(incident: str, embedded: Path | None, by: str | None) -> None:
    """Say that somebody is at it."""
    _answer(embedded, incident, lambda _: Said("acknowledge", _by(by)))


@command.command("snooze")
@click.argument("incident")
@options.embedded
@by_whom
@click.option("--for", "length", type=Length(), help="how long: 30m, 2h, 1d")
@click.option("--until", type=Moment(), help="until when, RFC 3339")
def snoozed(
    incident: str,
    embedded: Path | None,
    by: str | None,
    length: timedelta | None,
    until: datetime | None,
) -> None:
    """Say nothing of it for a while."""
    if (length is None) == (until is None):
        raise Failure("say how long: --for 2h, or --until TIME")
    who = _by(by)
    _answer(
        embedded, incident, lambda at: Said("snooze", who, until=at + length if length else until)
    )


@command.command("expect")
@click.argument("incident")
@options.embedded
@by_whom
@click.option("--until", type=Moment(), help="until when it may go on, RFC 3339")
@click.option("--cap", type=Dollars(), help="the excess dollars an hour up to which it is expected")
@click.option("--note", default="", help="why, for who comes later")
def expected(  # noqa: PLR0913, PLR0917 - one for each option
    incident: str,
    embedded: Path | None,
    by: str | None,
    until: datetime | None,
    cap: int | None,
    note: str,
) -> None:
    """Say that it was meant: detectors learn from it at the second midnight from now."""
    if len(note) > LONGEST_NOTE:
        raise Failure(f"--note: at most {LONGEST_NOTE} characters")
    _answer(
        embedded,
        incident,
        lambda _: Said("expected", _by(by), until=until, cap=cap, note=note),
    )
