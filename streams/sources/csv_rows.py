"""Tables of comma-separated values with a header, by a mapping (RFC 4180)."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from schemas.reasons import Refused
from streams.sources.base import Item, Unreadable, micros_of, opened
from streams.sources.mapping import Mapping


def read(path: Path, columns: Mapping | None = None) -> Iterator[Item]:
    """The rows of a file, numbered from 1. Raises Unreadable."""
    if columns is None:
        raise Unreadable(f"{path}: a table needs a mapping of its columns (--map)")
    try:
        with opened(path).open(encoding="utf-8-sig", newline="") as text:
            rows = csv.DictReader(text, restkey="", restval="")
            missing = sorted(set(columns.columns.values()) - set(rows.fieldnames or ()))
            if missing:
                raise Unreadable(f"{path}: no column {', '.join(missing)}")
            yield from _items(rows, path.name, columns)
    except OSError as wrong:
        raise Unreadable(f"{path}: {wrong.strerror}") from wrong
    except (csv.Error, UnicodeDecodeError) as wrong:
        raise Unreadable(f"{path}: {wrong}") from wrong


def _items(rows: "csv.DictReader[str]", file: str, columns: Mapping) -> Iterator[Item]:
    time = 0
    for number, row in enumerate(rows, start=1):
        original = ",".join(str(value) for value in row.values()).encode()
        try:
            event = columns.event(row, file, number)
        except Refused as why:
            yield Item(file, number, original, b"", time, refused=why)
            continue
        time = micros_of(event["time"])
        message = json.dumps(event, separators=(",", ":")).encode()
        yield Item(file, number, original, message, time, micros_of(event.get("received")))
