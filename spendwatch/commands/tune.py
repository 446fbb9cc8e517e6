"""spendwatch tune: what today's rulebook and a change of it would have said of the past."""

import json
from datetime import datetime
from pathlib import Path

import click

from schemas.moments import minute_of
from schemas.rules import Grain
from spendwatch import options, outputs, progress
from spendwatch.moments import Moment
from spendwatch.tables import show
from spendwatch.texts import text_of
from spendwatch.tuning import histories, labels, page, report, shown
from spendwatch.tuning.changes import Rulebooks, rulebooks
from spendwatch.tuning.report import Report
from spendwatch.tuning.tuning import Tuning, bands

GRAINS = [str(Grain.HOUR), str(Grain.MINUTE)]


@click.command("tune")
@click.option("--history", required=True, type=click.Path(path_type=Path), metavar="FILE|DIR",
              help="usage as replay reads it, or a table of buckets")  # fmt: skip
@click.option("--rulebook", "book", required=True, type=options.file)
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE",
              help="what to change, as detectors.day.floor_usd=20")  # fmt: skip
@click.option("--from", "start", type=Moment(), help="when incidents begin to count")
@click.option("--to", "end", type=Moment(), help="where the history ends")
@click.option("--label", "marks", type=options.file,
              help="incidents that people marked as expected or real")  # fmt: skip
@options.columns
@click.option("--grain", type=click.Choice(GRAINS), help="of a table's buckets, if not as it looks")
@click.option("--html", type=options.file, help="write a page with plots and a slider")
@click.option("--patch", type=options.file, help="write the change as a patch of the rulebook")
@options.machine
def command(  # noqa: PLR0913, PLR0917 - one for each option
    history: Path,
    book: Path,
    settings: tuple[str, ...],
    start: datetime | None,
    end: datetime | None,
    marks: Path | None,
    columns: Path | None,
    grain: str | None,
    html: Path | None,
    patch: Path | None,
    machine: bool,
) -> None:
    """Let a recorded past go through today's rulebook and a change of it, side by side."""
    books = rulebooks(book.name, text_of(book), settings)
    known = labels.read(marks) if marks else []
    files = histories.files(history)
    outputs.ready(_given(html, patch), [*files, book, *_given(marks, columns)])
    source = histories.Source(files, columns, None if grain is None else Grain(grain))
    tuning = Tuning.of(
        books, source, *(None if at is None else minute_of(at) for at in (start, end))
    )
    tuning.labels, tuning.asks = known, machine or html is not None
    with progress.bar("series", len(tuning.read.history.series)) as advance:
        found, told = tuning.run(advance)
    if html:
        html.write_text(page.page(found, bands(told)), encoding="utf-8")
    if patch:
        patch.write_text(found.patch, encoding="utf-8")
    if machine:
        click.echo(json.dumps(report.summary(found), ensure_ascii=False))
        return
    _show(found, books, html)


def _given(*files: Path | None) -> list[Path]:
    return [file for file in files if file is not None]


def _show(found: Report, books: Rulebooks, html: Path | None) -> None:
    span = found.span
    click.echo(
        f"{found.history['made_of']}: {found.history['series']:,} series, "
        f"{found.history['watched']:,} of them watched, "
        f"{shown.moment(span.start)} to {shown.moment(span.end)} UTC"
    )
    for one in found.history["left_out"]:
        click.echo(f"left out: {one['rule']}, {one['why']}")
    for note in found.history["notes"]:
        click.echo(f"note: {note}")
    click.echo("")
    show(shown.tables(found))
    if html:
        click.echo(f"\npage: {html}")
    if books.patch:
        click.echo(f"\npatch of {books.name}\n\n{books.patch}", nl=False)
