"""What a cache saves and costs: cached tokens beside plain input of the same rates, in columns."""

from collections.abc import Sequence

import numpy as np

from ledger.prices import LARGEST, PICO_A_NANO, SAFE, Int64, row_of
from ledger.schedules import Schedule
from schemas import columns

READ = (columns.quantities().index("cache_read"),)
WRITTEN = tuple(columns.quantities().index(name) for name in ("cache_write_5m", "cache_write_1h"))


def saved(quantities: Int64, schedules: Sequence[Schedule], which: Int64) -> Int64:
    """What reads from a cache would have cost more as plain input, nano-dollars; see `price`.

    To a pico-dollar a token; 0 where one of the two rates is not known.
    """
    return _beside_input(quantities, schedules, which, READ)


def paid(quantities: Int64, schedules: Sequence[Schedule], which: Int64) -> Int64:
    """What writes to a cache cost more than plain input; else as `saved`."""
    return -_beside_input(quantities, schedules, which, WRITTEN)


def _beside_input(
    quantities: Int64, schedules: Sequence[Schedule], which: Int64, places: Sequence[int]
) -> Int64:
    """What some quantities would have cost more as plain input."""
    found = np.zeros(len(which), dtype=np.int64)
    held = [place for place in places if quantities[:, place].any()]
    if held:
        row = row_of(quantities.T, schedules, which)
        rates = [each for schedule in schedules for each in schedule.rates]
        for place in held:
            cheaper = [each.cheaper[place] for each in rates]
            found += _products(quantities[:, place], cheaper, row)
    return found


def _products(amounts: Int64, cheaper: Sequence[int], row: Int64) -> Int64:
    """Units times pico-dollars in whole nano-dollars; at most what is ever believed of a usage."""
    most = max(*cheaper, -min(cheaper), 1)
    wide = np.int64 if float(most) * float(amounts.max(initial=0)) < SAFE else object
    pico = amounts.astype(wide) * np.array(cheaper, dtype=wide)[row]
    bound = LARGEST // PICO_A_NANO
    found: Int64 = np.clip(pico // PICO_A_NANO, -bound, bound).astype(np.int64)
    return found
