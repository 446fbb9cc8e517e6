"""What tests of the live views share: the web as a process of its own, and what it should say."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

import msgspec

from schemas.codec import Codec
from schemas.records import Budget
from schemas.states import Block
from spendwatch.web import shapes
from streams.log import Log
from streams.steps.step import key_of
from tests.kafka.broker import free_ports, guard

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0
CODEC = Codec()


class Live:
    """The web as a process; killed and started again at the same address."""

    def __init__(self, servers: str, prefix: str) -> None:
        [self._port] = free_ports(1)
        self._command = ["-m", "tests.kafka.live_process", servers, prefix, str(self._port)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([*guard(), sys.executable, *self._command], cwd=ROOT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> int:
        """End it in order; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(PATIENCE)

    def get(self, path: str) -> Any:
        """What it answers; None where it does not, or not yet."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._port}/v1/{path}", timeout=5
            ) as got:
                return json.load(got)
        except (URLError, OSError):
            return None

    def says(self) -> dict[str, Any]:
        """All that it shows of owners, budgets, incidents and their minutes."""
        found: dict[str, Any] = {}
        for name in ("allocations", "budgets", "incidents"):
            told = self.get(name)
            found[name] = told and told[name]
        for one in found["incidents"] or ():
            told = self.get(f"incidents/{one['id']}")
            found[f"minutes of {one['id']}"] = told and told["minutes"]["costs_nano_usd"]
        return found


@contextmanager
def running(servers: str, prefix: str) -> Iterator[Live]:
    live = Live(servers, prefix)
    live.start()
    try:
        yield live
    finally:
        live.kill()


def until(done: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    end = time.monotonic() + patience
    while not (found := done()):
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.05)
    return found


def newest(log: Log, topic: str) -> dict[tuple[Any, ...], Any]:
    """What a state topic holds: the newest value of each key."""
    found: dict[tuple[Any, ...], Any] = {}
    for partition in range(log.partitions(topic)):
        for record in log.read(topic, partition):
            key = key_of(record.key or b"")
            found.pop(key, None)
            if record.value is not None:
                found[key] = record.value
    return found


def expected(log: Log, marks: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """What the web should show, told from the topics of watch and judge alone."""
    standing = [CODEC.decode(value) for value in newest(log, "allocation").values()]
    owners = [one for one in standing if not isinstance(one, Budget) and one.level in shapes.OWNERS]
    budgets = [one for one in standing if isinstance(one, Budget)]
    held = newest(log, "incident")
    incidents = [CODEC.decode(value) for key, value in held.items() if key[0] == "incident"]
    incidents.sort(key=lambda one: (one.opened_at, one.id), reverse=True)
    state = newest(log, "watch-state")
    shown = {
        "allocations": [shapes.allocation(one) for one in sorted(owners, key=lambda o: o.series)],
        "budgets": [
            shapes.budget(one, marks.get(one.name, ()))
            for one in sorted(budgets, key=lambda one: one.name)
        ],
        "incidents": [shapes.incident(one) for one in incidents],
        **{f"minutes of {one.id}": minutes(state, one.series) for one in incidents},
    }
    found: dict[str, Any] = json.loads(msgspec.json.encode(shown))
    return found


def minutes(state: Mapping[tuple[Any, ...], bytes], name: str) -> list[int]:
    """The last day of closed minutes of a series as watch keeps them, the open hour included."""
    blocks: dict[int, Block] = {
        key[3]: CODEC.decode(value)
        for key, value in state.items()
        if key[:3] == ("block", name, "minute")
    }
    hours = [hour for hour in sorted(blocks) if hour > max(blocks) - 25]
    return [cost for hour in hours for cost in blocks[hour].costs]
