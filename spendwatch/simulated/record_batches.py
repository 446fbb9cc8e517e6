"""The same usage in columns, for load: Arrow record batches as `schemas.columns` reads them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import columns
from schemas.cloudevents import SEAT
from spendwatch.simulated.events import duration
from spendwatch.simulated.overruns import Overrun
from spendwatch.simulated.rhythm import DAY, Moments
from spendwatch.simulated.senders import Run, run_of
from spendwatch.simulated.sent import FIRST_QUANTITY, QUANTITIES, Table, tables


def batches(
    seed: int, start: datetime, end: datetime, overruns: Sequence[Overrun], rate: float = 1.0
) -> Iterator[pa.RecordBatch]:
    """The events of `simulate` as rows of the usage contract: one batch a span, none empty.

    A span is six hours at rate 1 and shorter the higher the rate. Raises ValueError as `simulate`.
    """
    run = run_of(seed, overruns, rate)
    shared = faces(run)
    for begins, table in tables(run, start, end):
        yield batch_of(run, shared, begins, table)


def faces(run: Run) -> Mapping[str, pa.Array]:
    """What all events of a sender share, by field of the contract: one value a sender."""
    texts = [field.name for field in columns.arrow(columns.USAGE) if field.type == pa.string()]
    callers = [sender.caller for sender in run.senders]
    shared = {
        name: pa.array([getattr(caller, name) for caller in callers])
        for name in texts
        if name != "id"
    }
    return {**shared, "duration_s": pa.array([duration(caller, run.rate) for caller in callers])}


def batch_of(run: Run, shared: Mapping[str, pa.Array], begins: int, table: Table) -> pa.RecordBatch:
    """One span as columns."""
    place = pa.array(table[1])
    made = {
        **{name: values.take(place) for name, values in shared.items()},
        **periods(run, table),
        "id": ids(run, begins, table),
        "time": micros(table[0]),
        "quantities": quantities(table),
        "history": pa.repeat(False, table.shape[1]),
    }
    schema = columns.arrow(columns.USAGE)
    return pa.RecordBatch.from_arrays([made[name] for name in schema.names], schema=schema)


def ids(run: Run, begins: int, table: Table) -> pa.Array:
    """The id of each event."""
    stems = pa.array([run.stem(place, begins) for place in range(len(run.senders))])
    numbers = pa.array(table[2]).cast(pa.string())
    return pc.binary_join_element_wise(stems.take(pa.array(table[1])), numbers, "-")


def micros(at: Moments) -> pa.Array:
    """Moments as the contract wants them."""
    return pa.array(at * 1000).cast(pa.timestamp("us", "UTC"))


def quantities(table: Table) -> pa.Array:
    """The quantities of each event; those that the organisation never uses are 0."""
    nothing = np.zeros(table.shape[1], np.int64)
    known: dict[str, Any] = dict(zip(QUANTITIES, table[FIRST_QUANTITY:], strict=True))
    kind = columns.arrow(columns.USAGE).field("quantities").type
    arrays = [pa.array(known.get(field.name, nothing)) for field in kind]
    return pa.StructArray.from_arrays(arrays, fields=list(kind))


def periods(run: Run, table: Table) -> dict[str, pa.Array]:
    """The day that each seat is held for; 1970 for anything else."""
    seats = np.array([sender.caller.type == SEAT for sender in run.senders])[table[1]]
    day = table[0] // DAY * DAY
    return {
        "period_start": micros(np.where(seats, day, 0)),
        "period_end": micros(np.where(seats, day + DAY, 0)),
    }
