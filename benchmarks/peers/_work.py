"""The meter's work, one usage after the other: validate, drop duplicates, price, own, charge.

A charge is byte for byte what the meter makes of the same usage. Sums are kept by line and minute
only; who wants them by series adds up the lines of each, which is less work than by usage.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from operator import mul
from pathlib import Path
from typing import Any

import fastavro

from benchmarks.peers._task import Task, schema

KINDS = {"ai.usage.llm.v1": ("provider", "model", "application")}
"""What a usage must name, by its type; the benchmark sends no other type."""

NAMED = ("source", "id")
MOST = 10**9
"""The most of one quantity."""

LONGEST = 1024
"""Characters of a text."""

MICROS = 60_000_000
PICO_A_NANO = 1_000


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge and where it is to be added."""

    body: bytes
    line: int
    minute: int
    nano_usd: int


class Work:
    """Knows prices and owners, and the identities that were seen."""

    def __init__(self, task: Task) -> None:
        told = json.loads(Path(task.prices).read_text())
        self._names = told["dimensions"]
        self._lines = {tuple(line["key"]): (at, line) for at, line in enumerate(told["lines"])}
        self.series = [line["series"] for line in told["lines"]]
        self._seen: set[tuple[str, str]] = set()
        self._skip, self._prefix = len(task.prefix("usage")), task.prefix("charge")
        self._usage = fastavro.parse_schema(schema("usage.v1"))
        self._charge = fastavro.parse_schema(schema("charge.v1"))

    def charge(self, message: bytes, offset: int) -> Charge | None:
        """The charge of a usage; None for one that was here before. Raises ValueError."""
        given = io.BytesIO(message)
        given.seek(self._skip)
        row: dict[str, Any] = fastavro.schemaless_reader(given, self._usage, None)  # type: ignore[assignment]
        check(row)
        identity = row["source"], row["id"]
        if identity in self._seen:
            return None
        self._seen.add(identity)
        at, line = self._lines[tuple([row[name] for name in self._names])]
        amounts = row["quantities"].values()
        nano = rounded(sum(map(mul, amounts, line["pico_usd"])))
        row |= line
        row |= {"offset": offset, "cost_nano_usd": nano, "price_state": "resolved", "kind": "usage"}
        out = io.BytesIO()
        out.write(self._prefix)
        fastavro.schemaless_writer(out, self._charge, row)
        return Charge(out.getvalue(), at, int(row["time"].timestamp()) // 60, nano)


def check(row: Mapping[str, Any]) -> None:
    """Raises ValueError for a usage that must not be charged."""
    for name in (*NAMED, *KINDS[row["type"]]):
        if not 0 < len(row[name]) <= LONGEST:
            raise ValueError(f"{name} is missing or too long")
    amounts = row["quantities"].values()
    if min(amounts) < 0 or max(amounts) > MOST:
        raise ValueError("a quantity is out of range")


def rounded(pico: int) -> int:
    """Nano-dollars, half to even."""
    nano, rest = divmod(pico, PICO_A_NANO)
    return nano + (rest > 500 or (rest == 500 and nano % 2))
