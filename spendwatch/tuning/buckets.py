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


def refuse(path: Path, wrong: Any, why: str) -> None:
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
    refuse(path, pc.invert(named), "series: not like application:chat")
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
    refuse(path, start <= 0, "start: not like 2026-11-03T10:00:00Z")
    refuse(path, start % MINUTE != 0, "start: not the beginning of a minute")
    return start


def _amounts(path: Path, held: Any, name: str) -> Ints:
    column = _column(held, name)
    if pa.types.is_string(column.type):
        whole = pc.fill_null(pc.match_substring_regex(column, r"^[0-9]{1,18}$"), False)
        if name != NEEDED[2]:
            whole = pc.or_(whole, column.is_null())
        refuse(path, pc.invert(whole), f"{name}: not a whole number from 0 to 10^18")
        column = column.cast(pa.int64())
    elif not pa.types.is_integer(column.type):
        raise Unreadable(f"{path}: column {name} is {column.type}, not whole numbers")
    if name == NEEDED[2]:
        refuse(path, column.is_null(), f"{name}: missing")
    amounts = np.asarray(column.cast(pa.int64()).fill_null(0), dtype=np.int64)
    refuse(path, amounts < 0, f"{name}: below 0")
    return amounts
