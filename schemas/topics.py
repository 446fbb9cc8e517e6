"""The topics as declared in `topics.yaml`: what each carries, how wide it is, what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec
import yaml

SEGMENT_BYTES = 16 * 2**20
"""A segment of a state topic: compaction never touches the newest one, so it must be small."""

SEGMENT_MS = 10 * 60_000
"""The longest that a segment of a state topic stays the newest."""

TOMBSTONE_MS = 60 * 60_000
"""How long a tombstone stays for readers that are behind; a view further behind starts anew."""

DAY_MS = 86_400_000


class Width(StrEnum):
    """Whose number of partitions a topic has."""

    USAGE = "usage"
    TALLY = "tally"
    ONE = "one"


class Cleanup(StrEnum):
    """What becomes of old records."""

    DELETE = "delete"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic; `topics.yaml` explains the fields."""

    name: str
    about: str
    carries: tuple[str, ...]
    key: str
    width: Width
    cleanup: Cleanup
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    retention_days: int | None = None
    appended: bool = False
    state: bool = False

    @property
    def compacted(self) -> bool:
        """Whether only the newest record of each key stays."""
        return self.cleanup is Cleanup.COMPACT

    @property
    def retention_ms(self) -> int | None:
        """How long a record is kept, milliseconds; None: for ever."""
        return None if self.retention_days is None else self.retention_days * DAY_MS


@cache
def topics() -> Mapping[str, Topic]:
    """All topics by name, in the order of the path."""
    declared = yaml.safe_load(files("schemas").joinpath("topics.yaml").read_text())
    named = {name: {"name": name, **fields} for name, fields in declared.items()}
    return msgspec.convert(named, dict[str, Topic])


def partitions(topic: str, usage: int = 4, tally: int = 4) -> int:
    """How many partitions a topic has. Raises KeyError."""
    return {Width.USAGE: usage, Width.TALLY: tally, Width.ONE: 1}[topics()[topic].width]


def widths(usage: int = 4, tally: int = 4) -> dict[str, int]:
    """The number of partitions of every topic."""
    return {name: partitions(name, usage, tally) for name in topics()}
