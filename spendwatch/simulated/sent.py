"""What the organisation sends, as columns of whole numbers.

What a caller sends in one span of time follows from (seed, caller, span) alone: a run may start
anywhere and finds the same events.
"""

from collections.abc import Iterator
from datetime import datetime
from math import ceil

import numpy as np
from numpy.typing import NDArray

from schemas.cloudevents import CALL, FEATURE, GPU, SEAT
from spendwatch.simulated.callers import Caller
from spendwatch.simulated.chance import chance
from spendwatch.simulated.overruns import milliseconds
from spendwatch.simulated.rhythm import MINUTE, Moments
from spendwatch.simulated.senders import Run
from spendwatch.simulated.spreads import Floats, Shape, Spread

COLUMNS = (
    "time", "sender", "sequence", "input_uncached", "cache_read", "cache_write_5m", "output",
    "reasoning", "requests", "gpu_seconds", "seats", "uses",
)  # fmt: skip
"""Rows of a `Table`: milliseconds since 1970, the sender's place in the run, the event's number in
the sender's span, quantities."""

FIRST_QUANTITY = COLUMNS.index("input_uncached")
QUANTITIES = COLUMNS[FIRST_QUANTITY:]
UNITS = {CALL: "requests", FEATURE: "uses", GPU: "gpu_seconds", SEAT: "seats"}
"""The quantity that counts the units of a caller without a model."""

LONG_CONTEXT = 199_999
"""The longest prompt of an event: above 200,000 tokens some models cost more, and an event that
gathers several calls must not look like one long call."""

JITTER = 0.8
"""The part of a caller's interval, at most of a minute, within which an event falls."""

Table = NDArray[np.int64]
"""One row for each of COLUMNS, one column an event."""


def tables(run: Run, start: datetime, end: datetime) -> Iterator[tuple[int, Table]]:
    """Each span's start, milliseconds since 1970, and its events in `[start, end)` in time order.

    Spans without an event are left out.
    """
    first, last = milliseconds(start), milliseconds(end)
    for begins in range(first // run.span * run.span, last, run.span):
        table = span_of(run, begins)
        inside = table[:, (table[0] >= first) & (table[0] < last)]
        if inside.size:
            yield begins, inside


def span_of(run: Run, begins: int) -> Table:
    """All events of one span, by time, then by place in the run."""
    table = np.concatenate([sent(run, place, begins) for place in range(len(run.senders))], axis=1)
    return table[:, np.argsort(table[0], kind="stable")]


def sent(run: Run, place: int, begins: int) -> Table:
    """What one sender sends in one span."""
    sender, last = run.senders[place], begins + run.span - 1
    starts = slots(sender.caller, begins, run)
    if not len(starts) or (sender.extra and not sender.extra.touches(begins, last)):
        return np.zeros((len(COLUMNS), 0), np.int64)
    rng = chance(run.seed, sender.caller.name, begins // MINUTE)
    expected = sender.expected(run.seed, starts)
    at, units = gathered(sender.caller, rng, starts, expected)
    spread = min(sender.caller.every / run.rate * 1000, MINUTE) * JITTER
    table = np.zeros((len(COLUMNS), len(at)), np.int64)
    table[0] = np.clip(at + spread * rng.random(len(at)), begins, last)
    table[1], table[2] = place, np.arange(len(at))
    fill(table, sender.caller, rng, units, sender.growth(table[0]))
    return table[:, sender.heard(table[0])]


def slots(caller: Caller, begins: int, run: Run) -> Moments:
    """When the caller's intervals of that span begin; an interval is the span's it begins in."""
    every = caller.every * 1000 / run.rate
    first, last = ceil(begins / every), ceil((begins + run.span) / every)
    return (np.arange(first, last) * every).astype(np.int64)


def gathered(
    caller: Caller, rng: np.random.Generator, starts: Moments, expected: Floats
) -> tuple[Moments, Moments]:
    """Intervals in which something was used, and how much; one with too much comes in parts."""
    units = np.rint(expected).astype(np.int64) if caller.steady else rng.poisson(expected)
    parts = -(-units // caller.most)
    number = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    whole, among = np.repeat(units, parts), np.repeat(parts, parts)
    return np.repeat(starts, parts), whole // among + (number < whole % among)


def fill(
    table: Table, caller: Caller, rng: np.random.Generator, units: Moments, growth: Floats
) -> None:
    """Write the quantities of a caller's events into its table."""
    if caller.shape is None:
        table[COLUMNS.index(UNITS[caller.type])] = units
    elif len(units):
        table[FIRST_QUANTITY : FIRST_QUANTITY + 6] = tokens(
            caller, caller.shape, rng, units, growth
        )


def tokens(
    caller: Caller, shape: Shape, rng: np.random.Generator, units: Moments, growth: Floats
) -> Floats:
    """Disjoint tokens and the requests of events that gather so many calls each."""
    prompt = np.minimum(np.rint(total(rng, shape.prompt, units) * growth), LONG_CONTEXT)
    answer = np.rint(total(rng, shape.answer, units)) if shape.answer else np.zeros(len(units))
    luck = 0.9 + 0.2 * rng.random(len(units))
    read, written = np.rint(prompt * caller.cached * luck), np.rint(prompt * caller.written * luck)
    reasoning = np.rint(answer * caller.reasoning)
    fresh = prompt - read - written
    return np.stack((fresh, read, written, answer - reasoning, reasoning, units))


def total(rng: np.random.Generator, spread: Spread, units: Moments) -> Floats:
    """The tokens of each event's calls, drawn one by one and added up."""
    each = spread.drawn(rng.random(int(units.sum())))
    return np.add.reduceat(each, np.cumsum(units) - units)
