"""spendwatch publish: recorded usage onto the log."""

from pathlib import Path

import click

from spendwatch import logbook, progress, settings
from spendwatch.commands.replay import counted
from spendwatch.failures import Failure
from streams import sources
from streams.publishing import Publisher
from streams.rulebooks import Rulebooks
from streams.sources import mapping
from streams.steps.step import StepError

DEFAULT_LATENESS_S = 5


@click.command("publish")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--embedded", type=click.Path(dir_okay=False, path_type=Path), help="the log's file")
@click.option("--map", "columns", type=click.Path(dir_okay=False, path_type=Path),
              help="how the columns of a CSV become usage")  # fmt: skip
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
            for _ in publisher.publish(counted(sources.read(list(files), known), advance)):
                pass
    finally:
        book.log.close()
    done = publisher.published
    click.echo(f"{done.usages} usages published to {book.where}, {done.rejected} lines refused")
    if strict and done.rejected:
        raise Failure(f"{done.rejected} lines were refused")


def _lateness(book: logbook.Logbook) -> int:
    """The lateness of the newest rulebook, or what is usual while there is none."""
    try:
        versions = Rulebooks(book.log, book.codec)().versions
    except StepError:
        return DEFAULT_LATENESS_S
    return versions[-1].rulebook.lateness_s
