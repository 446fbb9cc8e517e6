"""What a series spent in a batch, by how it counts in budgets; times are minutes since 1970."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Sum(NamedTuple):
    """An amount as a budget counts it."""

    at: int
    """The minute that it is told of."""

    minute: int
    """The minute whose period bears it: its own."""

    cost: int
    """Direct, nano-dollars."""

    shared: int = 0


@dataclass(slots=True)
class Amounts:
    """What a series spent in a batch, by how it counts."""

    closed: list[tuple[int, int]] = field(default_factory=list)
    """Of minutes that closed: minute and nano-dollars."""

    late: list[Sum] = field(default_factory=list)
    """Direct, of every other kind."""

    shared: list[tuple[int, int]] = field(default_factory=list)
    """Of final splits of closed days: minute and nano-dollars."""

    @property
    def some(self) -> bool:
        """Whether there is any."""
        return bool(self.closed or self.late or self.shared)

    @property
    def direct(self) -> list[tuple[int, int]]:
        """Minute and nano-dollars of all that is direct."""
        return [*self.closed, *((one.minute, one.cost) for one in self.late)]

    def in_order(self) -> list[Sum]:
        """By the minute that they are told of; in each what is direct comes first."""
        given = sorted([*(Sum(minute, minute, cost) for minute, cost in self.closed), *self.late])
        given += [Sum(minute, minute, 0, cost) for minute, cost in sorted(self.shared)]
        return sorted(given, key=lambda one: one.at)
