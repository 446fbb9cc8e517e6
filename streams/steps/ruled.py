"""What the meter asks of a version of the rulebook: where a usage goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ledger.owners import Path


@dataclass(frozen=True, slots=True)
class Line:
    """Where one kind of usage goes."""

    owner: str
    """An application's id, `pool/<id>` or `unowned`."""

    path: Path
    rule: str
    """Name of the owner rule that matched; empty where none did."""

    series: tuple[str, ...]
    """Every series that its amounts are added to."""

    drivers: tuple[str, ...] = ()
    """The pools' driver series that count what it did."""


class Ruled(Protocol):
    """What lines ask of a version of the rulebook."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The dimensions that a line depends on."""

    def line(self, dimensions: Mapping[str, str], day: date) -> Line:
        """Where a usage with these dimensions goes on a day."""

    def root(self, name: str) -> str:
        """What decides the partition of a series."""
