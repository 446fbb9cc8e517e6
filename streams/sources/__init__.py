"""Where recorded usage comes from: one file for each form, one protocol (streams/sources/base.py).

A new form is one file with a `read`, and one line here; tests/streams/test_every_source.py then
holds it to what all sources promise.
"""

from collections.abc import Callable, Iterator, Mapping
from heapq import merge
from pathlib import Path

from streams.sources import csv_rows, json_lines
from streams.sources.base import Item, Unreadable
from streams.sources.mapping import Mapping as Columns

Read = Callable[[Path, Columns | None], Iterator[Item]]

FORMS: Mapping[str, Read] = {
    ".jsonl": json_lines.read,
    ".ndjson": json_lines.read,
    ".json": json_lines.read,
    ".csv": csv_rows.read,
}
"""How a file is read, by the end of its name."""


def read(paths: list[Path], columns: Columns | None = None) -> Iterator[Item]:
    """The items of all files; several are merged by time. Raises Unreadable."""
    found = [form(path)(path, columns) for path in paths]
    if len(found) == 1:
        return found[0]
    return merge(*found, key=lambda item: item.time)


def form(path: Path) -> Read:
    """How a file is read. Raises Unreadable."""
    known = FORMS.get(path.suffix.lower())
    if known is None:
        raise Unreadable(f"{path}: neither {', nor '.join(FORMS)}")
    return known
