"""Hours of which only the sums are known, as minutes: each is spread evenly over its sixty."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from schemas.moments import HOUR_MINUTES
from schemas.states import Bucket
from streams.steps.amounts import NOTHING


class Whole(NamedTuple):
    """An hour: each minute's cost, all that they hold, the last that is not empty or 0."""

    costs: list[int]
    bucket: Bucket
    last: int


class Run(NamedTuple):
    """Hours that follow each other: what each costs and each of their minutes, and the last minute
    that is not empty, or 0.
    """

    costs: Sequence[int]
    minutes: Sequence[int]
    last: int


EMPTY = Whole([0] * HOUR_MINUTES, NOTHING, 0)


class Hours(Mapping[str | int, Bucket]):
    """The minutes of hours whose costs are known: the first of an hour hold what does not divide.

    A view that makes each minute when it is asked for; iterated over it is empty, as nothing of
    it has to be kept or forgotten.
    """

    def __init__(
        self, first: int, costs: Sequence[int], quantities: Mapping[str, Sequence[int]]
    ) -> None:
        self._first, self._costs, self._quantities = first, costs, quantities

    def __getitem__(self, minute: str | int) -> Bucket:
        place, part = divmod(int(minute) - self._first * HOUR_MINUTES, HOUR_MINUTES)
        if not 0 <= place < len(self._costs):
            raise KeyError(minute)
        whole, rest = divmod(self._costs[place], HOUR_MINUTES)
        cost = whole + (part < rest)
        held = {name: _part(amounts[place], part) for name, amounts in self._quantities.items()}
        held = {name: amount for name, amount in held.items() if amount}
        if not cost and not held:
            raise KeyError(minute)
        return Bucket(cost=cost, charges=1, quantities=held)

    def __iter__(self) -> Iterator[str | int]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def whole(self, minute: int) -> Whole:
        """The hour that begins with a minute."""
        place = minute // HOUR_MINUTES - self._first
        if not 0 <= place < len(self._costs):
            return EMPTY
        cost = self._costs[place]
        held = {name: amounts[place] for name, amounts in self._quantities.items()}
        some = max([cost, *held.values()]) if held else cost
        if not some:
            return EMPTY
        last = min(some, HOUR_MINUTES)
        return Whole(
            _spread(cost), Bucket(cost=cost, charges=last, quantities=held), minute + last - 1
        )

    def run(self, minute: int, end: int) -> Run:
        """The hours from the one that begins with a minute to `end`, as far as all that hold
        anything have a cost.
        """
        hours = range(minute // HOUR_MINUTES - self._first, end // HOUR_MINUTES - self._first)
        known = self._costs[hours.start : hours.stop]
        costs = [*known, *(0,) * (len(hours) - len(known))]
        if self._quantities:
            costs = costs[: self._costly(hours)]
        minutes = [part for cost in costs for part in _spread(cost)]
        some = [at for at, cost in enumerate(costs) if cost]
        last = self.whole(minute + some[-1] * HOUR_MINUTES).last if some else 0
        return Run(costs, minutes, last)

    def _costly(self, hours: range) -> int:
        """How many there are before the first that holds something and costs nothing."""
        known = range(hours.start, min(hours.stop, len(self._costs)))
        free = (at for at in known if not self._costs[at] and self._holds(at))
        return next(free, hours.stop) - hours.start

    def _holds(self, place: int) -> bool:
        return any(amounts[place] for amounts in self._quantities.values())


def _spread(cost: int) -> list[int]:
    """An hour's cost by its minutes."""
    each, rest = divmod(cost, HOUR_MINUTES)
    return [each + 1] * rest + [each] * (HOUR_MINUTES - rest)


def _part(amount: int, part: int) -> int:
    """A minute's part of an hour's amount."""
    return amount // HOUR_MINUTES + (part < amount % HOUR_MINUTES)
