"""What a peer is asked and what it answers: one JSON object each, as argument and as last line."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

ROOT = Path(__file__).parents[2]
BATCH = 5_000
"""Usages of a transaction."""

WIDTH = 4
"""Partitions of every topic."""


@dataclass(frozen=True)
class Task:
    """Read `count` usages from topic `usage`, write to topic `out`; `name` is the peer's own."""

    servers: str
    usage: str
    out: str
    count: int
    name: str
    prefixes: Mapping[str, str]
    """The bytes before a message's Avro body by record, hexadecimal."""

    prices: str
    """The file of prices and owners, see `benchmarks._prices`."""

    @property
    def sums(self) -> str:
        """The topic for sums."""
        return f"{self.out}-sums"

    def prefix(self, record: str) -> bytes:
        """What stands before the Avro body of `usage` or `charge`."""
        return bytes.fromhex(self.prefixes[record])


class Stopwatch:
    """Wall and CPU seconds of this process since the first usage came."""

    def __init__(self) -> None:
        self._begun: tuple[float, float] | None = None

    def begin(self) -> None:
        """The first usage is here; later calls change nothing."""
        self._begun = self._begun or (perf_counter(), process_time())

    def answer(self, **further: Any) -> dict[str, Any]:
        """The peer's answer, all being committed now."""
        wall, cpu = self._begun or (0.0, 0.0)
        return {"seconds": perf_counter() - wall, "cpu_s": process_time() - cpu, **further}


def run(work: Callable[[Task], Mapping[str, Any]], arguments: Sequence[str] = ()) -> None:
    """Do what the first argument asks, and print the answer."""
    [asked] = arguments or sys.argv[1:]
    print(json.dumps(work(Task(**json.loads(asked)))), flush=True)


def schema(name: str) -> Any:
    """The JSON of a contract."""
    return json.loads((ROOT / "schemas" / "avro" / f"{name}.avsc").read_text())
