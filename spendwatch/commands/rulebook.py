"""spendwatch rulebook: make a version of the rulebook known to the workers."""

from datetime import UTC, datetime
from pathlib import Path

import click

from spendwatch import clocks, logbook, settings
from spendwatch.failures import Failure
from spendwatch.reading import books_of, looked_at
from spendwatch.texts import text_of
from streams.rulebooks import Rulebooks


@click.group("rulebook")
def command() -> None:
    """Publish and list the versions that workers follow."""


@command.command("publish")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--embedded", type=click.Path(dir_okay=False, path_type=Path), help="the log's file")
@click.option("--from", "start", help="event time from which it holds, RFC 3339; default: now")
def publish(file: Path, embedded: Path | None, start: str | None) -> None:
    """Publish a rulebook; the first one holds from the beginning of time."""
    book = logbook.opened(settings.load(), embedded)
    try:
        begins = moment(start) if start else clocks.now()
        version = Rulebooks(book.log, book.codec).publish(text_of(file), begins)
    finally:
        book.log.close()
    click.echo(f"version {version} published to {book.where}")


@command.command("list")
@click.option("--embedded", type=click.Path(dir_okay=False, path_type=Path), help="the log's file")
def listed(embedded: Path | None) -> None:
    """List the versions, earliest first."""
    with looked_at(embedded) as book:
        for version in books_of(book).versions:
            click.echo(f"{version.hash}  from {version.effective_from.isoformat()}")


def moment(text: str) -> datetime:
    """A time with its offset, as UTC. Raises Failure."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Failure(f"--from: {wrong}") from wrong
    if found.tzinfo is None:
        raise Failure("--from: a time needs its offset, as 2026-11-03T10:00:00Z")
    return found.astimezone(UTC)
