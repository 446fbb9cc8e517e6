"""The file of charges that a replay writes: lines of JSON, a table in Parquet, or none."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas import columns

FIELDS = (
    "source", "id", "time", "type", "provider", "model", "business_unit", "service",
    "application", "owner", "rule", "environment", "principal", "tier", "cost_nano_usd",
    "price_state", "rate_id", "unpriced", "kind", "rulebook", "quantities",
)  # fmt: skip
"""Of a line; a table has every column of the contract instead."""

GROUP = 100_000
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
        self._file = (folder / "charges.jsonl").open("wb")

    def write(self, charges: pa.RecordBatch) -> None:
        """Add a line for each."""
        self._file.writelines(charge_lines(charges))

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


def charge_lines(charges: pa.RecordBatch) -> Iterator[bytes]:
    """Charges as lines; `owner` is the path, `application` what the usage said itself."""
    unit, service, owner = (charges.column(name) for name in ("business_unit", "service", "owner"))
    path = pc.binary_join_element_wise(unit, service, owner, "/")
    told = {
        "time": _times(charges.column("time")),
        "owner": pc.if_else(pc.starts_with(owner, "pool/"), owner, path).to_pylist(),
        "quantities": _quantities(charges.column("quantities")),
    }
    columns_ = (told.get(name) or charges.column(name).to_pylist() for name in FIELDS)
    encode = msgspec.json.Encoder().encode
    for values in zip(*columns_, strict=True):
        yield encode(Charge(*values)) + b"\n"


Charge = msgspec.defstruct("Charge", FIELDS)


def _times(held: Any) -> list[str]:
    """As RFC 3339 writes them, parts of a second only where there are any."""
    texts = pc.strftime(held, "%Y-%m-%dT%H:%M:%SZ")
    found: list[str] = pc.replace_substring(texts, ".000000Z", "Z").to_pylist()
    return found


def _quantities(held: Any) -> list[dict[str, int]]:
    """What each charge is of, without what is 0."""
    found: list[dict[str, int]] = [{} for _ in range(len(held))]
    for part, column in zip(held.type, held.flatten(), strict=True):
        values = column.to_numpy()
        rows = np.flatnonzero(values)
        for row, value in zip(rows.tolist(), values[rows].tolist(), strict=True):
            found[row][part.name] = value
    return found
