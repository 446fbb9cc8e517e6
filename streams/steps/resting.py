"""A series rests in minutes of which surely nothing is to be said or learnt: they are not closed.

When a series is closed, its rules say what the minutes that follow may cost, together, before one
of them has to be looked at (`Series.rests`). While they cost less, nothing of the series changes
but what is left of that, which memory keeps and a restart works out again. It is closed up to the
clock when it costs more, in the last minute of the hour, and whenever somebody asks for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.moments import HOUR_MINUTES, MINUTE, minute_of
from schemas.records import Clock
from schemas.states import Bucket, Series
from streams.book import Books
from streams.steps import former
from streams.steps.step import Draft, Group, Key, State

CLOCK = ("clock",)
"""Where watch keeps how far the partition has closed."""

LEFT = ("left",)
"""The group of what is left, nano-dollars; the topic does not hold it."""


@dataclass(slots=True)
class Resting:
    """The series of a partition while minutes `[begin, end)` since 1970 pass."""

    draft: Draft
    books: Books
    begin: int
    end: int
    _may: bool = field(init=False)
    """Whether any series may: no hour ends, and the rulebook stays."""

    _rulebook: str = field(init=False)
    _awake: frozenset[str] = field(init=False)
    _old: Group = field(init=False)
    _new: dict[str | int, int | None] = field(init=False)

    def __post_init__(self) -> None:
        hour = self.begin - self.begin % HOUR_MINUTES
        changes = any(self.begin <= at <= self.end for at in former.begins(self.books))
        self._may = self.end < hour + HOUR_MINUTES and not changes
        self._rulebook = self.books.at(self.begin * MINUTE).hash
        self._awake = frozenset(budgeted(self.books))
        self._old, self._new = self.draft.pair(LEFT)

    @property
    def minutes(self) -> range:
        """The minutes that pass."""
        return range(self.begin, self.end)

    def passes(self, name: str, known: Series, held: Mapping[str | int, Bucket]) -> bool:
        """Whether the series rests in these minutes too; what it then has left is kept."""
        if not self._may or known.rulebook != self._rulebook or name in self._awake:
            return False
        left = left_of(self._old, self._new, name)
        for at in self.minutes:
            bucket = held.get(at)
            if bucket is not None:
                if bucket.charges and not bucket.cost:
                    return False  # a charge without a cost must be looked at
                left -= bucket.cost
        if left <= 0 or any(int(at) < self.end for at in self.draft.below(("label", name))):
            return False
        self._new[name] = left
        return True


def left_of(old: Group, new: Group, name: str) -> int:
    """What is left of what a series may cost, given the group before and what is new of it."""
    left: int | None = new[name] if name in new else old.get(name)
    return left or 0


def budgeted(books: Books) -> Iterator[str]:
    """Series that have a budget, which counts every minute as it closes."""
    for book in books.versions:
        for budget in book.rulebook.budgets:
            yield budget.watched


def restored(state: State) -> Iterator[tuple[Key, int]]:
    """What is left of what each series may cost, after the minutes before the clock."""
    clock: Clock | None = state.get(CLOCK)
    if clock is None:
        return
    end = minute_of(clock.time)
    for name, known in state.below(("series",)).items():
        if known.rests:
            held = state.below(("bucket", name, "minute"))
            spent = (held[at].cost for at in range(known.closed, end) if at in held)
            yield (*LEFT, name), known.rests - sum(spent)


def full(known: Series, held: Sequence[Bucket | None]) -> bool:
    """Whether what these minutes hold reaches the lowest ceiling, or none is known yet."""
    costs = [one.cost for one in held if one is not None]
    if not costs or not known.rulebook:
        return bool(costs)
    lowest: int = min(known.ceilings.values(), default=1 << 62)
    return sum(costs) >= lowest
