"""spendwatch rejected: what could not be used, and again after the fix."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click

from schemas.moments import rfc3339
from schemas.reasons import Refusal as Reason
from schemas.wording import counted
from spendwatch import options
from spendwatch.failures import Failure
from spendwatch.lines import line
from spendwatch.logbook import Logbook
from spendwatch.reading import looked_at
from spendwatch.refusals import TOPIC, Refusal, Replayed, latest, oldest, replay
from spendwatch.tables import Table, show

LIMIT = 50
HEAD = ("place", "time", "reason", "from", "detail")

of_reason = click.option(
    "--reason", type=click.Choice([str(reason) for reason in Reason]), help="only of this reason"
)


@click.group("rejected")
def command() -> None:
    """List what could not be used, and try it again."""


@command.command("list")
@options.embedded
@of_reason
@click.option("--limit", type=click.IntRange(min=1), default=LIMIT, show_default=True)
@options.machine
def listed(embedded: Path | None, reason: str | None, limit: int, machine: bool) -> None:
    """List rejected messages, newest first."""
    with looked_at(embedded) as book:
        found = _newest(book, reason, limit)
    if machine:
        for one in found:
            click.echo(line({"place": one.place, **asdict(one.record)}), nl=False)
        return
    show([Table("", HEAD, [_row(one) for one in found])])
    if not found:
        click.echo("nothing was rejected")
    if len(found) == limit:
        click.echo(f"the newest {limit}; --limit shows more")


def _newest(book: Logbook, reason: str | None, limit: int) -> list[Refusal]:
    found: list[Refusal] = []
    for partition in range(book.log.partitions(TOPIC)):
        wanted = (one for one in latest(book, partition) if reason in (None, one.record.reason))
        found += islice(wanted, limit)
    return sorted(found, key=lambda one: one.record.time, reverse=True)[:limit]


def _row(refusal: Refusal) -> tuple[str, ...]:
    record = refusal.record
    return (refusal.place, rfc3339(record.time), record.reason, refusal.came_from, record.detail)


@command.command("replay")
@options.embedded
@of_reason
@click.option("--all", "everything", is_flag=True, help="whatever the reason")
@click.option("--offset", "places", multiple=True, metavar="P:O", help="as `list` names it")
def replayed(
    embedded: Path | None, reason: str | None, everything: bool, places: tuple[str, ...]
) -> None:
    """Append rejected messages to the usage topic again; twice does no harm."""
    if everything + bool(reason) + bool(places) != 1:
        raise Failure("say which: --all, --reason REASON or --offset PARTITION:OFFSET")
    with looked_at(embedded) as book:
        done = replay(book, _chosen(book, reason, places))
    for text in _told(done):
        click.echo(text)


def _chosen(book: Logbook, reason: str | None, places: tuple[str, ...]) -> Iterator[Refusal]:
    """The messages meant. Raises Failure where a place holds none."""
    missing = set(places)
    for one in oldest(book):
        if one.place in missing or (not places and reason in (None, one.record.reason)):
            missing.discard(one.place)
            yield one
    if missing:
        raise Failure(f"nothing was rejected at {', '.join(sorted(missing))}")


def _told(done: Replayed) -> Iterator[str]:
    yield (
        f"{counted(done.appended, 'message')} appended to usage again; what was accepted "
        "meanwhile is dropped as a duplicate"
    )
    if done.repeats:
        yield f"{counted(done.repeats, 'message')} left out: the same bytes were appended already"
    if done.files:
        yield f"{counted(done.files, 'line')} of files left out: publish those files again"
    if done.cut:
        cut = counted(done.cut, "message")
        yield f"{cut} left out: kept in part only, to be sent again by the source"
