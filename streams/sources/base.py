"""What every source yields, and how it fails."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from schemas.cloudevents import moment
from schemas.moments import micros
from schemas.reasons import Refused


class Unreadable(Exception):
    """The file can't be read at all: a missing file, no columns, not text."""


class Origin(NamedTuple):
    """Where a line stands, its number from 1, and what it says."""

    file: str
    line: int
    original: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One line or row: a message for the usage topic, or why it can be none.

    `time` and `received` are microseconds since 1970, 0 where the line does not say; `time` is
    that of the line before where this one has none, so that a merge keeps its place.
    """

    file: str
    line: int
    original: bytes
    message: bytes
    time: int = 0
    received: int = 0
    refused: Refused | None = None


def opened(path: Path) -> Path:
    """The path, if there is a file. Raises Unreadable."""
    if not path.is_file():
        raise Unreadable(f"{path}: no such file")
    return path


def micros_of(text: object) -> int:
    """Microseconds since 1970 of an RFC 3339 text; 0 for anything else."""
    try:
        return micros(moment({"time": text}, "time"))
    except Refused:
        return 0
