"""spendwatch publish: recorded usage onto the log."""

from pathlib import Path

import click

from schemas.wording import counted
from spendwatch import logbook, options, progress, settings
from spendwatch.failures import Failure
from streams import sources
from streams.publishing import Publisher
from streams.rulebooks import Rulebooks
from streams.sources import mapping
from streams.steps.step import StepError

DEFAULT_LATENESS_S = 5


@click.command("publish")
@click.argument("files", nargs=-1, required=True, type=options.file)
@options.embedded
@options.columns
@click.option("--history", is_flag=True, help="teach and allocate, but tell nobody; comes first")
@click.option("--strict", is_flag=True, help="fail if a line is refused")
def command(
    files: tuple[Path, ...],
    embedded: Path | None,
    columns: Path | None,
    history: bool,
    strict: bool,
) -> None:
    """Produce usage from files, in time order, with the data's own clock."""
    book = logbook.opened(settings.load(), embedded)
    known = mapping.load(columns) if columns else None
    publisher = Publisher(book.log, book.codec, _lateness(book), history)
    try:
        with progress.bar("usage") as advance:
            for _ in publisher.publish(progress.along(sources.read(list(files), known), advance)):
                pass
    finally:
        book.log.close()
    done = publisher.published
    refused = f"{counted(done.rejected, 'line')} refused"
    click.echo(f"{counted(done.usages, 'usage')} published to {book.where}, {refused}")
    if strict and done.rejected:
        raise Failure(refused)


def _lateness(book: logbook.Logbook) -> int:
    """The lateness of the newest rulebook, or what is usual while there is none."""
    try:
        versions = Rulebooks(book.log, book.codec)().versions
    except StepError:
        return DEFAULT_LATENESS_S
    return versions[-1].rulebook.lateness_s
