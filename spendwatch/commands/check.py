"""spendwatch check: is this a rulebook? Every mistake with its line."""

from pathlib import Path

import click

from schemas.wording import counted
from spendwatch import options
from spendwatch.texts import text_of
from streams import rulebook
from streams.rulebooks import hash_of


@click.command("check")
@click.argument("file", type=options.file)
def command(file: Path) -> None:
    """Validate a rulebook; every mistake with its line."""
    text = text_of(file)
    book = rulebook.read(text)
    parts = (
        counted(len(book.owners), "owner"),
        counted(len(book.rules), "rule"),
        counted(len(book.pools), "pool"),
        counted(len(book.rates), "rate"),
        counted(len(book.cuts), "cut"),
        counted(len(book.budgets), "budget"),
        counted(len(book.detectors), "detector"),
        counted(len(book.policies), "policy", "policies"),
        counted(len(book.places), "place"),
        counted(len(book.routes), "route"),
    )
    click.echo(f"{file}: a rulebook of {book.organisation}, version {hash_of(text)}")
    click.echo(", ".join(parts))
    borne, watched = f"{book.false_alarms_a_month.normalize():f}", book.watched
    click.echo(
        f"{borne} false alarms a month over about {counted(watched, 'series', 'series')}: "
        f"told is what a usual day of one shows once in {book.once_in_days:,} days"
    )
