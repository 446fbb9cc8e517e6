"""What every benchmark says: on what it ran, the median of its rounds, one JSON line at the end."""

import json
import os
import platform
from argparse import ArgumentTypeError
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

LIBRARIES = ("confluent-kafka", "fastavro", "numpy", "pyarrow", "pyruhvro")

ROUNDS = 5
"""Rounds of a measurement; what is told is their median."""


def describe() -> None:
    """Print the machine, the time and the versions of what does the work."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_processor()}, {os.cpu_count()} cores, "
          f"{memory:.0f} GiB, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    known = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    print(f"Python {platform.python_version()}, {known}")


def _processor() -> str:
    """The processor as the system names it."""
    table = Path("/proc/cpuinfo")
    lines = table.read_text().splitlines() if table.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def among(known: Collection[str]) -> Callable[[str], list[str]]:
    """The type of an option that names some of what is known, separated by commas."""

    def named(text: str) -> list[str]:
        names = [name for name in text.split(",") if name]
        if unknown := sorted(set(names) - set(known)):
            raise ArgumentTypeError(f"no {', '.join(unknown)} among {', '.join(known)}")
        return names

    return named


def medians(rounds: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over all rounds; a figure that a round lacks was 0 in it."""
    taken = list(rounds)
    names = dict.fromkeys(name for one in taken for name in one)
    return {name: median(one.get(name, 0.0) for one in taken) for name in names}


def last_line(figures: Mapping[str, object]) -> None:
    """Print the figures as the one JSON line that ends a benchmark."""
    print(json.dumps({name: _short(figure) for name, figure in figures.items()}))


def _short(figure: object) -> object:
    if isinstance(figure, Mapping):
        return {name: _short(one) for name, one in figure.items()}
    if isinstance(figure, list | tuple):
        return [_short(one) for one in figure]
    return round(figure, 3) if isinstance(figure, float) else figure
