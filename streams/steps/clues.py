"""Clues of usages: what failed, what a cache saved, what a week ago would have cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledger import caching
from ledger.prices import STATES, Priced, price
from ledger.schedules import PriceState, Schedule
from schemas import cloudevents, clues, columns
from schemas.moments import DAY_MINUTES, MINUTE
from streams.steps.intake import Bools, Ints, Usages

WEEK = 7 * DAY_MINUTES * MINUTE
"""Microseconds."""

WELL = pa.array(clues.WELL)
REQUESTS = columns.quantities().index("requests")


@dataclass(frozen=True, slots=True)
class Rated:
    """The schedule of each of n usages: `which` are indices of `schedules`.

    `before` are those of a week earlier, None where they price alike.
    """

    schedules: Sequence[Schedule]
    before: Sequence[Schedule | None]
    which: Ints


def of(usages: Usages, rated: Rated, priced: Priced) -> Ints:
    """The clues of each usage, in the order of `CLUES`: one row a usage, column-major."""
    quantities, (schedules, which) = usages.quantities, (rated.schedules, rated.which)
    found = np.zeros((len(clues.CLUES), len(usages)), dtype=np.int64)
    fails, of_models = _fails(usages), _of(usages, cloudevents.LLM)
    found[0] = of_models & (quantities[:, REQUESTS] == 0)
    if len(fails):
        found[1, fails] = np.maximum(quantities[fails, REQUESTS], 1)
        found[2, fails] = priced.cost[fails]
    found[3] = caching.saved(quantities, schedules, which)
    found[4] = caching.paid(quantities, schedules, which)
    found[5] = _repriced(quantities, rated, priced)
    seats = _of(usages, cloudevents.SEAT)
    if seats.any():
        found[:, seats] = 0
    return found.T


def _of(usages: Usages, kind: str) -> Bools:
    codes, kinds = usages.texts("type")
    return np.array([one == kind for one in kinds], dtype=bool)[codes]


def _fails(usages: Usages) -> Ints:
    """The rows whose outcome is not ok."""
    well = pc.is_in(usages.batch.column("outcome"), value_set=WELL)
    if pc.all(well).as_py() is not False:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(~np.asarray(well, dtype=bool))


def _repriced(quantities: Ints, rated: Rated, priced: Priced) -> Ints:
    """What usages cost above the rates of a week before; 0 where either is not known."""
    found = np.zeros(len(rated.which), dtype=np.int64)
    moved = np.array([one is not None for one in rated.before], dtype=bool)
    some = np.flatnonzero(moved[rated.which]) if moved.any() else found[:0]
    if len(some):
        then = [old or new for old, new in zip(rated.before, rated.schedules, strict=True)]
        before = price(quantities[some], then, rated.which[some])
        known = _known(priced)[some] & _known(before)
        found[some] = np.where(known, priced.cost[some] - before.cost, 0)
    return found


def _known(priced: Priced) -> Bools:
    unpriced = priced.state == STATES.index(PriceState.UNPRICED)
    return np.asarray(~(unpriced | priced.too_large))
