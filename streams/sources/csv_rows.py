"""Tables of comma-separated values with a header, by a mapping (RFC 4180)."""

import csv
from collections.abc import Iterator
from pathlib import Path

from streams.sources.base import Item, Origin, Unreadable, opened
from streams.sources.mapping import Mapping, item
from streams.sources.rows import Rows, gathered


def read(path: Path, columns: Mapping | None = None) -> Iterator[Item]:
    """The rows of a file, numbered from 1. Raises Unreadable."""
    if columns is None:
        raise Unreadable(f"{path}: a table needs a mapping of its columns (--map)")
    try:
        with opened(path).open(encoding="utf-8-sig", newline="") as text:
            table = csv.DictReader(text, restkey="", restval="")
            missing = sorted(set(columns.columns.values()) - set(table.fieldnames or ()))
            if missing:
                raise Unreadable(f"{path}: no column {', '.join(missing)}")
            yield from _items(table, path.name, columns)
    except OSError as wrong:
        raise Unreadable(f"{path}: {wrong.strerror}") from wrong
    except (csv.Error, UnicodeDecodeError) as wrong:
        raise Unreadable(f"{path}: {wrong}") from wrong


def rows(path: Path, columns: Mapping | None = None) -> Iterator[Rows]:
    """The same in columns. Raises Unreadable."""
    return gathered(read(path, columns))


def _items(table: "csv.DictReader[str]", file: str, columns: Mapping) -> Iterator[Item]:
    time = 0
    for number, row in enumerate(table, start=1):
        original = ",".join(str(value) for value in row.values()).encode()
        found = item(columns, row, Origin(file, number, original), time)
        time = found.time
        yield found
