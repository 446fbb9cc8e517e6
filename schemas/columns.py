"""Usage and charges as columns: Avro bodies to an Arrow record batch and back.

pyruhvro (Rust) does it in about a microsecond a row; it is young, so fastavro stands behind it as
its equal: where pyruhvro is missing, where a row is poison, and as a check of one row in a
thousand.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas import contracts
from schemas.codec import read_row, write_rows
from schemas.moments import micros
from schemas.reasons import Refused

try:
    import pyruhvro as fast
except ImportError:  # no wheel for this platform: fastavro alone, slower
    fast = None

USAGE = "usage.v1"
CHARGE = "charge.v1"
SAMPLE = 1000
"""One row in so many is decoded twice, to catch a codec that disagrees with fastavro."""

ARROW: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "long": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp-micros": pa.timestamp("us", "UTC"),
}


FIRST = micros(datetime.min.replace(tzinfo=UTC))
LAST = micros(datetime.max.replace(tzinfo=UTC))
"""Microseconds since 1970."""


def is_quick() -> bool:
    """Whether pyruhvro is there."""
    return fast is not None


class Unreadable(ValueError):
    """A whole batch could not be read in columns; read it row by row to find out why."""


@cache
def arrow(name: str) -> pa.Schema:
    """The Arrow schema of a contract."""
    return pa.schema(list(_kind(contracts.parsed(name), dict(ARROW))))


Known = dict[str, pa.DataType]
"""Types by name, with the records that came before."""


def _field(field: Mapping[str, Any], known: Known) -> "pa.Field[Any]":
    kind = field["type"]
    may_lack = isinstance(kind, list)  # of null and what it is else
    return pa.field(field["name"], _kind(kind[1] if may_lack else kind, known), nullable=may_lack)


def _kind(kind: Any, known: Known) -> pa.DataType:
    """The Arrow type of an Avro type."""
    if isinstance(kind, str):
        return known[kind]
    if kind["type"] == "record":
        found = known[kind["name"]] = pa.struct([_field(part, known) for part in kind["fields"]])
        return found
    if kind["type"] == "array":
        return pa.list_(pa.field("item", _kind(kind["items"], known), nullable=False))
    if kind["type"] == "map":
        value = pa.field("value", _kind(kind["values"], known), nullable=False)
        return pa.map_(pa.string(), value)
    return known[kind.get("logicalType", kind["type"])]


@cache
def quantities() -> tuple[str, ...]:
    """Names of the quantities, in the contract's order."""
    return tuple(part.name for part in arrow(USAGE).field("quantities").type)


def read(bodies: Sequence[bytes], name: str, first: int = 0) -> pa.RecordBatch:
    """Avro bodies of one contract as columns of its record's newest. Raises Unreadable.

    `first` is the offset of the first body: it decides which rows are decoded twice.
    """
    if fast is None or name not in contracts.newest().values():
        return slowly(bodies, name)
    try:
        raw = fast.deserialize_array(list(bodies), contracts.text(name))
        batch: pa.RecordBatch = raw.cast(arrow(name))
        batch.validate(full=True)  # pyruhvro does not look at UTF-8 itself
        _check_times(batch)
    except Exception as wrong:  # pyruhvro and Arrow raise several kinds
        raise Unreadable(str(wrong)) from wrong
    _compare(bodies, batch, name, first)
    return batch


def slowly(bodies: Sequence[bytes], name: str) -> pa.RecordBatch:
    """The same by fastavro alone, which also reads older contracts. Raises Unreadable."""
    newest = contracts.newest()[contracts.record_of(name)]
    try:
        return from_rows([read_row(body, name) for body in bodies], newest)
    except Refused as wrong:
        raise Unreadable(str(wrong)) from wrong


def _check_times(batch: pa.RecordBatch) -> None:
    """Times are of the years 1 to 9999, as fastavro holds them. Raises ValueError."""
    for column in batch.columns:
        if pa.types.is_timestamp(column.type) and len(column):
            found = pc.min_max(column.cast(pa.int64())).as_py()
            if not FIRST <= found["min"] <= found["max"] <= LAST:
                raise ValueError("a time outside of the years 1 to 9999")


def _compare(bodies: Sequence[bytes], batch: pa.RecordBatch, name: str, first: int) -> None:
    """Hold one row in a thousand against fastavro. Raises Unreadable where they differ."""
    for index in range(-first % SAMPLE, len(bodies), SAMPLE):
        if batch.slice(index, 1).to_pylist() != [read_row(bodies[index], name)]:
            raise Unreadable(f"row {index}: the fast codec and fastavro differ")


def from_rows(rows: Sequence[Mapping[str, Any]], name: str = USAGE) -> pa.RecordBatch:
    """Dicts as columns, in the newest contract's order."""
    return pa.RecordBatch.from_pylist(list(rows), schema=arrow(name))


def write(batch: pa.RecordBatch, name: str) -> list[bytes]:
    """Columns as Avro bodies, one a row."""
    if fast is None:
        return write_rows(batch.to_pylist(), name)
    parts = fast.serialize_record_batch(batch, contracts.text(name), 1)
    return [body for part in parts for body in part.to_pylist()]
