"""What a batch adds to open minutes: for all series of a tally at once, where nothing is special.

With many live series nearly every usage of a batch is of another, and a bucket of Python's costs
microseconds each time that it is touched. So the open minutes of a state are tables, and what a
batch adds to them stays apart until it is committed. Whoever asks for a bucket by name gets it with
what was added; whoever changes it by name takes it out of the tables.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from schemas.integers import unpacked
from schemas.kinds import Kind
from schemas.records import Tally
from schemas.states import Bucket
from streams.steps import minutes
from streams.steps.amounts import plus
from streams.steps.applying import POOL
from streams.steps.intake import Bools, Ints
from streams.steps.numbering import MOST
from streams.steps.opened import GROWN, Opened
from streams.steps.step import Changes, Group, Key, StepError
from streams.steps.tables import COST, TALLIED, Rows, Table

SOON = 5
"""Minutes that may be open at once as tables; what is booked further ahead has buckets."""

LARGEST = 2**48
"""Amounts of one entry that are added up in columns: 16,000 of them do not reach MOST."""


@dataclass(slots=True)
class Growth:
    """A state of watch with what a batch has added to its open minutes."""

    state: Opened
    added: dict[int, Table] = field(default_factory=dict)
    alone: Bools = field(init=False)
    """Series that the batch changes by name: they have left the columns for it."""

    grown: Bools = field(init=False)
    """Series to which something was added in columns."""

    def __post_init__(self) -> None:
        self.alone = np.zeros(self.state.numbers.room, dtype=bool)
        self.grown = np.zeros(self.state.numbers.room, dtype=bool)

    def get(self, key: Key) -> Any:
        """The value of a key, or None."""
        value = self.state.get(key)
        if not self.added or not minutes.holds(key[:-1]):
            return value
        more = self._more(str(key[1]), int(key[3]))
        return value if more is None else _joined(value, more)

    def below(self, prefix: Key) -> Group:
        """The values of a group."""
        group = self.state.below(prefix)
        if not self.added or not minutes.holds(prefix):
            return group
        more = {at: self._more(str(prefix[1]), at) for at in self.added}
        found: Group = {at: _joined(group.get(at), one) for at, one in more.items() if one}
        return {**group, **found} if found else group

    def names(self, prefix: Key) -> Collection[str | int]:
        """The last parts of a group's keys."""
        if not self.added or not minutes.holds(prefix):
            return self.state.names(prefix)
        return self.below(prefix)

    def _more(self, name: str, minute: int) -> Bucket | None:
        number, table = self.state.numbers.of.get(name), self.added.get(minute)
        return None if number is None or table is None else table.of(number)

    def grew(self, name: str) -> bool:
        """Whether something was added to a series in columns."""
        number = self.state.numbers.of.get(name)
        return number is not None and bool(self.grown[number])

    def together(self, name: str) -> bool:
        """Whether all that was added to a series was added in columns."""
        number = self.state.numbers.of.get(name)
        return number is not None and bool(self.grown[number] and not self.alone[number])

    def told(self) -> list[str]:
        """The series to which something was added in columns."""
        return [self.state.numbers.names[number] for number in np.flatnonzero(self.grown).tolist()]

    def fold(self, tally: Tally, closed: int) -> Ints:
        """Add what waits for minutes soon to close, of series of which nothing else comes.

        Returns the entries that are left. Minutes before `closed` are closed.
        """
        names, at = tally.names, unpacked(tally.at)
        numbers = self._ready(names, closed)
        amounts = None if tally.source.startswith(POOL) else _amounts(tally, numbers[at])
        special = np.full(len(numbers), amounts is None)
        if amounts is not None:
            minute = unpacked(tally.minute)
            special[at[~self._fits(tally, amounts, closed)]] = True
            for one in np.unique(minute[~special[at]]).tolist():
                self._add(one, amounts.where(~special[at] & (minute == one)))
        self.alone[numbers[special & (numbers >= 0)]] = True
        self.grown[numbers[~special & (numbers >= 0)]] = True
        return np.flatnonzero(special[at])

    def _fits(self, tally: Tally, amounts: Rows, closed: int) -> Bools:
        """Which entries may be added in columns, if all of their series may."""
        minute, kind = unpacked(tally.minute), unpacked(tally.kind)
        fits = (amounts.numbers >= 0) & (kind == Kind.USAGE) & amounts.within(LARGEST)
        fits &= (minute >= closed) & (minute < closed + SOON)
        for one in np.unique(minute[fits]).tolist():
            fits &= (minute != one) | ~self.state.table(one).apart[amounts.numbers]
        return np.asarray(fits)

    def _ready(self, names: Sequence[str], closed: int) -> Ints:
        """The number of each series, -1 where it is not known or has not begun."""
        found = self.state.numbers.find(names)
        if not len(self.alone):
            return found
        ready = (self.state.numbers.begins[found] <= closed) & ~self.alone[found]
        return np.where(ready, found, -1)

    def _add(self, minute: int, rows: Rows) -> None:
        if minute not in self.added:
            self.added[minute] = Table(self.state.numbers.room)
        self.added[minute].add(rows)

    def make(self) -> None:
        """Make the buckets of all open minutes at once: each is about to be asked for."""
        for table in (*self.state.open.values(), *self.added.values()):
            table.all()

    def reaching(self, minute: int) -> list[str]:
        """Series of which something may be said before this minute, or the next, has closed.

        Of those that grew: their costs reach the lowest ceiling, or what is left of one that rests,
        or neither is known yet.
        """
        numbers = self.state.numbers
        grew = np.any([table.held for table in self.added.values()], axis=0) & ~self.alone
        at = np.flatnonzero(grew)
        lowest = numbers.lowest[at]
        (here, first), (there, following) = (self._costs(minute + more, at) for more in (0, 1))
        apart = self.state.table(minute).apart[at] | self.state.table(minute + 1).apart[at]
        reach = (here & (first >= lowest)) | (there & (first + following >= lowest))
        left = numbers.left[at]
        reach = apart | np.where(left > 0, first + following >= left, reach)
        return [numbers.names[number] for number in at[reach].tolist()]

    def _costs(self, minute: int, at: Ints) -> tuple[Bools, Ints]:
        """Whether some series hold a minute, and what it costs them."""
        known, more = self.state.table(minute), self.added.get(minute)
        held, cost = known.held[at], known.plain[COST, at]
        return (held, cost) if more is None else (held | more.held[at], cost + more.plain[COST, at])

    def changes(self, changes: Changes) -> Changes:
        """All that is new: what was added in columns, but for what was changed by name since.

        Raises StepError where a sum is beyond 64 bits.
        """
        for prefix, group in changes.groups.items() if self.added else ():
            number = self.state.numbers.of.get(str(prefix[1])) if minutes.holds(prefix) else None
            for minute in self.added.keys() & group.keys():
                if number is not None:
                    self.added[int(minute)].drop(number, apart=False)
        grown = {at: table.rows(np.flatnonzero(table.held)) for at, table in self.added.items()}
        for minute, rows in grown.items():
            if not self.state.table(minute).after(rows).within(MOST).all():
                raise StepError(f"minute {minute}: a sum is beyond what 64 bits hold")
        kept: Group = {at: rows for at, rows in grown.items() if len(rows)}
        return Changes({**changes.groups, GROWN: kept} if kept else changes.groups)


def _amounts(tally: Tally, numbers: Ints) -> Rows | None:
    """The entries of a tally by the numbers of their series; None where 64 bits hold them not."""
    plain = [unpacked(getattr(tally, name)) for name in TALLIED]
    quantities = {name: unpacked(column) for name, column in tally.quantities.items()}
    if any(column.dtype != np.int64 for column in (*plain, *quantities.values())):
        return None
    return Rows(numbers, np.array(plain), quantities)


def _joined(held: Bucket | None, more: Bucket) -> Bucket:
    return more if held is None else plus(held, more)
