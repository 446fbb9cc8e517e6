"""spendwatch rulebook: make a version of the rulebook known to the workers."""

from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import click

from spendwatch import clocks, logbook, options, settings
from spendwatch.moments import Moment
from spendwatch.reading import books_of, looked_at
from spendwatch.texts import text_of
from streams.rulebooks import Rulebooks


@click.group("rulebook")
def command() -> None:
    """Publish and list the versions that workers follow."""


@command.command("publish")
@click.argument("file", type=options.file)
@options.embedded
@click.option("--from", "start", type=Moment(),
              help="event time from which it holds, RFC 3339; default: now")  # fmt: skip
def publish(file: Path, embedded: Path | None, start: datetime | None) -> None:
    """Publish a rulebook; the first one holds from the beginning of time."""
    book = logbook.opened(settings.load(), embedded)
    try:
        version = Rulebooks(book.log, book.codec).publish(text_of(file), start or clocks.now())
    finally:
        book.log.close()
    click.echo(f"version {version} published to {book.where}")


@command.command("list")
@options.embedded
def listed(embedded: Path | None) -> None:
    """List the versions, earliest first; of those of one time the last holds."""
    with looked_at(embedded) as book:
        versions = books_of(book).versions
    for version, following in zip_longest(versions, versions[1:]):
        replaced = following is not None and following.effective_from == version.effective_from
        said = f"{version.hash}  from {version.effective_from.isoformat()}"
        click.echo(f"{said}  replaced by the next" if replaced else said)
