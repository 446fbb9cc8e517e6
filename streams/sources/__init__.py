"""Where recorded usage comes from: one file for each form, one protocol (streams/sources/base.py).

A new form is one file with a `read` and a `rows`, and one line here;
tests/streams/test_every_source.py then holds it to what all sources promise.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from pathlib import Path

from streams.sources import csv_rows, json_lines, merging, parquet
from streams.sources.base import Item, Unreadable
from streams.sources.mapping import Mapping as Columns
from streams.sources.rows import Rows, evenly


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is read: line by line as it is, or in columns."""

    read: Callable[[Path, Columns | None], Iterator[Item]]
    rows: Callable[[Path, Columns | None], Iterator[Rows]]


JSON = Form(json_lines.read, json_lines.rows)
FORMS: Mapping[str, Form] = {
    ".jsonl": JSON,
    ".ndjson": JSON,
    ".json": JSON,
    ".csv": Form(csv_rows.read, csv_rows.rows),
    ".parquet": Form(parquet.read, parquet.rows),
}
"""By the end of a file's name."""


def read(paths: list[Path], columns: Columns | None = None) -> Iterator[Item]:
    """The items of all files; several are merged by time. Raises Unreadable."""
    found = [form(path).read(path, columns) for path in paths]
    if len(found) == 1:
        return found[0]
    return merge(*found, key=lambda item: item.time)


def in_columns(paths: list[Path], columns: Columns | None = None) -> Iterator[Rows]:
    """The same in columns, so many lines at a time. Raises Unreadable."""
    found = [form(path).rows(path, columns) for path in paths]
    return evenly(found[0] if len(found) == 1 else merging.merged(found))


def form(path: Path) -> Form:
    """How a file is read. Raises Unreadable."""
    known = FORMS.get(path.suffix.lower())
    if known is None:
        raise Unreadable(f"{path}: neither {', nor '.join(FORMS)}")
    return known
