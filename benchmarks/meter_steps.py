"""What each step of the meter costs, CPU microseconds per usage, beside the bare codec.

`python -m benchmarks.meter_steps [--usages 50000] [--batch 5000] [--rounds 5]`
"""

import argparse
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import thread_time
from typing import Any, cast

import structlog
from confluent_kafka import Message

from benchmarks import _machine, _metering
from schemas import columns
from schemas.codec import read_row, write_rows
from streams import jobs, pipeline, runner
from streams.log import Log
from streams.shell import Shell
from streams.steps import checks, identities, metering, watermarks
from streams.steps.identities import MeterState

METER: Mapping[str, Sequence[tuple[Any, str]]] = {
    "decode": [(pipeline, "take")],
    "validate": [(checks, "check"), (metering, "too_late")],
    "watermark": [(watermarks, "flow")],
    "partition": [(metering, "misplaced")],
    "identity": [
        (identities, name) for name in ("horizons", "sift", "horizon_of", "forgotten", "remembered")
    ],
    "price_own": [(pipeline, "value")],
    "charge": [(metering, "charged"), (columns, "write")],
    "tally": [(metering, "tallied")],
}
"""The functions that `streams.pipeline.meter` calls, by what they do; `rest` is its own time."""

SHELL: Mapping[str, Sequence[tuple[Any, str]]] = {
    "records": [(_metering.Sink, "poll")],
    "produce": [(_metering.Sink, "commit")],
    "remember": [(MeterState, "apply")],
}
"""What the shell does around it; `encode` is the rest."""

Spent = dict[str, float]


@contextmanager
def clocked(spent: Spent) -> Iterator[None]:
    """Put every step on the clock, and take it off again."""
    places = [(step, *at) for step, named in {**METER, **SHELL}.items() for at in named]
    former = [(home, name, getattr(home, name)) for _, home, name in places]
    for step, home, name in places:
        setattr(home, name, timed(spent, step, getattr(home, name)))
    try:
        yield
    finally:
        for home, name, work in former:
            setattr(home, name, work)


def timed(spent: Spent, step: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, on the clock of its step; a step within a step has its own."""

    def on_the_clock(*given: Any, **named: Any) -> Any:
        inner, started = sum(spent.values()), thread_time()
        try:
            return work(*given, **named)
        finally:
            inner = sum(spent.values()) - inner
            spent[step] = spent.get(step, 0.0) + thread_time() - started - inner

    return on_the_clock


def metered(given: Sequence[Message], size: int) -> Spent:
    """Seconds of each step for all messages, and `total`."""
    spent: Spent = dict.fromkeys((*METER, "rest", *SHELL), 0.0)
    sink = _metering.Sink(given, size)
    step = timed(spent, "rest", pipeline.meter)
    job = jobs.Job("meter", ("usage",), "seen", step, MeterState)
    shell = Shell(cast(Log, sink), lambda: BOOKS, _metering.CODEC, _metering.clock)
    one = runner.Runner(job, shell)
    one.join("0")
    with clocked(spent):
        started = thread_time()
        while one.turn(0.0):
            pass
        total = thread_time() - started
    if sink.produced < len(given):
        raise SystemExit(f"{sink.produced} records came of {len(given)} usages")
    return {**spent, "encode": total - sum(spent.values()), "total": total}


def bare(bodies: Sequence[bytes], size: int) -> Spent:
    """Seconds to decode and encode the same bodies and to do nothing with them."""
    parts = [bodies[at : at + size] for at in range(0, len(bodies), size)]
    started = thread_time()
    for part in parts:
        write_rows([read_row(body, columns.USAGE) for body in part], columns.USAGE)
    row_by_row = thread_time()
    for part in parts:
        columns.write(columns.read(part, columns.USAGE), columns.USAGE)
    return {"fastavro": row_by_row - started, "columns": thread_time() - row_by_row}


def show(figures: Mapping[str, float]) -> None:
    """A table of the steps with their shares."""
    print(f"\n{'step':12}{'us/usage':>10}{'share':>8}")
    for step, cost in figures.items():
        if step not in ("fastavro", "columns"):
            print(f"{step:12}{cost:10.2f}{cost / figures['total']:8.0%}")
    print(f"\nthe same bodies decoded and encoded, nothing else: fastavro "
          f"{figures['fastavro']:.2f}, columns {figures['columns']:.2f}")  # fmt: skip


def main() -> None:
    """Measure, print, and end with one JSON line."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--usages", type=int, default=50_000)
    asked.add_argument("--batch", type=int, default=5_000)
    asked.add_argument("--rounds", type=int, default=_machine.ROUNDS)
    given = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _machine.describe()
    messages = _metering.messages(given.usages)
    prefix = len(_metering.CODEC.prefix(columns.USAGE))
    few = [(message.value() or b"")[prefix:] for message in messages[: given.batch]]
    metered(messages[: given.batch], given.batch)  # asks for every price once
    rounds = []
    for _ in range(given.rounds):
        costs = {step: s / len(messages) for step, s in metered(messages, given.batch).items()}
        costs |= {codec: s / len(few) for codec, s in bare(few, given.batch).items()}
        rounds.append({name: cost * 1e6 for name, cost in costs.items()})
    figures = _machine.medians(rounds)
    show(figures)
    print()
    _machine.last_line({
        "usages": len(messages),
        "batch": given.batch,
        "us_per_usage": figures,
        "ratio_fastavro": figures["fastavro"] / figures["total"],
    })  # fmt: skip


BOOKS = _metering.books()

if __name__ == "__main__":
    main()
