"""A charge worked out again: each quantity times its rate, whose it is and where it was added.

The parts are exact fractions, the sum is the meter's own: the two must agree.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import numpy as np

from ledger.prices import PROMPT
from ledger.rates import PICO, Per
from ledger.schedules import DRIVERS, Price, Rates, Schedule
from schemas import columns
from schemas.moments import EPOCH
from schemas.money import NANO
from streams.book import Book, Books
from streams.steps.intake import Usages
from streams.steps.valuing import value

PER: Mapping[str, Per] = {
    "gpu_seconds": Per.HOUR,
    "seats": Per.UNIT,
    "requests": Per.THOUSAND,
    "uses": Per.THOUSAND,
}
"""How people speak of a quantity's price; of all others, tokens, by the million."""


@dataclass(frozen=True, slots=True)
class Part:
    """One quantity of a charge and its price."""

    quantity: str
    amount: int
    usd: Fraction | None
    """Dollars for so many units as `per` says; None where there is no rate."""

    per: str
    entries: tuple[str, ...]
    """What says so: entries of the rate card, a public price."""

    nano_usd: Fraction
    billable: bool


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A charge as the rulebook that priced it makes it today."""

    parts: tuple[Part, ...]
    nano_usd: Fraction
    """The sum of the parts, before it is rounded."""

    cost_nano_usd: int
    owner: str
    path: str
    rule: str
    series: tuple[str, ...]
    drivers: tuple[str, ...]
    """Series that count what the members of a pool do."""

    rulebook: str
    effective_from: datetime | None


def reckon(charge: Mapping[str, Any], book: Book) -> Reckoning:
    """Work a charge out again under one version of the rulebook."""
    usage = {name: charge[name] for name in columns.arrow(columns.USAGE).names}
    row = Usages(columns.from_rows([usage]), np.zeros(1, dtype=np.int64))
    valued = value(row, Books([book]))
    line = valued.lines[int(valued.which[0])]
    schedule = book.schedule(usage, usage["time"])
    parts = tuple(_parts(usage["quantities"], rates(usage["quantities"], schedule)))
    return Reckoning(
        parts=parts,
        nano_usd=sum((part.nano_usd for part in parts), Fraction(0)),
        cost_nano_usd=int(valued.priced.cost[0]),
        owner=line.owner,
        path=str(line.path) if line.owner in book.tree.places else line.owner,
        rule=line.rule,
        series=line.series,
        drivers=line.drivers,
        rulebook=book.hash,
        effective_from=None if book.effective_from == EPOCH else book.effective_from,
    )


def rates(quantities: Mapping[str, int], schedule: Schedule) -> Rates:
    """The rates for a prompt of this size."""
    prompt = sum(quantities[name] for name in PROMPT)
    return schedule.rates[max(bisect_left(schedule.above, prompt) - 1, 0)]


def _parts(quantities: Mapping[str, int], held: Rates) -> list[Part]:
    return [
        _part(name, quantities[name], price)
        for name, price in zip(columns.quantities(), held.prices, strict=True)
        if quantities[name]
    ]


def _part(name: str, amount: int, price: Price | None) -> Part:
    per = PER.get(name, Per.MILLION)
    pico = price.pico if price else Fraction(0)
    return Part(
        quantity=name,
        amount=amount,
        usd=pico * per.units / PICO if price else None,
        per=per,
        entries=price.entries if price else (),
        nano_usd=pico * amount * NANO / PICO,
        billable=price is not None or name not in DRIVERS,
    )
