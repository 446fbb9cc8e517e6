"""How well overruns are found at equal false alarms, beside detectors that others use.

`python -m benchmarks.detection [--only hours,nab] [--seeds 1] [--data ../shared/data]`

Series are those of a simulated organisation (`sim`, 200, 8 weeks, 5 of them history), real clients
of large models priced at list (14 days, and made longer: `real`, 127), and minutes made of real
requests. Each of fourteen overruns happens to every fifth series. An alarm counts only where the
undisturbed twin of the series was in no incident. Every detector's limits are the lowest that keep
its false alarms on clean series within the budget, four fifths of it upwards, one fifth downwards.

- `hours`: all detectors, 0.25 and 0.05 false alarms a series-week
- `down`: silence and drops alone on every second series, 0.05 and 0.01 downwards
- `fortnight`: the 14 real days as they were, a week of them learnt
- `cold`: ours in a series' first week, at once in T days
- `contamination`: what an overrun in the past, that nobody marked, costs
- `minutes`: ours, SPOT and the z rule on minutes
- `rates`: false alarms expected of once in T days, and counted
- `borne`: false alarms a month that a hundred series are to bear, and counted; `--curve` draws it
- `trades`: ours, what one goal costs in another: false alarms in dollars, beside CUSUM and LODA;
  the first week; the guard against an overrun in the past; windows. Minutes long, so only if named;
  `--trades` draws it
- `nab`: the Numenta Anomaly Benchmark, beside its published results
- `cost`: CPU microseconds a bucket

Peers that are slow (LODA) are only in `hours` and `cost`; those of minutes are SPOT and z; in the
first week, in `rates` and on NAB ours is alone, for others' scores are not once in so many days.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks import _curve, _machine, _trades_curve
from benchmarks import _detection_shown as shown
from benchmarks._detection_bench import Bench, Figures
from benchmarks._detection_measure import Mapped
from benchmarks._detection_once import ONCE
from benchmarks._detection_peers import HOURLY
from benchmarks._detection_tables import TABLES
from benchmarks._detection_trades import mean, trades

DATA = Path(__file__).parents[1] / "../shared/data"

NAMED = {"trades": trades}
"""Tables that take minutes: only where they are named."""

CHUNK = 4
"""Series that a worker takes at once."""


@contextmanager
def working(workers: int) -> Iterator[Mapped]:
    """What maps work over series: so many processes, or this one."""
    if workers == 1:
        yield map
        return
    with ProcessPoolExecutor(workers) as pool:
        yield partial(pool.map, chunksize=CHUNK)


def measured(bench: Bench, only: Sequence[str], seeds: Sequence[int]) -> Figures:
    """The figures of all tables asked for, printed on the way."""
    figures: Figures = {}
    for seed in seeds:
        asked = {name: table for name, table in {**TABLES, **NAMED}.items() if name in only}
        figures[f"seed_{seed}"] = {name: table(bench, seed) for name, table in asked.items()}
    return figures | {name: table(bench) for name, table in ONCE.items() if name in only}


def of_seeds(figures: Figures, name: str) -> list[Figures]:
    """One table from each seed."""
    return [one[name] for key, one in figures.items() if key.startswith("seed_")]


def whole(text: str) -> list[int]:
    """Whole numbers, separated by commas."""
    return [int(one) for one in text.split(",")]


def options() -> argparse.ArgumentParser:
    """What can be asked for."""
    usual = [*TABLES, *ONCE]
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--only", type=_machine.among([*usual, *NAMED]), default=usual)
    asked.add_argument("--seeds", type=whole, default=[1])
    asked.add_argument("--data", type=Path, default=DATA)
    asked.add_argument("--peers", type=_machine.among(HOURLY), default=list(HOURLY))
    asked.add_argument("--series", type=int, help="at most so many of each set")
    asked.add_argument("--curve", type=Path, help="where to draw what `borne` gives, as SVG")
    asked.add_argument("--trades", type=Path, help="where to draw what `trades` gives, as SVG")
    asked.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return asked


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and end with one JSON line."""
    asked = options()
    given = asked.parse_args(arguments)
    if not given.data.is_dir():
        asked.error(f"no data at {given.data}")
    _machine.describe()
    print(f"River {version('river')}; seeds {given.seeds}; {given.workers} workers")
    with working(given.workers) as mapped:
        bench = Bench(given.data, given.peers, given.series, mapped)
        figures = measured(bench, given.only, given.seeds)
    if given.curve:
        given.curve.write_text(_curve.drawn(of_seeds(figures, "borne")))
    if "trades" in given.only:
        over = mean(of_seeds(figures, "trades"))
        for name, tables in over.items():
            shown.trades(f"{name}, mean of seeds", tables)
        if given.trades:
            given.trades.write_text(_trades_curve.drawn(over))
    print()
    _machine.last_line(figures)


if __name__ == "__main__":
    main()
