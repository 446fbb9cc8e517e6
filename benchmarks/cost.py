"""What usage costs: CPU and bytes a million usages, memory a million identities and 1,000 series.

`python -m benchmarks.cost [--usages 300000] [--series 1000] [--a-minute 60000] [--rounds 5]`

Meter and watch run with their shells as on Kafka, in batches of 20,000 usages; the broker's own
share is not in it. Beside them, in the same rounds: fastavro decoding and encoding the same usage,
and a loop that only adds up the same tallies in a dict. Bytes are those of keys and Avro values,
not compressed, beside the usage's own. Memory is what a fresh process grew by, beside a Python set
of the same identities and plain lists of the same closed costs.
"""

import argparse
import logging
import pickle
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import structlog
from confluent_kafka import Message

from benchmarks import _machine, _memory
from benchmarks._metering import CODEC
from benchmarks._organisation import Organisation
from benchmarks._stage import Stage, messages, tallies, weigh
from benchmarks._template import template
from schemas import columns
from schemas.codec import read_row, write_rows
from streams import jobs
from streams.log import Record
from streams.steps import tallying
from streams.steps.identities import MOST

BATCH = 4 * jobs.MOST
DAYS = 35
"""How long the series have lived whose memory is told."""

Figures = dict[str, float]


def walked(organisation: Organisation, count: int, a_minute: int) -> Figures:
    """CPU seconds of every stage and baseline, and bytes of every topic (`bytes_...`)."""
    meter, watch = Stage(jobs.METER, organisation.books), Stage(jobs.WATCH, organisation.books)
    spent, size = Counter[str](), Counter[str]()
    offset = told = 0
    for batch in organisation.usage(count, a_minute, BATCH):
        given = messages(batch, offset)
        metered = meter.take(given)
        records = tallies(metered, told)
        watched = watch.take(records)
        offset, told = offset + len(given), told + len(records)
        spent.update({"fastavro": codec(given), "sums": summed(records)})
        size["usage"] += sum(len(one.key() or b"") + len(one.value() or b"") for one in given)
        size.update(weigh(metered))
        size.update(weigh(watched))
    sizes = {f"bytes_{topic}": float(bytes_) for topic, bytes_ in size.items()}
    return {"meter": meter.cpu, "watch": watch.cpu, **spent, **sizes}


def codec(given: Sequence[Message]) -> float:
    """CPU seconds in which fastavro decodes and encodes usage, told from one in ten."""
    prefix = len(CODEC.prefix(columns.USAGE))
    few = [(one.value() or b"")[prefix:] for one in given[::10]]
    started = process_time()
    write_rows([read_row(body, columns.USAGE) for body in few], columns.USAGE)
    return (process_time() - started) * len(given) / len(few)


def summed(records: Sequence[Record]) -> float:
    """CPU seconds in which the costs of tallies are added up by series and minute."""
    sums: dict[tuple[str, int], int] = {}
    started = process_time()
    for record in records:
        tally = CODEC.decode(record.value or b"")
        for *key, cost in tallying.rows(tally, "minute", "cost"):
            sums[tuple(key)] = sums.get(tuple(key), 0) + cost
    return process_time() - started


def memory(identities: int, series: int) -> Figures:
    """Bytes that each of them takes, and what stands beside it."""
    with TemporaryDirectory(prefix="spendwatch-") as folder:
        old, young = Path(folder) / "old", Path(folder) / "young"
        old.write_bytes(pickle.dumps(template(DAYS)))
        young.write_bytes(pickle.dumps(template(1)))
        asked = {
            "identity": ("identities", identities, old),
            "identity_set": ("identity_set", identities, old),
            "series": ("series", series, old),
            "series_lists": ("series_lists", series, old),
            "series_a_day_old": ("series", series, young),
        }
        return {
            name: _memory.resident(what, count, file) / count
            for name, (what, count, file) in asked.items()
        }


def cpu(figures: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Ratios of CPU: what stands beside a stage, divided by the stage."""
    yield "ratio_meter_fastavro", figures["fastavro"] / figures["meter"]
    yield "ratio_watch_sums", figures["sums"] / figures["watch"]


def show(figures: Mapping[str, float], held: Mapping[str, float], millions: float) -> None:
    """Tables for people."""
    print(f"\n{'CPU':16}{'s/million':>12}")
    for name in ("meter", "watch", "fastavro", "sums"):
        print(f"{name:16}{figures[name] / millions:12.2f}")
    print(f"\n{'topic':16}{'MB/million':>12}{'of usage':>10}")
    for name, size in figures.items():
        if name.startswith("bytes_"):
            share = size / figures["bytes_usage"]
            print(f"{name[6:]:16}{size / millions / 1e6:12.2f}{share:10.1%}")
    print(f"\n{'memory':20}{'bytes each':>12}")
    for name, size in held.items():
        print(f"{name:20}{size:12,.0f}")
    print(f"bounded by {MOST:,} identities a partition: {MOST * held['identity'] / 2**20:,.0f} MiB")


def last_line(figures: Mapping[str, float], held: Mapping[str, float], millions: float) -> None:
    """The figures as JSON."""
    sizes = {name[6:]: size for name, size in figures.items() if name.startswith("bytes_")}
    _machine.last_line({
        "usages": round(millions * 1e6),
        "cpu_s_per_million": {
            name: figures[name] / millions for name in ("meter", "watch", "fastavro", "sums")
        },
        **dict(cpu(figures)),
        "bytes_per_million": {name: round(size / millions) for name, size in sizes.items()},
        "ratio_bytes_usage": {name: size / sizes["usage"] for name, size in sizes.items()},
        "mib_per_million_ids": held["identity"] * 1e6 / 2**20,
        "ratio_ids_set": held["identity_set"] / held["identity"],
        "mib_per_thousand_series": held["series"] * 1e3 / 2**20,
        "mib_per_thousand_series_a_day_old": held["series_a_day_old"] * 1e3 / 2**20,
        "ratio_series_lists": held["series_lists"] / held["series"],
    })  # fmt: skip


def main() -> None:
    """Measure, print, and end with one JSON line."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--usages", type=int, default=300_000)
    asked.add_argument("--series", type=int, default=1_000)
    asked.add_argument("--a-minute", type=int, default=60_000)
    asked.add_argument("--identities", type=int, default=2_000_000)
    asked.add_argument("--remembered", type=int, default=300, help="series whose memory is told")
    asked.add_argument("--rounds", type=int, default=_machine.ROUNDS)
    given = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _machine.describe()
    organisation = Organisation(given.series)
    print(f"{given.usages:,} usages of {given.series:,} live series, {given.a_minute:,} a minute; "
          f"series whose memory is told have lived {DAYS} days")  # fmt: skip
    rounds = [walked(organisation, given.usages, given.a_minute) for _ in range(given.rounds)]
    figures, held = _machine.medians(rounds), memory(given.identities, given.remembered)
    show(figures, held, given.usages / 1e6)
    print()
    last_line(figures, held, given.usages / 1e6)


if __name__ == "__main__":
    main()
