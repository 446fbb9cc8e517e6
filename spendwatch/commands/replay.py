"""spendwatch replay: the same walk over recorded usage."""

from pathlib import Path

import click

from schemas.moments import EPOCH
from schemas.wording import counted
from spendwatch import charge_files, clocks, options, progress
from spendwatch.ahead import ahead
from spendwatch.failures import Failure
from spendwatch.reports import Reports
from spendwatch.texts import text_of
from streams import rulebook, sources
from streams.book import Book, Books
from streams.replay import replay
from streams.rulebooks import hash_of
from streams.sources import mapping
from streams.walk import Walk


def books_of(file: Path) -> Books:
    """One rulebook, in force from the beginning of time. Raises Faulty, Failure."""
    text = text_of(file)
    return Books([Book(hash_of(text), EPOCH, rulebook.read(text))])


@click.command("replay")
@click.argument("files", nargs=-1, required=True, type=options.file)
@click.option("--rulebook", "book", required=True, type=options.file)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@options.columns
@click.option("--charges", "form", type=click.Choice(list(charge_files.FORMS)), default="jsonl",
              show_default=True, help="how charges are written")  # fmt: skip
@click.option("--strict", is_flag=True, help="fail if any usage is rejected")
def command(  # noqa: PLR0913, PLR0917 - one for each option
    files: tuple[Path, ...], book: Path, out: Path, columns: Path | None, form: str, strict: bool
) -> None:
    """Take recorded usage through the walk and write what it leads to."""
    walk = Walk(books_of(book))
    known = mapping.load(columns) if columns else None
    with Reports(out, form) as reports, progress.bar("usage") as advance:
        usages = 0
        rows = ahead(sources.in_columns(list(files), known))
        for pace in replay(rows, walk, clocks.now_micros()):
            lines = len(pace.rows) if pace.rows else 0
            usages += lines
            reports.take(pace, walk)
            advance(lines)
        summary = reports.finish(walk, usages)
    seen, found = counted(summary["usages"], "usage"), counted(summary["incidents"], "incident")
    click.echo(f"{seen}, {summary['rejected']:,} of them rejected, {found}: {out}")
    if strict and summary["rejected"]:
        bad = counted(summary["rejected"], "usage")
        raise Failure(f"{bad} rejected, see {out / 'rejected.jsonl'}")
