"""CloudEvents, one JSON object a line (jsonlines.org; CloudEvents 1.0.2, JSON event format)."""

import json
from collections.abc import Iterator
from pathlib import Path

from schemas.cloudevents import LARGEST
from schemas.reasons import Refusal, Refused
from streams.sources.base import Item, Unreadable, micros_of, opened
from streams.sources.mapping import Mapping


def read(path: Path, columns: Mapping | None = None) -> Iterator[Item]:
    """The lines of a file; empty ones are passed over. Raises Unreadable.

    What is in a line is the meter's business: here only its time and, where it has one, its
    `received` are looked at. A mapping is for columns, not for events.
    """
    time = 0
    try:
        with opened(path).open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                original = line.strip()
                if original:
                    item = _item(path.name, number, original, time)
                    time = item.time
                    yield item
    except OSError as wrong:
        raise Unreadable(f"{path}: {wrong.strerror}") from wrong


def _item(file: str, number: int, original: bytes, before: int) -> Item:
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
