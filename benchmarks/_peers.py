"""The peers of `end_to_end`: how each is started, how much it gets, how it is checked."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks import _kafka
from benchmarks._backlog import WIDTH, Backlog, Sums
from benchmarks._metering import CODEC
from benchmarks.peers._task import ROOT, Task
from schemas import columns
from tests.kafka.broker import guard

PATIENCE = 180.0
"""Seconds that a peer may take."""

PREFIXES = {
    "usage": CODEC.prefix(columns.USAGE).hex(),
    "charge": CODEC.prefix(columns.CHARGE).hex(),
}
Check = Callable[[str, str, Backlog, Sums], None]
"""Broker, topic, what was given and what the meter says of it. Exits where it is not so."""


def same(servers: str, out: str, given: Backlog, wanted: Sums) -> None:
    """Exits unless every partition holds the usages themselves, in their order."""
    if _kafka.values(servers, out, WIDTH) != given.values():
        raise SystemExit(f"{out} does not hold the usages that were read")


@dataclass(frozen=True)
class Peer:
    """One of them; `share` of the usages is enough to measure it by."""

    name: str
    module: str
    share: float
    checked: Check

    def count(self, usages: int) -> int:
        """How many usages it gets."""
        return max(int(usages * self.share), 1)

    def run(self, servers: str, prefix: str, given: Backlog) -> Mapping[str, Any]:
        """Put the usages onto a topic of its own and let it work; its answer."""
        usage, out = f"{prefix}{self.name}-usage", f"{prefix}{self.name}-out"
        _kafka.create(servers, WIDTH, usage, out)
        _kafka.load(servers, usage, given.messages)
        task = Task(servers, usage, out, len(given.messages), f"{prefix}{self.name}", PREFIXES)
        return self._asked(task)

    def check(self, servers: str, prefix: str, given: Backlog, wanted: Sums) -> None:
        """Exits unless what it wrote is what it was to write."""
        self.checked(servers, f"{prefix}{self.name}-out", given, wanted)

    def _asked(self, task: Task) -> Mapping[str, Any]:
        done = subprocess.run(
            [*guard(), sys.executable, "-m", self.module, json.dumps(asdict(task))],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{self.name} failed: {done.stderr[-2000:]}")
        answer: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


PEERS = {
    one.name: one
    for one in (
        Peer("bare", "benchmarks.peers.bare", 0.5, same),
        Peer("copy", "benchmarks.peers.copied", 1.0, same),
    )
}
