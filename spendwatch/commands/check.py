"""spendwatch check: is this a rulebook? Every mistake with its line."""

from pathlib import Path

import click

from spendwatch.texts import text_of
from streams import rulebook
from streams.rulebooks import hash_of


@click.command("check")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(file: Path) -> None:
    """Validate a rulebook; every mistake with its line."""
    text = text_of(file)
    book = rulebook.read(text)
    parts = {
        "owners": book.owners,
        "rules": book.rules,
        "pools": book.pools,
        "rates": book.rates,
        "cuts": book.cuts,
        "budgets": book.budgets,
        "detectors": book.detectors,
        "policies": book.policies,
        "places": book.places,
        "routes": book.routes,
    }
    counted = ", ".join(f"{len(held)} {name}" for name, held in parts.items())
    click.echo(f"{file}: a rulebook of {book.organisation}, version {hash_of(text)}")
    click.echo(counted)
