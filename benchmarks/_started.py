"""Processes of ours on the clock: started until they are up, waited for, the CPU they have used."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from streams.log import Log
from tests.kafka.fleet import Fleet

PATIENCE = 180.0
"""Seconds that a pass may take."""

LOOK = 0.02
"""Seconds between two looks at how far they have got."""


@contextmanager
def fleet_of(servers: str, prefix: str, width: int) -> Iterator[tuple[Fleet, Log]]:
    """Processes to be started, which end with this, and a log to follow them by."""
    with (
        TemporaryDirectory(prefix="spendwatch-") as folder,
        Fleet(servers, prefix, width, width, logs=Path(folder)) as fleet,
    ):
        log = fleet.log()
        try:
            yield fleet, log
        finally:
            log.close()


def start(fleet: Fleet, parts: Sequence[str], slot: str = "0") -> None:
    """Start one after the other, each once the one before is up."""
    for part in parts:
        fleet.start(part, slot)
        until(partial(_is_up, fleet, part), fleet)


def start_together(fleet: Fleet, parts: Sequence[str]) -> None:
    """Start all at once; returns when all are up."""
    for part in parts:
        fleet.start(part)
    for part in parts:
        until(partial(_is_up, fleet, part), fleet)


def _is_up(fleet: Fleet, part: str) -> bool:
    """Whether all partitions are open, once for each of its workers: one that comes makes all
    others open theirs anew. Watch runs split, watch and judge; deliver says nothing of its one.
    """
    owned = {"meter": fleet.usage, "watch": 2 * fleet.tally + 1}.get(part, 0)
    workers = sum(name == part for name, _ in fleet.running)
    return len(opened(fleet, part)) >= owned * workers


def until(
    done: Callable[[], bool],
    fleet: Fleet,
    patience: float = PATIENCE,
    left: Callable[[], str] = str,
) -> None:
    """Wait; exits with what is `left` where it takes too many seconds or a process has ended."""
    end = monotonic() + patience
    while not done():
        dead = [part for (part, _), one in fleet.running.items() if one.poll() is not None]
        if dead or monotonic() > end:
            told = [_text(fleet, part)[-2000:] for part, _ in fleet.running]
            raise SystemExit("\n".join([f"no end, {dead or 'all'} stuck", *told, left()]))
        sleep(LOOK)


def begins(fleet: Fleet, part: str) -> bool:
    """Whether one of its partitions is open."""
    return bool(opened(fleet, part))


def _text(fleet: Fleet, part: str) -> str:
    """What all workers of a part have printed."""
    files = sorted((fleet.logs or Path()).glob(f"{part}-*.log"))
    return "".join(file.read_text() for file in files)


def opened(fleet: Fleet, part: str) -> list[float]:
    """When its workers opened each partition, seconds since 1970."""
    lines = [line for line in _text(fleet, part).splitlines() if '"partition_opened"' in line]
    return [datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp() for line in lines]


def cpu(fleet: Fleet) -> dict[str, float]:
    """CPU seconds that the workers of each part have used. (proc(5): utime and stime.)"""
    ticks = os.sysconf("SC_CLK_TCK")
    found: dict[str, float] = {}
    for (part, _), process in fleet.running.items():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        found[part] = found.get(part, 0.0) + (int(fields[11]) + int(fields[12])) / ticks
    return found


def peaks(fleet: Fleet) -> dict[str, float]:
    """The most MiB that a worker of each part had resident so far. (proc(5), VmHWM.)"""
    found: dict[str, float] = {}
    for (part, _), process in fleet.running.items():
        status = Path(f"/proc/{process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        found[part] = max(found.get(part, 0.0), int(line.split()[1]) / 1024)
    return found
