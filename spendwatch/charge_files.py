"""The file of charges that a replay writes: lines of JSON, a table in Parquet, or none."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import columns
from spendwatch.lines import line

FIELDS = (
    "source", "id", "time", "type", "provider", "model", "business_unit", "service",
    "application", "owner", "rule", "environment", "principal", "tier", "cost_nano_usd",
    "price_state", "rate_id", "unpriced", "kind", "rulebook", "quantities",
)  # fmt: skip
"""Of a line; a table has every column of the contract instead."""

GROUP = 200_000
"""Rows of a row group."""


DIFFERENT = ("id", "time", "offset", "cost_nano_usd")
"""Columns that hold another value in nearly every row."""


class ChargeFile(Protocol):
    """Where charges go, batch by batch."""

    def write(self, charges: pa.RecordBatch) -> None:
        """Add a batch in the columns of the charge contract."""
        ...

    def close(self) -> None:
        """Nothing comes any more."""
        ...


class Lines:
    """One JSON object a line."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "charges.jsonl").open("w", encoding="utf-8", newline="\n")

    def write(self, charges: pa.RecordBatch) -> None:
        """Add a line for each."""
        self._file.writelines(line(charge_line(row)) for row in charges.to_pylist())

    def close(self) -> None:
        """The file is whole."""
        self._file.close()


class Table:
    """Parquet, written in a thread; the same charges give the same bytes."""

    def __init__(self, folder: Path) -> None:
        shape = columns.arrow(columns.CHARGE)
        self._writer = pq.ParquetWriter(
            folder / "charges.parquet",
            shape,
            compression="zstd",
            use_dictionary=[name for name in shape.names if name not in DIFFERENT],
        )
        self._thread = ThreadPoolExecutor(1)
        self._held: list[pa.RecordBatch] = []
        self._begun: Future[None] | None = None

    def write(self, charges: pa.RecordBatch) -> None:
        """Add rows; they are written in groups."""
        self._held.append(charges)
        if sum(map(len, self._held)) >= GROUP:
            self._flush()

    def _flush(self) -> None:
        """Begin to write what is held, once what was begun before is written."""
        if self._begun is not None:
            self._begun.result()
        if self._held:
            group = pa.Table.from_batches(self._held)
            self._begun = self._thread.submit(self._writer.write_table, group, GROUP)
        self._held = []

    def close(self) -> None:
        """The file is whole."""
        self._flush()
        self._flush()
        self._thread.shutdown()
        self._writer.close()


class Nothing:
    """Charges are counted and not kept."""

    def __init__(self, folder: Path) -> None:
        """There is nothing to be opened."""

    def write(self, charges: pa.RecordBatch) -> None:
        """They are let go."""

    def close(self) -> None:
        """There is nothing to be closed."""


FORMS: Mapping[str, Callable[[Path], ChargeFile]] = {
    "jsonl": Lines,
    "parquet": Table,
    "none": Nothing,
}


def opened(form: str, folder: Path) -> ChargeFile:
    """The file of a form; those of other forms would be of another replay and are taken away."""
    for name in ("charges.jsonl", "charges.parquet"):
        (folder / name).unlink(missing_ok=True)
    return FORMS[form](folder)


def charge_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A charge as a line; `owner` is the path, `application` what the usage said itself."""
    path = f"{row['business_unit']}/{row['service']}/{row['owner']}"
    named = {**row, "owner": row["owner"] if row["owner"].startswith("pool/") else path}
    named["quantities"] = {name: held for name, held in row["quantities"].items() if held}
    return {name: named[name] for name in FIELDS}
