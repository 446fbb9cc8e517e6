"""Recorded buckets: a table with a row for each bucket of a series, as CSV or Parquet.

Columns: `series` (as `spendwatch series` names it), `start` (RFC 3339, or a timestamp in Parquet),
`cost_nano_usd` (whole, not below 0); more columns of whole numbers are quantities. Rows may come
in any order; what has no row cost nothing.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from schemas import columns
from schemas.moments import MINUTE
from schemas.rules import Grain
from schemas.states import Bucket
from streams.recorded import History, Recorded
from streams.sources.base import Unreadable, micros_of, opened
from streams.sources.times import micros_in

NEEDED = ("series", "start", "cost_nano_usd")
PARQUET = ".parquet"
FORMS = (".csv", PARQUET)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file in columns; `start` is microseconds since 1970."""

    path: Path
    series: Any
    start: Ints
    amounts: dict[str, Ints]
    """Cost and quantities by column."""


def is_table(path: Path) -> bool:
    """Whether a file is a table of buckets, by its columns. Raises Unreadable."""
    if path.suffix.lower() not in FORMS:
        return False
    return set(NEEDED) <= set(_names(opened(path)))


def _names(path: Path) -> Sequence[str]:
    try:
        if path.suffix.lower() == PARQUET:
            names: list[str] = pq.read_schema(path).names
            return names
        with path.open(encoding="utf-8-sig", newline="") as text:
            return [name.strip() for name in next(csv.reader(text), [])]
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise Unreadable(f"{path}: {' '.join(str(wrong).split())}") from wrong


def read(path: Path) -> Table:
    """The buckets of a file. Raises Unreadable, with the first line that is none."""
    try:
        held = pq.read_table(path) if path.suffix.lower() == PARQUET else _csv(path)
    except (pa.ArrowException, OSError) as wrong:
        raise Unreadable(f"{path}: {' '.join(str(wrong).split())}") from wrong
    held = held.combine_chunks()
    names = [name for name in held.column_names if name in (NEEDED[2], *columns.quantities())]
    series = _texts(path, held)
    start = _starts(path, held)
    return Table(path, series, start, {name: _amounts(path, held, name) for name in names})


def _csv(path: Path) -> Any:
    """Every cell as its text."""
    names = _names(path)
    kinds = pcsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    given = pcsv.ReadOptions(column_names=names, skip_rows=1)
    return pcsv.read_csv(path, read_options=given, convert_options=kinds)


def _refused(path: Path, wrong: Any, why: str) -> None:
    """Raises Unreadable for the first row of those that are wrong."""
    places = np.flatnonzero(np.asarray(wrong))
    if len(places):
        first = 1 if path.suffix.lower() == PARQUET else 2
        what = "row" if first == 1 else "line"
        raise Unreadable(f"{path}: {what} {places[0] + first}: {why}")


def _column(held: Any, name: str) -> Any:
    """A column as one array."""
    column = held.column(name).combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


def _texts(path: Path, held: Any) -> Any:
    column = _column(held, "series")
    if not pa.types.is_string(column.type) and not pa.types.is_dictionary(column.type):
        raise Unreadable(f"{path}: column series is {column.type}, not text")
    column = column.cast(pa.string())
    named = pc.fill_null(pc.match_substring_regex(column, r"^[^:\s]+:\S*$"), False)
    _refused(path, pc.invert(named), "series: not like application:chat")
    return column


def _starts(path: Path, held: Any) -> Ints:
    column = _column(held, "start")
    if pa.types.is_timestamp(column.type):
        whole = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        start = np.asarray(whole.cast(pa.int64()).fill_null(0), dtype=np.int64)
    else:
        texts = column.cast(pa.string())
        start = micros_in(texts).copy()
        for at in np.flatnonzero(start == 0).tolist():
            start[at] = micros_of(texts[at].as_py())
    _refused(path, start <= 0, "start: not like 2026-11-03T10:00:00Z")
    _refused(path, start % MINUTE != 0, "start: not the beginning of a minute")
    return start


def _amounts(path: Path, held: Any, name: str) -> Ints:
    column = _column(held, name)
    if pa.types.is_string(column.type):
        whole = pc.fill_null(pc.match_substring_regex(column, r"^[0-9]{1,18}$"), False)
        if name != NEEDED[2]:
            whole = pc.or_(whole, column.is_null())
        _refused(path, pc.invert(whole), f"{name}: not a whole number from 0 to 10^18")
        column = column.cast(pa.int64())
    elif not pa.types.is_integer(column.type):
        raise Unreadable(f"{path}: column {name} is {column.type}, not whole numbers")
    if name == NEEDED[2]:
        _refused(path, column.is_null(), f"{name}: missing")
    amounts = np.asarray(column.cast(pa.int64()).fill_null(0), dtype=np.int64)
    _refused(path, amounts < 0, f"{name}: below 0")
    return amounts


def grain_of(tables: Sequence[Table]) -> Grain:
    """Hours where every bucket begins with one, else minutes."""
    hourly = all((table.start % (60 * MINUTE) == 0).all() for table in tables)
    return Grain.HOUR if hourly else Grain.MINUTE


def history(tables: Sequence[Table], grain: Grain) -> History:
    """The series of all tables, by name. Raises Unreadable where a bucket is given twice."""
    size = grain.minutes * MINUTE
    for table in tables:
        _refused(table.path, table.start % size != 0, f"start: not the beginning of a {grain}")
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
    known = frozenset(name for table in tables for name in table.amounts) - {NEEDED[2]}
    return History(series, grain, begin * grain.minutes, end * grain.minutes, known)


def _twice(tables: Sequence[Table], which: Ints, at: Ints, order: Ints) -> None:
    """Raises Unreadable where a series has two buckets of one time."""
    same = (np.diff(which[order]) == 0) & (np.diff(at[order]) == 0)
    if same.any():
        place = int(order[1:][same].min())
        for table in tables:
            if place < len(table.start):
                wrong = np.arange(len(table.start)) == place
                _refused(table.path, wrong, "a second bucket of its series and start")
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
        return {"first": first, "costs": dense.pop(NEEDED[2]), "quantities": dense}


def _minutes(at: Ints, amounts: dict[str, Ints]) -> dict[str | int, Bucket]:
    costs = amounts[NEEDED[2]].tolist()
    others = {name: column.tolist() for name, column in amounts.items() if name != NEEDED[2]}
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
