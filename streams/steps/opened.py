"""A state whose open minutes are tables: a bucket is made when it is asked for, or has closed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from schemas.moments import minute_of
from schemas.records import Clock
from schemas.rules import Grain
from streams.steps import minutes
from streams.steps.numbering import Numbers
from streams.steps.resting import CLOCK, LEFT
from streams.steps.step import Changes, Group, Key, State, grouped
from streams.steps.tables import Table

SERIES = ("series",)
GROWN = ("grown",)
"""The group of what a batch adds to open minutes in columns, by minute; the topic has it not."""


class Opened(State):
    """A bucket of an open minute is in its table or in the group of its series, never in both."""

    __slots__ = ("numbers", "open")

    def __init__(self, entries: Iterable[tuple[Key, Any]] = ()) -> None:
        self.numbers = Numbers()
        self.open: dict[int, Table] = {}
        """By minute since 1970."""

        super().__init__(entries)

    def get(self, key: Key) -> Any:
        """The value of a key, or None."""
        prefix = key[:-1]
        group = self.groups.get(prefix)
        value = None if group is None else group.get(key[-1])
        if value is None and self.open and minutes.holds(prefix):
            number, table = self.numbers.of.get(str(key[1])), self.open.get(int(key[3]))
            return None if number is None or table is None else table.of(number)
        return value

    def below(self, prefix: Key) -> Group:
        """The values of a group."""
        group = self.groups.get(prefix, {})
        if not self.open or not minutes.holds(prefix):
            return group
        here = self._at(prefix)
        return {**group, **{at: self.open[at].of(number) for at, number in here}} if here else group

    def names(self, prefix: Key) -> Collection[str | int]:
        """The last parts of a group's keys."""
        names = super().names(prefix)
        here = self._at(prefix) if self.open and minutes.holds(prefix) else ()
        return {*names, *(at for at, _ in here)} if here else names

    def items(self) -> Iterator[tuple[Key, Any]]:
        """All keys and their values."""
        series = dict.fromkeys(self.groups)
        series |= {("bucket", name, Grain.MINUTE): None for name in self.numbers.names}
        for prefix in series:
            for last, value in self.below(prefix).items():
                yield (*prefix, last), value

    def _at(self, prefix: Key) -> list[tuple[int, int]]:
        """The open minutes of a series that are in tables, and its number."""
        number = self.numbers.of.get(str(prefix[1]))
        if number is None:
            return []
        return [(at, number) for at, table in self.open.items() if table.held[number]]

    def table(self, minute: int) -> Table:
        """An open minute; one that nobody asked for yet is made."""
        found = self.open.get(minute)
        if found is None:
            found = self.open[minute] = Table(self.numbers.room)
            self._part(found, minute, self.numbers.names)
        return found

    def _part(self, table: Table, minute: int, names: Iterable[str]) -> None:
        """See which series have a bucket of the minute in their own group."""
        for name in names:
            if minute in self.groups.get(("bucket", name, Grain.MINUTE), ()):
                table.apart[self.numbers.of[name]] = True

    def apply(self, changes: Mapping[Key, Any]) -> None:
        """Let committed changes in."""
        groups = dict(grouped(changes))
        for at, rows in groups.pop(GROWN, {}).items():
            self.table(int(at)).add(rows)
        self._number(groups.get(SERIES, {}))
        self.numbers.rest(groups.get(LEFT, {}))
        self._take_out(groups)
        super().apply(Changes(groups))
        self._shut(groups.get(CLOCK[:-1], {}).get(CLOCK[-1]))

    def _number(self, changed: Group) -> None:
        """Give new series their numbers, and room in all tables."""
        fresh = self.numbers.take(changed)
        for minute, table in self.open.items() if fresh else ():
            table.grow(self.numbers.room)
            self._part(table, minute, fresh)

    def _take_out(self, groups: Mapping[Key, Group]) -> None:
        """What was changed by name is no longer in a table."""
        for prefix, group in groups.items() if self.open else ():
            number = self.numbers.of.get(str(prefix[1])) if minutes.holds(prefix) else None
            for minute in self.open.keys() & group.keys():
                if number is not None:
                    self.open[int(minute)].drop(number, group[minute] is not None)

    def _shut(self, clock: Clock | None) -> None:
        """Minutes that have closed are buckets of their series from now on."""
        closed = 0 if clock is None else minute_of(clock.time)
        for minute in [minute for minute in self.open if minute < closed]:
            for number, bucket in self.open.pop(minute).all().items():
                prefix = ("bucket", self.numbers.names[number], Grain.MINUTE)
                self.groups.setdefault(prefix, {})[minute] = bucket
