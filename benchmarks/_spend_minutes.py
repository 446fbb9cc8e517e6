"""Spend by the minute, in dollars, put together from traces of real requests of one hour.

Five-minute pieces are drawn at random from a trace; each request is kept with a chance that follows
the hour of the week.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks._spend_real import columns
from benchmarks._spend_simulated import DAY, Floats, Ints, Series, nano, office

PRICE_IN, PRICE_OUT = 2.5e-6, 10e-6
"""Dollars a token."""

PIECE, LAST = 5, 55
"""Minutes of a piece, and before which minute of the trace it begins."""


class Trace(NamedTuple):
    """The minute and the dollars of each request."""

    minute: Ints
    dollars: Floats


def _azure(file: Path) -> Trace:
    told = columns(file)
    times = told["TIMESTAMP"].astype("datetime64[ns]")
    minute = (times - times.min()) // np.timedelta64(1, "m")
    dollars = told["ContextTokens"] * PRICE_IN + told["GeneratedTokens"] * PRICE_OUT
    return Trace(minute.astype(np.int64), dollars)


def _mooncake(file: Path) -> Trace:
    told = columns(file)
    dollars = told["input_tokens"] * PRICE_IN + told["output_tokens"] * PRICE_OUT
    return Trace((told["timestamp_ms"] // 60_000).astype(np.int64), dollars)


def traces(data: Path) -> Mapping[str, Trace]:
    """By name, in its order; Mooncake's conversations where they are there."""
    found = {file.stem: _azure(file) for file in data.glob("azure_llm_2023/*.csv")}
    for file in data.glob("mooncake_fast25/conversation.csv"):
        found[file.stem] = _mooncake(file)
    return dict(sorted(found.items()))


def minutes(seed: int, data: Path, days: int = 10, count: int = 12) -> list[Series]:
    """So many series, the traces in turn."""
    known = list(traces(data).items())
    found = []
    for number in range(count):
        name, trace = known[number % len(known)]
        found.append(Series(name, _drawn(trace, seed, number, days)))
    return found


def _drawn(trace: Trace, seed: int, number: int, days: int) -> Floats:
    rng = np.random.default_rng([seed, 11, number])
    keep = rng.choice([1.0, 0.2, 0.03])
    x, hours = np.zeros(days * DAY * 60), np.arange(days * DAY)
    lasting = number % 3 == 0
    rhythm = np.ones(len(hours)) if lasting else office(hours, rng.choice([0.05, 0.3]), 0.3)
    for at in range(0, len(x), PIECE):
        first = rng.integers(0, LAST)
        inside = (trace.minute >= first) & (trace.minute < first + PIECE)
        taken = rng.random(inside.sum()) < keep * rhythm[at // 60]
        minute = at + trace.minute[inside][taken] - first
        np.add.at(x, minute, trace.dollars[inside][taken])
    return nano(x)
