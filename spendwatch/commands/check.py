"""spendwatch check: is this a rulebook? Every mistake with its line."""

from pathlib import Path

import click

from detectors.calibration import LEAST, false_alarms
from schemas.wording import counted
from spendwatch import options
from spendwatch.texts import text_of
from streams import rulebook
from streams.rulebook import Rulebook
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
    click.echo(
        f"{_borne(book)}: told is what a usual day of one shows once in {book.once_in_days:,} days"
    )


def _borne(book: Rulebook) -> str:
    """The false alarms to be expected: those asked for, or fewer where T would be too short."""
    asked = f"{book.false_alarms_a_month.normalize():f}"
    over = f"over about {counted(book.watched, 'series', 'series')}"
    most = false_alarms(LEAST, book.watched)
    if book.false_alarms_a_month <= most:
        return f"{asked} false alarms a month {over}"
    return f"at most {most:.3g} false alarms a month {over}, for all that {asked} are borne"
