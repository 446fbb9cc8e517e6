"""CloudEvents, one JSON object a line (jsonlines.org; CloudEvents 1.0.2, JSON event format)."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from schemas.cloudevents import LARGEST
from schemas.reasons import Refusal, Refused
from streams.sources import json_columns
from streams.sources.base import Item, Origin, Unreadable, micros_of, opened
from streams.sources.mapping import Mapping
from streams.sources.rows import BATCH, Rows, Stretch, beside, carried, parsed

Line = tuple[int, bytes]
"""Its number from 1, and what it says."""


def read(path: Path, columns: Mapping | None = None) -> Iterator[Item]:
    """The lines of a file; empty ones are passed over. Raises Unreadable.

    What is in a line is the meter's business: here only its time and, where it has one, its
    `received` are looked at. A mapping is for columns, not for events.
    """
    time = 0
    for line in _lines(path):
        item = _item(path.name, line, time)
        time = item.time
        yield item


def rows(path: Path, columns: Mapping | None = None) -> Iterator[Rows]:
    """The same in columns. Raises Unreadable."""
    time, stream = 0, _lines(path)
    while lines := list(islice(stream, BATCH)):
        found = _rows(path.name, lines, time)
        time = int(found.time[-1])
        yield found


def _lines(path: Path) -> Iterator[Line]:
    try:
        with opened(path).open("rb") as held:
            for number, line in enumerate(held, start=1):
                original = line.strip()
                if original:
                    yield number, original
    except OSError as wrong:
        raise Unreadable(f"{path}: {wrong.strerror}") from wrong


def _rows(file: str, lines: Sequence[Line], before: int) -> Rows:
    """Lines that come together: the usual ones at once, the others one by one."""
    said = [original for _, original in lines]
    usual = json_columns.usual(said, json_columns.plain(said))
    at = np.concatenate([np.zeros(0, dtype=np.int64), *(part.at for part in usual)])
    others = np.setdiff1d(np.arange(len(lines)), at)
    rest = parsed([_item(file, lines[place], 0) for place in others.tolist()])
    usage, where = beside([part.usage for part in usual], at, rest, others)
    time, received = np.zeros((2, len(lines)), dtype=np.int64)
    time[others], received[others] = rest.time, rest.received
    for part in usual:
        time[part.at], received[part.at] = part.usage.column("time").cast("int64"), part.received
    refused = {int(others[line]): why for line, why in rest.refused.items()}
    return Rows(usage, where, carried(time, before), received, refused,
                [Stretch(0, 0, lambda line: Origin(file, *lines[line]))])  # fmt: skip


def _item(file: str, line: Line, before: int) -> Item:
    number, original = line
    if len(original) > LARGEST:
        why = Refused(Refusal.RECORD_TOO_LARGE, f"{len(original)} bytes, at most {LARGEST}")
        return Item(file, number, original, b"", before, refused=why)
    try:
        event = json.loads(original)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        why = Refused(Refusal.NOT_JSON, "a CloudEvent is a JSON object")
        return Item(file, number, original, b"", before, refused=why)
    time = micros_of(event.get("time")) or before
    return Item(file, number, original, original, time, micros_of(event.get("received")))
