"""spendwatch replay: the same walk over recorded usage."""

from collections.abc import Iterator
from pathlib import Path

import click

from schemas.moments import EPOCH
from spendwatch import clocks, progress
from spendwatch.failures import Failure
from spendwatch.reports import Reports
from spendwatch.texts import text_of
from streams import rulebook, sources
from streams.book import Book, Books
from streams.replay import replay
from streams.rulebooks import hash_of
from streams.sources import mapping
from streams.sources.base import Item
from streams.walk import Walk


def books_of(file: Path) -> Books:
    """One rulebook, in force from the beginning of time. Raises Faulty, Failure."""
    text = text_of(file)
    return Books([Book(hash_of(text), EPOCH, rulebook.read(text))])


@click.command("replay")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--rulebook", "book", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--map", "columns", type=click.Path(dir_okay=False, path_type=Path),
              help="how the columns of a CSV become usage")  # fmt: skip
@click.option("--strict", is_flag=True, help="fail if any usage is rejected")
def command(
    files: tuple[Path, ...], book: Path, out: Path, columns: Path | None, strict: bool
) -> None:
    """Take recorded usage through the walk and write what it leads to."""
    walk = Walk(books_of(book))
    known = mapping.load(columns) if columns else None
    with Reports(out) as reports, progress.bar("usage") as advance:
        usages = 0
        items = counted(sources.read(list(files), known), advance)
        for pace in replay(items, walk, clocks.now_micros()):
            usages += len(pace.items) + len(pace.refused)
            reports.take(pace, walk)
        summary = reports.finish(walk, usages)
    click.echo(f"{summary['usages']} usages, {summary['incidents']} incidents: {out}")
    if strict and summary["rejected"]:
        raise Failure(f"{summary['rejected']} usages were rejected, see {out / 'rejected.jsonl'}")


def counted(items: Iterator[Item], advance: progress.Advance) -> Iterator[Item]:
    """The same items, with the bar moved along."""
    for number, item in enumerate(items, start=1):
        if number % 1000 == 0:
            advance(1000)
        yield item
