"""Resident memory that something takes: what a process of its own grew by when it was made.

`python -m benchmarks._memory NAME COUNT FILE` makes it once and prints bytes; see `resident`.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._metering import CODEC
from schemas.rules import Grain
from schemas.states import Seen
from streams.steps.costs import BLOCK
from streams.steps.identities import SIZE, MeterState
from streams.steps.packed import WatchState
from streams.steps.step import Key, key_bytes

BATCH = 20_000
"""Identities that are accepted in one batch."""

Template = Sequence[tuple[Key, bytes]]
"""The state of one series, encoded as its topic holds it."""


def resident(name: str, count: int, file: Path) -> int:
    """Bytes that so many of MADE's `name` take, measured in a fresh process."""
    command = [sys.executable, "-m", "benchmarks._memory", name, str(count), str(file)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(ran.stdout)


def identities(count: int, _: Template) -> object:
    """What the meter remembers of so many identities."""
    state, chance = MeterState(), np.random.Generator(np.random.PCG64(1))
    for first in range(0, count, BATCH):
        seen = Seen(minute=first // BATCH, ids=chance.bytes(SIZE * min(BATCH, count - first)))
        state.apply({("seen", seen.minute, first): seen})
    return state


def identity_set(count: int, _: Template) -> object:
    """The same identities in a set of Python's."""
    chance = np.random.Generator(np.random.PCG64(1))
    return {chance.bytes(SIZE) for _ in range(count)}


def series(count: int, template: Template) -> object:
    """What watch remembers of so many series, restored from their topic."""
    entries = chain.from_iterable(named(template, at) for at in range(count))
    return WatchState.restored(entries, CODEC.decode)


def series_lists(count: int, template: Template) -> object:
    """Only their closed costs of minutes and hours, in lists of Python's."""
    sizes = [BLOCK[Grain(str(key[2]))] for key, _ in template if key[0] == "block"]
    return [list(range(at, at + sum(sizes))) for at in range(0, count * 10**6, 10**6)]


def named(template: Template, at: int) -> Iterator[tuple[bytes, bytes]]:
    """The template's entries as those of another series."""
    for (kind, name, *rest), value in template:
        named = key_bytes((kind, f"{name}-{at}", *rest))
        yield named, bytes(bytearray(value))  # its own, as from a log


MADE: Mapping[str, Callable[[int, Template], object]] = {
    one.__name__: one for one in (identities, identity_set, series, series_lists)
}


def held() -> int:
    """Bytes of this process that are resident (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Make it once, print what it took."""
    name, count, file = sys.argv[1:]
    template: Any = pickle.loads(Path(file).read_bytes()) if Path(file).is_file() else []
    MADE[name](1, template)  # whatever is loaded or remembered at first use
    gc.collect()
    before = held()
    made = MADE[name](int(count), template)
    gc.collect()
    print(held() - before)
    del made


if __name__ == "__main__":
    main()
