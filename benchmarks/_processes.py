"""Processes that answer tasks: a new one for each, or one that stays and gets warm."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from tempfile import TemporaryFile
from typing import Any, Protocol

from benchmarks import _kafka
from benchmarks.peers._task import ROOT, WIDTH, Task
from tests.kafka.broker import guard

Answer = Mapping[str, Any]
PATIENCE = 180.0
"""Seconds that a task may take."""

WARMING = 2
"""Tasks that are not counted before the first that is."""


class Process(Protocol):
    """Answers tasks. Exits where it can't, with the end of what it printed."""

    def ask(self, task: Task) -> Answer:
        """What came of a task."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Once:
    """A new process for each task."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    def ask(self, task: Task) -> Answer:
        """See Process."""
        done = subprocess.run(
            [*guard(), *self._command, json.dumps(asdict(task))],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{task.name} failed: {done.stderr[-2000:]}")
        return _answer(done.stdout.splitlines()[-1])

    def close(self) -> None:
        """Nothing stays."""


class Warm:
    """One process, a task a line of its input; it does the first one twice more, to get warm."""

    def __init__(self, command: Sequence[str]) -> None:
        self._errors = TemporaryFile("w+")  # noqa: SIM115 - open as long as the process
        self._process = subprocess.Popen(
            [*guard(), *command],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._warm = False

    def ask(self, task: Task) -> Answer:
        """See Process."""
        for number in range(0 if self._warm else WARMING):
            other = f"{task.name}-warm{number}"
            _kafka.create(task.servers, WIDTH, f"{other}-out")
            self._told(replace(task, name=other, out=f"{other}-out"))
        self._warm = True
        return self._told(task)

    def close(self) -> None:
        """See Process."""
        self._process.kill()
        self._process.wait()
        self._errors.close()

    def _told(self, task: Task) -> Answer:
        given, taken = self._process.stdin, self._process.stdout
        assert given is not None and taken is not None
        given.write(json.dumps(asdict(task)) + "\n")
        given.flush()
        line = taken.readline()
        if not line:
            self._errors.seek(0)
            raise SystemExit(f"{task.name} failed: {self._errors.read()[-2000:]}")
        return _answer(line)


def _answer(line: str) -> Answer:
    found: Answer = json.loads(line)
    return found
