"""What a series spent in a batch, by how it counts in budgets; times are minutes since 1970."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.states import Bucket


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
    """Direct, of usage that came late."""

    restated: list[Sum] = field(default_factory=list)
    """Direct, reversals and rerates."""

    shared: list[tuple[int, int]] = field(default_factory=list)
    """Of final splits of closed days: minute and nano-dollars."""

    @property
    def some(self) -> bool:
        """Whether there is any."""
        return bool(self.closed or self.late or self.restated or self.shared)

    @property
    def direct(self) -> list[tuple[int, int]]:
        """Minute and nano-dollars of all that is direct."""
        others = ((one.minute, one.cost) for one in (*self.late, *self.restated))
        return [*self.closed, *others]

    def known(self, at: int, minute: int, bucket: Bucket) -> None:
        """What corrects a minute, told of the minute `at`."""
        if bucket.late:
            self.late.append(Sum(at, minute, bucket.late))
        if bucket.restated:
            self.restated.append(Sum(at, minute, bucket.restated))

    def in_order(self) -> list[Sum]:
        """By the minute that they are told of; in each what is direct comes first.

        What was restated is one amount a minute: a reversal alone is not what was spent.
        """
        closed = (Sum(minute, minute, cost) for minute, cost in self.closed)
        given = sorted([*closed, *self.late, *_netted(self.restated)])
        given += [Sum(minute, minute, 0, cost) for minute, cost in sorted(self.shared)]
        return sorted(given, key=lambda one: one.at)


def _netted(given: Iterable[Sum]) -> Iterator[Sum]:
    """One amount for each pair of minutes; what comes to nothing is left out."""
    found: Counter[tuple[int, int]] = Counter()
    for one in given:
        found[one.at, one.minute] += one.cost
    return (Sum(at, minute, cost) for (at, minute), cost in found.items() if cost)
