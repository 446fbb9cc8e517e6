"""spendwatch explain: why a charge or an incident is as it is."""

from collections.abc import Iterable
from pathlib import Path

import click

from spendwatch import incidents, options
from spendwatch.explaining import charge_tables, charges, incident_tables
from spendwatch.explaining import incidents as overruns
from spendwatch.explaining.charges import Charged, Uncharged
from spendwatch.explaining.incidents import Explained
from spendwatch.explaining.machine import written
from spendwatch.failures import Failure
from spendwatch.logbook import Logbook
from spendwatch.reading import looked_at
from spendwatch.tables import Table, show


@click.command("explain")
@click.argument("name", metavar="ID")
@options.embedded
@options.machine
def command(name: str, embedded: Path | None, machine: bool) -> None:
    """Say why: of a usage, `source|id`, or of an incident, `inc_...`."""
    with looked_at(embedded) as book:
        found = explained(book, name)
    if machine:
        click.echo(written(found))
    else:
        show(_tables(found))


def explained(book: Logbook, name: str) -> Charged | Uncharged | Explained:
    """What the log knows of an incident or a usage. Raises Failure, LogError."""
    if name.startswith(incidents.PREFIX):
        return overruns.explain(book, name)
    if "|" in name:
        return charges.explain(book, name)
    raise Failure(f"{name}: an incident is inc_..., a usage is its source|id, in quotes")


def _tables(found: Charged | Uncharged | Explained) -> Iterable[Table]:
    if isinstance(found, Explained):
        return incident_tables.tables(found)
    return charge_tables.tables(found)
