"""Plain series: a table of `timestamp,value` in, the same rows with their scores out (RFC 4180)."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import TextIO

import numpy as np

from detectors.scoring import DOWN_DAYS, UP_DAYS
from detectors.tails import Floats, Ints
from detectors.verdicts import Scored
from schemas.moments import micros
from streams.sources.base import Unreadable, opened

COLUMNS = ("timestamp", "value")
HEAD = (
    *COLUMNS, "expected", "low", "high", "once_in_days_up", "once_in_days_down", "finding",
)  # fmt: skip
FARTHEST = 1e30
"""Values go so far from 0: what is worked out of them stays a number."""

SHOWN = 40
"""Characters of a cell that a refusal shows."""

DATE = 10
"""Characters of a date, behind which its time of day begins."""

Row = tuple[str, str, int, float]


@dataclass(frozen=True, slots=True)
class Series:
    """The rows of a file in their order; timestamps and values also as they were written."""

    timestamps: Sequence[str]
    values: Sequence[str]
    times: Ints
    """Microseconds since 1970."""

    numbers: Floats


def read(path: Path) -> Series:
    """The series of a file. Raises Unreadable, with the line of the first row that is none."""
    try:
        with opened(path).open(encoding="utf-8-sig", errors="backslashreplace", newline="") as text:
            rows = list(_rows(text, path))
    except OSError as wrong:
        raise Unreadable(f"{path}: {wrong.strerror}") from wrong
    timestamps, values, times, numbers = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Series(
        timestamps, values, np.array(times, dtype=np.int64), np.array(numbers, dtype=np.float64)
    )


def _rows(text: TextIO, path: Path) -> Iterator[Row]:
    table = csv.reader(text)
    try:
        time, value = _places(next(table, []))
        for row in table:
            if row:
                yield _row(row, time, value)
    except (csv.Error, ValueError) as wrong:
        raise Unreadable(f"{path}: line {max(1, table.line_num)}: {wrong}") from wrong


def _places(head: Sequence[str]) -> tuple[int, int]:
    """Where the two columns stand. Raises ValueError."""
    names = [name.strip() for name in head]
    if missing := [name for name in COLUMNS if name not in names]:
        raise ValueError(
            f"no column {', '.join(missing)}: a header with timestamp,value comes first"
        )
    return names.index(COLUMNS[0]), names.index(COLUMNS[1])


def _row(row: Sequence[str], time: int, value: int) -> Row:
    """Raises ValueError."""
    if len(row) <= max(time, value):
        raise ValueError("a row has a timestamp and a value")
    return row[time], row[value], _micros(row[time]), _number(row[value])


def _micros(text: str) -> int:
    """Microseconds since 1970; a time without an offset is UTC. Raises ValueError."""
    held = text.strip()
    try:
        # Python also reads 20261103: a number that may as well be seconds since 1970.
        if held[4:5] != "-" or held[DATE : DATE + 1] not in {"", "T", "t", " "}:
            raise ValueError
        found = datetime.fromisoformat(held)
    except ValueError:
        raise ValueError(f"timestamp: {_shown(text)} is not like 2026-11-03T10:00:00Z") from None
    return micros(found if found.tzinfo else found.replace(tzinfo=UTC))


def _number(text: str) -> float:
    """Raises ValueError."""
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not isfinite(found) or "_" in text or not text.isascii():
        raise ValueError(f"value: {_shown(text)} is not a number")
    if abs(found) > FARTHEST:
        raise ValueError(f"value: {_shown(text)} is farther from 0 than {FARTHEST:g}")
    return found


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def days(scores: Floats) -> Floats:
    """Once in so many days as it is written: findings agree with what stands beside them."""
    return np.round(scores, 3)


def findings(found: Scored) -> list[str]:
    """What each row is: `up`, `down` or empty; `up` where it is both."""
    down = np.where(days(found.down) >= DOWN_DAYS, "down", "")
    held: list[str] = np.where(days(found.up) >= UP_DAYS, "up", down).tolist()
    return held


def write(path: Path, series: Series, found: Scored, said: Sequence[str]) -> None:
    """Write a row for each row. The file is there when it is whole. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = path.with_name(f".{path.name}.part")
    try:
        with begun.open("w", encoding="utf-8", newline="") as text:
            table = csv.writer(text, lineterminator="\n")
            table.writerow(HEAD)
            table.writerows(_told(series, found, said))
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)


def _told(series: Series, found: Scored, said: Sequence[str]) -> Iterable[Sequence[str]]:
    band = (found.expected, found.low, found.high)
    scores = (days(found.up), days(found.down))
    numbers = [[f"{number:.10g}" for number in column.tolist()] for column in band]
    rarities = [[f"{number:.10g}" for number in column.tolist()] for column in scores]
    return zip(series.timestamps, series.values, *numbers, *rarities, said, strict=True)
