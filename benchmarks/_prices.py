"""What peers are told of prices and owners: one line for each kind of usage in a backlog."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from streams.book import Book, Books

Row = Mapping[str, Any]


def table(batch: pa.RecordBatch, books: Books) -> dict[str, Any]:
    """The lines of all usages of a batch, and the dimensions that tell them apart.

    Prices are whole pico-dollars a unit in the order of the contract's quantities. Exits where
    usage has a price that depends on more than its dimensions, which no peer knows of.
    """
    [book] = books.versions
    names = [*book.asked, "environment", "outcome"]
    rows = pa.Table.from_batches([batch]).group_by(names).aggregate([("time", "min")])
    return {"dimensions": names, "lines": list(_lines(rows.to_pylist(), names, book))}


def write(found: Mapping[str, Any], file: Path) -> None:
    """Put a table where peers read it."""
    file.write_text(json.dumps(found))


def _lines(rows: Sequence[Row], names: Sequence[str], book: Book) -> Iterator[dict[str, Any]]:
    for row in rows:
        time = row["time_min"]
        line, schedule = book.line(row, time.date()), book.schedule(row, time)
        if len(schedule.rates) > 1 or schedule.rates[0].divisor > 1 or line.drivers:
            raise SystemExit(f"peers know no such price: {row}")
        rates = schedule.rates[0]
        yield {
            "key": [row[name] for name in names],
            "owner": line.owner,
            "business_unit": line.path.unit,
            "service": line.path.service,
            "rule": line.rule,
            "rate_id": rates.rate_id(-1),
            "rulebook": book.hash,
            "pico_usd": rates.whole,
            "series": line.series,
        }


def by_series(found: Mapping[str, Any], answer: Mapping[str, Any]) -> Counter[tuple[str, int]]:
    """Nano-dollars by series and minute of an answer: `by_series`, or `sums` by line."""
    nano = Counter[tuple[str, int]]()
    if "by_series" in answer:
        for name, cost in answer["by_series"].items():
            one, _, minute = name.rpartition(" ")
            nano[one, int(minute)] += cost
    else:
        for one, at, cost in _series(found, answer["sums"]):
            nano[one, at] += cost
    return nano


def _series(found: Mapping[str, Any], sums: Mapping[str, int]) -> Iterator[tuple[str, int, int]]:
    """Series, minute and nano-dollars of sums by `line minute`, as peers answer them."""
    lines = found["lines"]
    for name, cost in sums.items():
        line, _, minute = name.partition(" ")
        for one in lines[int(line)]["series"]:
            yield one, int(minute), cost
