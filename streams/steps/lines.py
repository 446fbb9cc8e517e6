"""Where usage goes, remembered in columns: each kind of usage is asked about once.

With many live series nearly every usage of a batch is of another kind, and what is done for each
kind in Python costs more than all else. So a kind keeps its number from batch to batch, and its
owner, its series and their roots are columns by that number. What is remembered changes no answer:
it only saves asking twice.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas import series
from schemas.moments import DAY_MINUTES, at_minute
from streams.steps.combining import distinct
from streams.steps.intake import Bools, Ints
from streams.steps.names import Names
from streams.steps.rowset import UNKNOWN, RowSet
from streams.steps.ruled import Line, Ruled
from streams.steps.tables import longer

Texts = Mapping[str, tuple[Ints, list[str]]]
"""Dimensions as codes and the values that they stand for."""

TOLD = ("owner", "business_unit", "service", "rule")
"""What a charge tells of its line."""


class Lines:
    """The lines of all kinds of usage that were asked about, by number."""

    def __init__(self, versions: Sequence[Ruled]) -> None:
        self._versions = versions
        self.named = sorted({name for one in versions for name in one.asked})
        """The dimensions that lines depend on, sorted."""

        self._values = {name: Names() for name in self.named}
        self._kinds = RowSet(len(self.named) + 2)
        """Each kind's values, version of the rulebook and day."""

        self._lines: list[Line] = []
        self._words = Names()
        self._told = np.zeros((len(TOLD), 1), dtype=np.int64)
        self.version: Ints = np.zeros(1, dtype=np.int64)
        """Which version of the rulebook each line is of."""

        self.unowned: Bools = np.zeros(1, dtype=bool)
        self.driven: Bools = np.zeros(1, dtype=bool)
        """Which lines have drivers."""

        self.series = Names()
        """All series of all lines."""

        self.table: Ints = np.full((0, 2), UNKNOWN, dtype=np.int64)
        """Numbers of the series of line n in column 2n and of its drivers in column 2n + 1,
        UNKNOWN beyond the last."""

        self._roots = Names()
        self._root = [np.zeros(0, dtype=np.int64) for _ in versions]
        """The number of each series' root by each version, UNKNOWN where none was asked for."""

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def size(self) -> int:
        """How many lines are remembered, or values of one dimension if they are more."""
        return max(len(self), *(len(one) for one in self._values.values()))

    def __getitem__(self, number: int) -> Line:
        return self._lines[number]

    def find(self, texts: Texts, version: Ints, day: Ints) -> Ints:
        """The line of each usage, by its dimensions, version of the rulebook and day since 1970."""
        kinds = np.empty((len(version), len(self.named) + 2), dtype=np.int32)
        for column, name in enumerate(self.named):
            codes, values = texts[name]
            kinds[:, column] = self._values[name].numbers(values)[codes]
            asks = np.array([name in one.asked for one in self._versions], dtype=bool)
            if not asks.all():
                kinds[~asks[version], column] = 0
        kinds[:, -2], kinds[:, -1] = version, day
        found = self._kinds.find(kinds)
        fresh = np.flatnonzero(found == UNKNOWN)
        if len(fresh):
            _, first = distinct(list(kinds[fresh].T.astype(np.int64)))
            self._learn(kinds[fresh[first]])
            found[fresh] = self._kinds.find(kinds[fresh])
        return found

    def _learn(self, kinds: npt.NDArray[np.int32]) -> None:
        """Ask where kinds of usage go that were never asked about."""
        values = [
            self._values[name].array.take(pa.array(kinds[:, column])).to_pylist()
            for column, name in enumerate(self.named)
        ]
        version, day = kinds[:, -2].tolist(), kinds[:, -1].tolist()
        known = {one: at_minute(one * DAY_MINUTES).date() for one in set(day)}
        lines = [
            self._versions[one].line(dict(zip(self.named, each, strict=True)), known[at])
            for one, at, *each in zip(version, day, *values, strict=True)
        ]
        self._kinds.add(kinds)
        self._keep(lines, version)

    def _keep(self, lines: Sequence[Line], version: Sequence[int]) -> None:
        start, stop = len(self), len(self) + len(lines)
        self._lines += lines
        if stop > len(self.version):
            self._make_room(2 * stop)
        self.version[start:stop] = version
        self.unowned[start:stop] = [line.owner == series.UNOWNED for line in lines]
        self.driven[start:stop] = [bool(line.drivers) for line in lines]
        told = [(line.owner, line.path.unit, line.path.service, line.rule) for line in lines]
        for row, words in enumerate(zip(*told, strict=True)):
            self._told[row, start:stop] = self._words.numbers(words)
        for number, line in enumerate(lines, start):
            self._tabulate(2 * number, line.series)
            self._tabulate(2 * number + 1, line.drivers)
        for one in set(version):
            self._root_all(
                one, [each for each, at in zip(lines, version, strict=True) if at == one]
            )

    def _make_room(self, size: int) -> None:
        self.version, self.unowned = longer(self.version, size), longer(self.unowned, size)
        self.driven, self._told = longer(self.driven, size), longer(self._told, size)
        grown = np.full((len(self.table), 2 * size), UNKNOWN, dtype=np.int64)
        grown[:, : self.table.shape[1]] = self.table
        self.table = grown

    def _tabulate(self, column: int, names: Sequence[str]) -> None:
        if len(names) > len(self.table):
            more = np.full((len(names) - len(self.table), self.table.shape[1]), UNKNOWN)
            self.table = np.vstack((self.table, more))
        self.table[: len(names), column] = self.series.numbers(names)

    def _root_all(self, version: int, lines: Sequence[Line]) -> None:
        """Ask for the roots of the series of some lines."""
        held, book = self._root[version], self._versions[version]
        grown = np.full(len(self.series), UNKNOWN, dtype=np.int64)
        grown[: len(held)] = held
        names = {name: None for line in lines for name in (*line.series, *line.drivers)}
        grown[self.series.numbers(names)] = self._roots.numbers(map(book.root, names))
        self._root[version] = grown

    def told(self, what: str, which: Ints) -> pa.Array:
        """One of TOLD for each of some lines."""
        numbers = self._told[TOLD.index(what)]
        return self._words.array.take(pa.array(numbers[which]))

    def roots(self, which: Ints, numbers: Ints) -> tuple[list[str], Ints]:
        """The roots of some series of some lines, each by the newest version of such a line: all
        roots there are, and which of them each series has.
        """
        versions = np.unique(self.version[which]).tolist()
        found = np.full(len(numbers), UNKNOWN, dtype=np.int64)
        for version in versions:
            own = longer(self._root[version], len(self.series))[numbers]
            if len(versions) > 1:
                own = np.where(self._touched(which, version)[numbers], own, UNKNOWN)
            found = np.where(own == UNKNOWN, found, own)
        return self._roots.array.to_pylist(), found

    def _touched(self, which: Ints, version: int) -> Bools:
        """Which series some lines of one version have."""
        lines = which[self.version[which] == version]
        touched = np.zeros(len(self.series) + 1, dtype=bool)  # UNKNOWN is the last of them
        touched[self.table[:, 2 * lines]] = True
        touched[self.table[:, 2 * lines + 1]] = True
        return touched[:-1]
