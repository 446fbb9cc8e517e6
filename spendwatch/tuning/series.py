"""Tables of buckets made into series: sorted by series and time, each hour or minute once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.moments import MINUTE
from schemas.rules import Grain
from schemas.states import Bucket
from spendwatch.tuning.buckets import NEEDED, Table, refuse
from streams.recorded import History, Recorded

COST = NEEDED[2]

Ints = npt.NDArray[np.int64]


def grain_of(tables: Sequence[Table]) -> Grain:
    """Hours where every bucket begins with one, else minutes."""
    hourly = all((table.start % (60 * MINUTE) == 0).all() for table in tables)
    return Grain.HOUR if hourly else Grain.MINUTE


def one(grain: Grain) -> str:
    """A bucket's length in words."""
    return f"{'an' if grain is Grain.HOUR else 'a'} {grain}"


def history(tables: Sequence[Table], grain: Grain) -> History:
    """The series of all tables, by name. Raises Unreadable where a bucket is given twice."""
    size = grain.minutes * MINUTE
    for table in tables:
        refuse(table.path, table.start % size != 0, f"start: not the beginning of {one(grain)}")
    names = pa.concat_arrays([table.series for table in tables]).dictionary_encode()
    at = np.concatenate([table.start for table in tables]) // size
    which = np.asarray(names.indices, dtype=np.int64)
    order = np.lexsort((at, which))
    _twice(tables, which, at, order)
    made = _Made(tables, at[order], order, grain)
    bounds = np.flatnonzero(np.diff(which[order], prepend=-1, append=-1))
    parts = zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    found = {names.dictionary[which[order[a]]].as_py(): made.series(a, b) for a, b in parts}
    series = [Recorded(name, grain, **found[name]) for name in sorted(found)]
    begin, end = int(at.min()), int(at.max()) + 1
    known = frozenset(name for table in tables for name in table.amounts) - {COST}
    return History(series, grain, begin * grain.minutes, end * grain.minutes, known)


def _twice(tables: Sequence[Table], which: Ints, at: Ints, order: Ints) -> None:
    """Raises Unreadable where a series has two buckets of one time."""
    same = (np.diff(which[order]) == 0) & (np.diff(at[order]) == 0)
    if same.any():
        place = int(order[1:][same].min())
        for table in tables:
            if place < len(table.start):
                wrong = np.arange(len(table.start)) == place
                refuse(table.path, wrong, "a second bucket of its series and start")
            place -= len(table.start)


class _Made:
    """The rows of all tables in order of series and time, made into series."""

    def __init__(self, tables: Sequence[Table], at: Ints, order: Ints, grain: Grain) -> None:
        names = sorted({name for table in tables for name in table.amounts})
        self._amounts = {
            name: np.concatenate(
                [t.amounts.get(name, np.zeros(len(t.start), np.int64)) for t in tables]
            )[order]
            for name in names
        }
        self._at, self._grain = at, grain

    def series(self, begin: int, end: int) -> dict[str, Any]:
        """What the rows from one to another hold, as fields of a Recorded."""
        at = self._at[begin:end]
        amounts = {name: column[begin:end] for name, column in self._amounts.items()}
        if self._grain is Grain.MINUTE:
            return {"minutes": _minutes(at, amounts)}
        first = int(at[0])
        dense = {name: _dense(at - first, column).tolist() for name, column in amounts.items()}
        return {"first": first, "costs": dense.pop(COST), "quantities": dense}


def _minutes(at: Ints, amounts: dict[str, Ints]) -> dict[str | int, Bucket]:
    costs = amounts[COST].tolist()
    others = {name: column.tolist() for name, column in amounts.items() if name != COST}
    found: dict[str | int, Bucket] = {}
    for place, (minute, cost) in enumerate(zip(at.tolist(), costs, strict=True)):
        held = {name: column[place] for name, column in others.items() if column[place]}
        if cost or held:
            found[minute] = Bucket(cost=cost, charges=1, quantities=held)
    return found


def _dense(at: Ints, column: Ints) -> Ints:
    """A column with a place for every bucket up to the last."""
    made = np.zeros(int(at[-1]) + 1, dtype=np.int64)
    made[at] = column
    return made
