"""What usages cost: quantities by rates, in columns, exact, rounded once."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ledger.schedules import PriceState, Rates, Schedule
from schemas import columns
from schemas.cloudevents import MOST

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

STATES = tuple(PriceState)
"""The states in the order of their codes: a greater code is a worse state."""

PROMPT = (
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "audio_in",
    "image_in",
)
"""Quantities that make up a prompt: all input tokens, as genai-prices counts them."""

PROMPTS = [columns.quantities().index(name) for name in PROMPT]

LARGEST = 9 * 10**18
"""The largest amount of one usage in pico-dollars, $9 million: the most that int64 surely holds."""

SAFE = 9.2e18
"""Below this, what was estimated in doubles surely fits int64, which ends at 9.223e18.

The estimate of an amount is the sum of its quantities times the largest rate. Nothing is negative,
so no product and no partial sum is above it; the doubles are off by less than one in 10^15.
"""

PICO_A_NANO = 1000
NEVER = np.iinfo(np.int64).max
"""A threshold that no prompt passes."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What n usages cost; all arrays have n elements.

    `cost` is nano-dollars, 0 where `too_large`. `state` is an index into `STATES`, `rate` one into
    `rate_ids` and `lacking` one into `lacks`: the billable quantities without a rate, joined by
    commas. Texts may repeat.
    """

    cost: Int64
    too_large: Bool
    state: npt.NDArray[np.int8]
    rate: Int64
    rate_ids: tuple[str, ...]
    lacking: Int64
    lacks: tuple[str, ...]


NOTHING = Rates((None,) * len(columns.quantities()))


@dataclass(frozen=True, slots=True)
class _Table:
    """Rates in pico-dollars, `whole + part / divisor`: (m, 13), (m, 13) and (m).

    `top` is at least the largest rate and the divisor. From SAFE on the others say NOTHING, as
    int64 might not hold them.
    """

    whole: Int64
    part: Int64
    divisor: Int64
    top: npt.NDArray[np.float64]


def price(quantities: Int64, schedules: Sequence[Schedule], which: Int64) -> Priced:
    """Price n usages: `quantities` is (n, 13) from 0 to 10^9, `which` n indices of schedules.

    Exact, with one rounding a usage, half to even. Quickest where `quantities` is column-major.
    Raises ValueError where a quantity is outside.
    """
    if quantities.size and not 0 <= quantities.min() <= quantities.max() <= MOST:
        raise ValueError(f"a quantity is not from 0 to {MOST}")
    lines = np.ascontiguousarray(quantities.T)  # (13, n): sums run over memory in its order
    rates = [each for schedule in schedules for each in schedule.rates]
    row = row_of(lines, schedules, which)
    cost, too_large = _costs(lines, rates, row)
    return _told(rates, cost, too_large, row << len(lines) | _present(lines))


def row_of(lines: Int64, schedules: Sequence[Schedule], which: Int64) -> Int64:
    """Which rates are each usage's, with those of all schedules laid end to end.

    `lines` are quantities, one row each.
    """
    counts = np.array([len(schedule.rates) for schedule in schedules], dtype=np.int64)
    row: Int64 = (counts.cumsum() - counts)[which]
    steps = range(1, counts.max(initial=1))
    prompt = lines[PROMPTS].sum(axis=0) if steps else row
    for step in steps:
        above = [each.above[step] if step < len(each.above) else NEVER for each in schedules]
        row = row + (prompt > np.array(above, dtype=np.int64)[which])
    return row


def _costs(lines: Int64, rates: Sequence[Rates], row: Int64) -> tuple[Int64, Bool]:
    """Nano-dollars and whether that is too much; what int64 may not hold is done in Python."""
    table = _table(rates)
    amount, more = _amounts(lines, table, row)
    cost = _rounded(amount, more)
    too_large: Bool = (amount > LARGEST) | ((amount == LARGEST) & more)
    estimate = lines.sum(axis=0) * table.top[row]
    for index in np.flatnonzero(estimate >= SAFE).tolist():
        cost[index], too_large[index] = _exact(lines[:, index].tolist(), rates[row[index]])
    cost[too_large] = 0
    return cost, too_large


def _table(rates: Sequence[Rates]) -> _Table:
    top = [float(max(*each.whole, each.divisor - 1) + 1) for each in rates]
    held = [each if most < SAFE else NOTHING for each, most in zip(rates, top, strict=True)]
    shape = (len(rates), len(columns.quantities()))
    return _Table(
        np.array([each.whole for each in held], dtype=np.int64).reshape(shape),
        np.array([each.part for each in held], dtype=np.int64).reshape(shape),
        np.array([each.divisor for each in held], dtype=np.int64),
        np.array(top, dtype=np.float64),
    )


def _amounts(lines: Int64, table: _Table, row: Int64) -> tuple[Int64, Bool]:
    """Whole pico-dollars and whether there is a part of one more; beyond SAFE they may be wrong."""
    amount = _sum(lines, table.whole, row)
    if not table.part.any():
        return amount, np.zeros(len(row), dtype=np.bool_)
    whole, rest = np.divmod(_sum(lines, table.part, row), table.divisor[row])
    return amount + whole, rest > 0


def _sum(lines: Int64, rates: Int64, row: Int64) -> Int64:
    total = np.zeros(len(row), dtype=np.int64)
    for index in np.flatnonzero(lines.any(axis=1)):
        total += lines[index] * rates[:, index][row]
    return total


def _rounded(amount: Int64, more: Bool) -> Int64:
    """Pico-dollars, and perhaps a part of one more, as nano-dollars rounded half to even."""
    nano, rest = np.divmod(amount, PICO_A_NANO)
    half = PICO_A_NANO // 2
    rounded: Int64 = nano + ((rest > half) | ((rest == half) & (more | (nano % 2 == 1))))
    return rounded


def _exact(quantities: Sequence[int], rates: Rates) -> tuple[int, bool]:
    pairs = zip(quantities, rates.numerators, strict=True)
    amount = Fraction(sum(quantity * rate for quantity, rate in pairs), rates.divisor)
    return (0, True) if amount > LARGEST else (round(amount / PICO_A_NANO), False)


def _present(lines: Int64) -> Int64:
    """One bit for each quantity that is above 0, the first quantity's lowest."""
    bits = np.zeros(lines.shape[1], dtype=np.int64)
    for index in np.flatnonzero(lines.any(axis=1)):
        bits |= (lines[index] > 0).astype(np.int64) << index
    return bits


def _told(rates: Sequence[Rates], cost: Int64, too_large: Bool, pattern: Int64) -> Priced:
    """What is the same for all usages with the same rates and the same quantities above 0."""
    patterns, of = np.unique(pattern, return_inverse=True)
    width = len(columns.quantities())
    kinds = [(rates[each >> width], each & (1 << width) - 1) for each in patterns.tolist()]
    states = [STATES.index(rates.state(present)) for rates, present in kinds]
    return Priced(
        cost=cost,
        too_large=too_large,
        state=np.array(states, dtype=np.int8)[of],
        rate=of,
        rate_ids=tuple(rates.rate_id(present) for rates, present in kinds),
        lacking=of,
        lacks=tuple(",".join(rates.lacking(present)) for rates, present in kinds),
    )
