"""What a command shows: tables on a terminal, columns of plain text elsewhere.

Every cell is cleaned: names come from producers and could steer a terminal. One step of
indentation is kept, for rows that are part of the one above.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import click
from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from notifiers.text import clean

GAP = "  "


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; without a head they are labels and values. `numbers` are set to the right."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()


def facts(title: str, rows: Iterable[tuple[str, str]]) -> Table:
    """Labels and values; a label without a value is left out."""
    return Table(title, (), [row for row in rows if row[1]])


def show(tables: Iterable[Table], console: Console | None = None) -> None:
    """Write tables to standard output; those without rows are left out."""
    console = console or Console()
    for number, table in enumerate(table for table in tables if table.rows):
        if console.is_terminal:
            console.print(_grid(table))
            continue
        for line in ([""] if number else []) + list(plain(table)):
            click.echo(line, file=console.file)


def _grid(table: Table) -> Grid:
    grid = Grid(
        title=clean(table.title) or None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_header=bool(table.head),
    )
    for index in range(_wide(table)):
        head = table.head[index] if table.head else ""
        grid.add_column(head, justify="right" if index in table.numbers else "left")
    for row in table.rows:
        grid.add_row(*map(Text, _cells(row)))
    return grid


def _cells(row: Sequence[str]) -> list[str]:
    return [(GAP if cell.startswith(GAP) else "") + clean(cell) for cell in row]


def _wide(table: Table) -> int:
    return len(table.head) or max(len(row) for row in table.rows)


def plain(table: Table) -> Iterator[str]:
    """The table as lines of text."""
    rows = [_cells(row) for row in (*([table.head] if table.head else []), *table.rows)]
    widths = [max(len(row[index]) for row in rows) for index in range(_wide(table))]
    if table.title:
        yield clean(table.title)
    for row in rows:
        cells = (
            cell.rjust(width) if index in table.numbers else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield (GAP if table.title else "") + GAP.join(cells).rstrip()
