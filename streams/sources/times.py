"""RFC 3339 in columns: the usual forms at once."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import LAST
from streams.sources.base import micros_of
from streams.steps.intake import Ints

USUAL = (
    r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$"
)
"""What Arrow and Python read alike."""

MICROS = pa.timestamp("us", "UTC")


def micros_in(texts: "pa.Array[pa.StringScalar]") -> Ints:
    """Microseconds since 1970 of each text; 0 for null and for what needs a closer look."""
    usual = pc.fill_null(pc.match_substring_regex(texts, USUAL), False)
    known = texts if pc.all(usual).as_py() else pc.if_else(usual, texts, None)
    try:
        held = known.cast(MICROS).cast(pa.int64())
    except pa.ArrowInvalid:  # the 30th of February
        return np.array([micros_of(text) for text in known.to_pylist()], dtype=np.int64)
    found = np.asarray(held.fill_null(0), dtype=np.int64)
    return np.where(found <= LAST, found, 0)
