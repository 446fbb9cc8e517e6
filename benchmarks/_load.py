"""Usage at a steady pace onto a topic, by a process of its own.

`python -m benchmarks._load SERVERS TOPIC SERIES A_SECOND SECONDS` prints the moment at which it
will begin, seconds since 1970, and makes all its messages until then, so that they cost no CPU
while they are sent. It ends with one JSON line: what it cost, and how far it fell behind.
"""

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import PIPE, Popen
from time import process_time, sleep, time

from benchmarks._backlog import backlog
from benchmarks._kafka import Loader, Put
from benchmarks._organisation import Organisation
from tests.kafka.broker import guard
from tests.kafka.fleet import ROOT

SAMPLE = 20_000
"""Usages that tell how long the others will take to make."""

SPARE = 2.0
"""How many times that is allowed, because the machine may be busy."""

LEAD = 3.0
"""Seconds before its beginning that are left to others."""

TICK = 0.005
"""Seconds between two looks at what is due."""


@dataclass(frozen=True)
class Load:
    """So many usages a second for so many seconds."""

    series: int
    a_second: int
    seconds: int

    @property
    def count(self) -> int:
        """Usages in all."""
        return self.a_second * self.seconds

    def messages(self, begin: float, count: int) -> Sequence[Put]:
        """The first so many of them; `begin` is seconds since 1970."""
        organisation = Organisation(self.series, start=round(begin * 1e6))
        return backlog(organisation, count, self.a_second * 60).messages


class Loading:
    """A load under way in a process; `begin` says when it begins, seconds since 1970."""

    def __init__(self, servers: str, topic: str, load: Load) -> None:
        asked = [servers, topic, *map(str, (load.series, load.a_second, load.seconds))]
        command = [*guard(), sys.executable, "-m", "benchmarks._load", *asked]
        self._process = Popen(command, cwd=ROOT, stdout=PIPE, text=True)
        self.begin = float(self._line())

    def end(self) -> dict[str, float]:
        """Wait until all is sent; `cpu_s` that sending took and the most it was `behind_s`."""
        found: dict[str, float] = json.loads(self._line())
        return found

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()

    def _line(self) -> str:
        taken = self._process.stdout
        line = taken.readline() if taken is not None else ""
        if not line:
            raise SystemExit("the load could not be sent")
        return line


@contextmanager
def loading(servers: str, topic: str, load: Load) -> Iterator[Loading]:
    """A load that ends with this."""
    found = Loading(servers, topic, load)
    try:
        yield found
    finally:
        found.close()


def lead(load: Load) -> float:
    """Seconds that making all messages may take."""
    started, few = time(), min(SAMPLE, load.count)
    load.messages(started, few)
    return (time() - started) * load.count / few * SPARE + LEAD


def send(loader: Loader, messages: Sequence[Put], begin: float, a_second: int) -> float:
    """Send each message when its time has come; the most seconds by which one was late."""
    sent, behind = 0, 0.0
    while sent < len(messages):
        due = min(max(int((time() - begin) * a_second), 0), len(messages))
        if due > sent:
            behind = max(behind, time() - begin - sent / a_second)
            loader.put(messages[sent:due])
            sent = due
        sleep(TICK)
    return behind


def main() -> None:
    """Say when, make them, send them, say what it took."""
    servers, topic, *asked = sys.argv[1:]
    load = Load(*map(int, asked))
    gc.disable()  # millions of tuples and nothing to collect
    begin = time() + lead(load)
    print(begin, flush=True)
    messages = load.messages(begin, load.count)
    if time() > begin:
        raise SystemExit("the machine was too busy to make all messages in time")
    loader, before = Loader(servers, topic), process_time()
    behind = send(loader, messages, begin, load.a_second)
    loader.end()
    print(json.dumps({"cpu_s": process_time() - before, "behind_s": behind}), flush=True)


if __name__ == "__main__":
    main()
