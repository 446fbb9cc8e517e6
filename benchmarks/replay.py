"""Usages a second that a replay takes, beside what only reading them costs.

`python -m benchmarks.replay [--usages 600000] [--rate 100] [--rounds 5]`

The simulated organisation's usage, `rate` times as dense as its own, lies on disk as Parquet and
as JSON lines. `meter` reads it, meters it and writes its charges as Parquet; `walk` is the whole
of `spendwatch replay --charges parquet`, detectors, policies and all files. Beside them, in the
same rounds: a loop of `json.loads` over the lines, and pyarrow reading the table.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import _machine
from schemas.cloudevents import event_of
from schemas.moments import EPOCH, micros
from spendwatch import charge_files
from spendwatch.ahead import ahead
from spendwatch.reports import Reports
from spendwatch.simulated import batches
from streams import bundle, pipeline, rulebook, sources
from streams.book import Book, Books
from streams.log import Sheaf
from streams.replay import replay
from streams.steps.identities import MeterState
from streams.steps.step import Site
from streams.walk import Walk

SEED = 7
START = datetime(2026, 11, 3, 8, tzinfo=UTC)
STARTED = micros(datetime(2026, 12, 24, tzinfo=UTC))
"""When the replay is said to begin."""

Work = Callable[[Path, Path], None]
"""Takes a file of usage and a folder for what comes of it."""


def usage(rate: float, count: int) -> pa.Table:
    """So many usages of the simulated organisation, `rate` times as busy as usual."""
    found: list[pa.RecordBatch] = []
    for batch in batches(SEED, START, START + timedelta(days=365), [], rate):
        found.append(batch)
        if sum(map(len, found)) >= count:
            break
    return pa.Table.from_batches(found).slice(0, count)


def write(table: pa.Table, folder: Path) -> Mapping[str, Path]:
    """The same usage in both forms."""
    made = {form: folder / f"usage.{form}" for form in ("parquet", "jsonl")}
    pq.write_table(table, made["parquet"])
    with made["jsonl"].open("w") as lines:
        for batch in table.to_batches(10_000):
            lines.writelines(json.dumps(event_of(row)) + "\n" for row in batch.to_pylist())
    return made


def books() -> Books:
    """The simulated organisation's rulebook, with a screen as its only place."""
    text = files("spendwatch.simulated").joinpath("rulebook.yaml").read_text(encoding="utf-8")
    kept = text[: text.index("\nplaces:")]
    places = "\nplaces: [{name: screen, kind: console}]\nroutes: [{places: [screen]}]\n"
    return Books([Book("benchmark", EPOCH, rulebook.read(kept + places))])


def meter(file: Path, out: Path) -> None:
    """Read, meter, write charges; nobody watches."""
    known, state, site, offset = books(), MeterState(), Site(), 0
    held = charge_files.opened("parquet", out)
    for rows in ahead(sources.in_columns([file])):
        received = rows.received[rows.at] + STARTED
        given = bundle.in_columns(rows.usage, offset, received)
        outcome = pipeline.meter(state, given, known, site)
        state.apply(outcome.changes)
        for output in outcome.outputs:
            if isinstance(output, Sheaf):
                held.write(output.rows)
        offset += len(given)
    held.close()


def walk(file: Path, out: Path) -> None:
    """What `spendwatch replay` does."""
    through, count = Walk(books()), 0
    with Reports(out, "parquet") as reports:
        for pace in replay(ahead(sources.in_columns([file])), through, STARTED):
            count += len(pace.rows) if pace.rows else 0
            reports.take(pace, through)
        reports.finish(through, count)


def loads(file: Path, _: Path) -> None:
    """A loop of json.loads."""
    with file.open("rb") as lines:
        for line in lines:
            json.loads(line)


def arrow(file: Path, _: Path) -> None:
    """pyarrow reads the whole table."""
    pq.read_table(file)


CASES: Mapping[str, tuple[str, Work]] = {
    "arrow_read": ("parquet", arrow),
    "json_loads": ("jsonl", loads),
    "meter_parquet": ("parquet", meter),
    "meter_jsonl": ("jsonl", meter),
    "walk_parquet": ("parquet", walk),
    "walk_jsonl": ("jsonl", walk),
}

BARE = {"parquet": "arrow_read", "jsonl": "json_loads"}
"""What each form is held against."""


def timed(made: Mapping[str, Path], out: Path, count: int) -> Iterator[tuple[str, float]]:
    """Wall and CPU microseconds a usage of every case, once."""
    for name, (form, work) in CASES.items():
        wall, cpu = perf_counter(), process_time()
        work(made[form], out)
        yield name, (perf_counter() - wall) / count * 1e6
        yield f"{name}_cpu", (process_time() - cpu) / count * 1e6


def show(figures: Mapping[str, float]) -> None:
    """A table of the cases."""
    print(f"\n{'case':16}{'usages/s':>12}{'us/usage':>12}{'CPU us':>10}")
    for name in CASES:
        cost, cpu = figures[name], figures[f"{name}_cpu"]
        print(f"{name:16}{1e6 / cost:12,.0f}{cost:12.2f}{cpu:10.2f}")


def main() -> None:
    """Measure, print, and end with one JSON line."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--usages", type=int, default=600_000)
    asked.add_argument("--rate", type=float, default=100.0)
    asked.add_argument("--rounds", type=int, default=_machine.ROUNDS)
    given = asked.parse_args()
    _machine.describe()
    table = usage(given.rate, given.usages)
    span = table.column("time")[-1].as_py() - table.column("time")[0].as_py()
    minutes = span / timedelta(minutes=1)
    print(f"{len(table):,} usages of {minutes:,.0f} minutes, {len(table) / minutes:,.0f} a minute")
    with TemporaryDirectory(prefix="spendwatch-") as folder:
        made = write(table, Path(folder))
        rounds = [dict(timed(made, Path(folder), len(table))) for _ in range(given.rounds)]
    figures = _machine.medians(rounds)
    show(figures)
    print()
    _machine.last_line({
        "usages": len(table),
        "usages_a_minute": len(table) / minutes,
        "usage_per_s": {name: 1e6 / figures[name] for name in CASES},
        "cpu_us_per_usage": {name: figures[f"{name}_cpu"] for name in CASES},
        **{f"ratio_{name}": figures[BARE[form]] / figures[name]
           for name, (form, _) in CASES.items() if name not in BARE.values()},
        **{f"cpu_ratio_{name}": figures[f"{BARE[form]}_cpu"] / figures[f"{name}_cpu"]
           for name, (form, _) in CASES.items() if name not in BARE.values()},
    })  # fmt: skip


if __name__ == "__main__":
    main()
