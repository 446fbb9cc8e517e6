"""How long two rulebooks take over a recorded past.

`python -m benchmarks.tune [--series 200] [--days 90] [--rounds 3]`

Hourly buckets of that many series lie on disk as Parquet and as CSV: most are quiet, one in ten
has overruns. Each round types `spendwatch tune` as anybody does, once with a change that asks for
seldomer days and more dollars and once with one that asks for less, which is run anew on every
series; wall and CPU seconds are those of the whole command with its processes.
"""

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from benchmarks import _machine
from schemas.moments import HOUR_MINUTES, MINUTE, micros
from streams.steps.intake import Ints

SEED = 7
START = micros(datetime(2026, 8, 31, tzinfo=UTC)) // (HOUR_MINUTES * MINUTE)
"""A Monday, in hours since 1970."""

RULEBOOK = """organisation: many
detectors:
  - {name: day, kind: records, grain: hour, series: ["application:*"], once_in_days: 150,
     floor_usd: 20}
places: [{name: screen, kind: console}]
routes: [{places: [screen]}]
"""

CALMER = ("detectors.day.once_in_days=300", "detectors.day.floor_usd=30")
SHARPER = ("detectors.day.once_in_days=100", "detectors.day.floor_usd=10")
CASES = {"calmer": (CALMER, "parquet"), "sharper": (SHARPER, "parquet"), "csv": (CALMER, "csv")}


def costs(series: int, days: int) -> Ints:
    """Nano-dollars by series and hour: day and week as offices have them, noise, overruns."""
    drawn = np.random.default_rng(SEED)
    hour = np.arange(days * 24)
    level = np.exp(drawn.normal(0, 1.2, (series, 1))) * 2e9
    week = np.where(hour // 24 % 7 > 4, 0.4, 1.0) * (1 + 0.8 * np.sin((hour % 24 - 8) * np.pi / 12))
    daily = np.repeat(drawn.lognormal(0, 0.08, (series, days)), 24, axis=1)
    made = level * week * daily * drawn.lognormal(0, 0.2, (series, days * 24))
    for at in range(0, series, 10):
        start = int(drawn.integers(days * 12, days * 24 - 30))
        made[at, start : start + int(drawn.integers(2, 30))] *= drawn.choice((3, 5, 10))
    return made.astype(np.int64)


def table(series: int, days: int) -> pa.Table:
    """The same as a table of buckets."""
    held = costs(series, days)
    start = np.tile((np.arange(days * 24) + START) * HOUR_MINUTES * MINUTE, series)
    names = [f"application:app-{number}" for number in range(series)]
    return pa.table({
        "series": np.repeat(names, days * 24),
        "start": pa.array(start).cast(pa.timestamp("us", "UTC")),
        "cost_nano_usd": held.reshape(-1),
    })  # fmt: skip


def write(folder: Path, series: int, days: int) -> Mapping[str, Path]:
    """The table in both forms, and the rulebook."""
    made = table(series, days)
    files = {form: folder / f"past.{form}" for form in ("parquet", "csv")}
    pq.write_table(made, files["parquet"])
    start = pc.strftime(made.column("start"), "%Y-%m-%dT%H:%M:%SZ")
    text = made.set_column(1, "start", pc.replace_substring(start, ".000000Z", "Z"))
    pcsv.write_csv(text, files["csv"])
    files["rulebook"] = folder / "rulebook.yaml"
    files["rulebook"].write_text(RULEBOOK, encoding="utf-8")
    return files


def timed(files: Mapping[str, Path]) -> dict[str, float]:
    """Wall and CPU seconds of each case."""
    found = {}
    for name, (settings, form) in CASES.items():
        wall, cpu = perf_counter(), _cpu()
        typed(files, settings, form)
        found[name], found[f"{name}_cpu"] = perf_counter() - wall, _cpu() - cpu
    return found


def typed(files: Mapping[str, Path], settings: tuple[str, ...], form: str) -> str:
    """What `spendwatch tune` says."""
    sets = [word for setting in settings for word in ("--set", setting)]
    program = "from spendwatch.cli import main; main()"
    command = [sys.executable, "-c", program, "tune", "--history", str(files[form]),
               "--rulebook", str(files["rulebook"]), *sets]  # fmt: skip
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    """Measure, print a table and one JSON line."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--series", type=int, default=200)
    asked.add_argument("--days", type=int, default=90)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    _machine.describe()
    buckets = given.series * given.days * 24
    print(f"{buckets:,} hourly buckets: {given.series} series of {given.days} days")
    with TemporaryDirectory(prefix="spendwatch-") as folder:
        files = write(Path(folder), given.series, given.days)
        figures = _machine.medians([timed(files) for _ in range(given.rounds)])
    for name in CASES:
        print(f"{name:>8} {figures[name]:7.1f} s, {figures[f'{name}_cpu']:7.1f} CPU s, "
              f"{figures[f'{name}_cpu'] * 1e6 / buckets:6.1f} us a bucket")  # fmt: skip
    print()
    _machine.last_line({
        "buckets": buckets,
        "wall_s": {name: figures[name] for name in CASES},
        "cpu_s": {name: figures[f"{name}_cpu"] for name in CASES},
        "load": os.getloadavg()[0],
    })  # fmt: skip


if __name__ == "__main__":
    main()
