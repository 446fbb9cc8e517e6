"""Columns of a table as the fields of a usage: what can be taken at once, and what is odd."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from schemas.cloudevents import MOST
from schemas.columns import FIRST, LAST
from schemas.moments import moment, rfc3339
from streams.sources.times import MICROS, micros_in
from streams.steps.intake import Bools, Ints

Column = Any
"""An Arrow array of any type; the library has no types of its own."""

EXACT = 2**53
"""Every whole number up to here is a float of its own."""


def texts(held: Column) -> tuple[Column, Bools]:
    """As text, null where there is none; whole numbers are the text of their digits."""
    kind = held.type.value_type if types.is_dictionary(held.type) else held.type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return held.cast(pa.string()), _nowhere(held)
    if types.is_integer(kind) or types.is_null(kind):
        return held.cast(pa.string()), _nowhere(held)
    return pa.nulls(len(held), pa.string()), _given(held)


def counts(held: Column) -> tuple[Ints, Bools]:
    """As whole numbers, 0 where there is none; anything from 0 to the most is none odd."""
    if types.is_integer(held.type) or types.is_null(held.type):
        found = held.cast(pa.int64(), safe=False)
    elif types.is_floating(held.type):
        whole = pc.and_(pc.less(pc.abs(held), EXACT), pc.equal(pc.floor(held), held))
        found = pc.if_else(whole, held, -1.0).cast(pa.int64())
    else:
        return _decimals(held)
    values = np.asarray(found.fill_null(0), dtype=np.int64)
    return values, np.asarray((values < 0) | (values > MOST), dtype=bool)


def _decimals(held: Column) -> tuple[Ints, Bools]:
    """Whole numbers of a fixed point, as warehouses write them; anything else is odd."""
    if types.is_decimal(held.type):
        try:
            return counts(held.cast(pa.int64()))
        except pa.ArrowInvalid:
            pass  # a part of a whole, or more than 64 bits hold
    return np.zeros(len(held), dtype=np.int64), _given(held)


def times(held: Column) -> tuple[Ints, Bools]:
    """As microseconds since 1970, 0 where there is none; one without an offset is UTC."""
    if types.is_timestamp(held.type):
        utc = pa.timestamp(held.type.unit, "UTC")
        found = held.cast(utc, safe=False).cast(MICROS, safe=False).cast(pa.int64())
        values = np.asarray(found.fill_null(0), dtype=np.int64)
        return values, (values < FIRST) | (values > LAST)
    if types.is_string(held.type) or types.is_null(held.type):
        values = micros_in(held.cast(pa.string()))
        return values, _given(held) & (values == 0)
    return np.zeros(len(held), dtype=np.int64), _given(held)


def _nowhere(held: Column) -> Bools:
    return np.zeros(len(held), dtype=bool)


def _given(held: Column) -> Bools:
    return np.asarray(held.is_valid(), dtype=bool)


def said(cell: Any) -> Any:
    """One cell as a table of texts would hold it; whole numbers stay as they are."""
    if not cell.is_valid:
        return ""
    if types.is_timestamp(cell.type):
        return _at(cell.cast(pa.timestamp("us", cell.type.tz), safe=False).value)
    value = cell.as_py()
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, int) else str(value)


def _at(micros: int) -> str:
    return rfc3339(moment(micros)) if FIRST <= micros <= LAST else f"{micros} microseconds"
