"""What stands of each usage: its charge, until a reversal takes it back and a rerate follows.

The chain of one usage lies in one partition, in order: usage or late, then a reversal and a rerate
each time that it was restated.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import columns
from schemas.kinds import RESTATED, Kind
from streams.steps.combining import combined
from streams.steps.intake import Bools, Ints, Usages, coded, whole

REVERSAL = Kind.REVERSAL.word


def usages(charges: pa.RecordBatch) -> Usages:
    """The usage that charges are of."""
    names = columns.arrow(columns.USAGE).names
    return Usages(charges.select(names), np.arange(charges.num_rows, dtype=np.int64))


def offsets(charges: pa.RecordBatch) -> Ints:
    """The offsets of the usages."""
    return whole(charges.column("offset"))


def within(charges: pa.RecordBatch, since: int, until: int) -> pa.RecordBatch:
    """Those of usage in `[since, until)`, microseconds since 1970: a chain whole or not at all."""
    time = usages(charges).time
    return charges.filter(pa.array((time >= since) & (time < until)))


def reversals(charges: pa.RecordBatch) -> Bools:
    """Which of the charges take another back."""
    return np.asarray(pc.equal(charges.column("kind"), REVERSAL), dtype=bool)


def restated(charges: pa.RecordBatch) -> Bools:
    """Which of the charges are reversals or rerates."""
    names = pa.array([kind.word for kind in RESTATED])
    return np.asarray(pc.is_in(charges.column("kind"), value_set=names), dtype=bool)


def latest(charges: pa.RecordBatch) -> pa.RecordBatch:
    """The last of each identity, in order; `charges` are in the log's order."""
    if not charges.num_rows:
        return charges
    code = combined([coded(charges.column(name))[0] for name in ("source", "id")])
    _, back = np.unique(code[::-1], return_index=True)
    return charges.take(pa.array(np.sort(charges.num_rows - 1 - back)))


def standing(charges: pa.RecordBatch) -> pa.RecordBatch:
    """What stands after all of the charges, in the order of the log."""
    last = latest(charges)
    return last.filter(pa.array(~reversals(last)))
