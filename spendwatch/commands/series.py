"""spendwatch series: what is watched, and what is still learnt."""

from dataclasses import asdict
from pathlib import Path

import click

from schemas.money import dollars
from schemas.wording import counted
from spendwatch import options
from spendwatch.lines import line
from spendwatch.reading import books_of, looked_at
from spendwatch.standing import Standing, allocations, beginnings, standings
from spendwatch.tables import Table, show

HEAD = ("series", "", "24h", "month")


@click.command("series")
@options.embedded
@click.option("--all", "everything", is_flag=True, help="also those that no rule watches")
@options.machine
def command(embedded: Path | None, everything: bool, machine: bool) -> None:
    """Say of each series whether it is watched already or still learnt, and what it costs."""
    with looked_at(embedded) as book:
        stand = list(standings(allocations(book), beginnings(book), books_of(book)))
    found = [one for one in stand if everything or one.rules]
    if machine:
        for one in found:
            click.echo(line(asdict(one)), nl=False)
        return
    show([Table("", HEAD, [_row(one) for one in found], frozenset({2, 3}))])
    if not found:
        click.echo(_nothing(len(stand)))


def _nothing(unwatched: int) -> str:
    if unwatched:
        return f"no rule watches any of {counted(unwatched, 'series', 'series')}: --all shows them"
    return "no series yet: publish usage, and let `spendwatch run` take it up"


def _row(one: Standing) -> tuple[str, ...]:
    return one.series, one.said, dollars(one.day_nano_usd), dollars(one.month_nano_usd)
