"""Clues of usages: what failed, what a cache saved, what a week ago would have cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ledger import caching
from ledger.prices import STATES, Priced, price
from ledger.schedules import PriceState, Schedule
from schemas import clues, columns
from schemas.moments import DAY_MINUTES, MINUTE
from streams.steps.intake import Bools, Ints, Usages

WEEK = 7 * DAY_MINUTES * MINUTE
"""Microseconds."""

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
    fails = _fails(usages)
    return np.array([
        fails * np.maximum(quantities[:, REQUESTS], 1),
        fails * priced.cost,
        caching.saved(quantities, schedules, which),
        caching.paid(quantities, schedules, which),
        _repriced(quantities, rated, priced),
    ]).T  # fmt: skip


def _fails(usages: Usages) -> Bools:
    codes, outcomes = usages.texts("outcome")
    return np.array([one not in clues.WELL for one in outcomes], dtype=bool)[codes]


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
