"""The same work on Quix Streams, exactly-once: charges, then the sum of each minute and line.

It runs in an environment of its own (`benchmarks._environments`). Quix's windows go by the key of a
message, so costs take the way over a topic that Quix makes, with the line as their key. Identities
are kept in memory only, which is less than we do.
"""

from collections import Counter
from tempfile import TemporaryDirectory
from typing import Any

from quixstreams import Application, message_context
from quixstreams.dataframe.windows.aggregations import Count, Sum

from benchmarks.peers._task import Stopwatch, Task, run
from benchmarks.peers._work import Charge, Work

MINUTE = 60_000
"""Milliseconds of a window."""


class Chain:
    """One run over a topic."""

    def __init__(self, task: Task, folder: str) -> None:
        self._left, self._work, self._watch = task.count, Work(task), Stopwatch()
        self._sums, self._charges = Counter[str](), Counter[str]()
        self._app = _app(task, folder)
        usage = self._app.topic(task.usage, value_deserializer="bytes")
        charge = self._app.topic(task.out, value_serializer="bytes")
        made = self._app.dataframe(usage).apply(self._charge).filter(bool)
        made.apply(_body).to_topic(charge)
        lines = made.apply(_cost).group_by("line", key_serializer="str", key_deserializer="str")
        costs = lines.set_timestamp(_at).apply(_nano)
        windows = costs.tumbling_window(MINUTE, MINUTE).agg(nano=Sum(), charges=Count())
        windows.current().apply(self._see, metadata=True)

    def _charge(self, message: bytes) -> Charge | None:
        self._watch.begin()
        return self._work.charge(message, message_context().offset)

    def _see(self, window: dict[str, int], key: str, *_: object) -> None:
        """Keep what a window holds now; with the last of all usages it ends.

        What Quix does again after a rebalance replaces what was seen, so nothing counts twice.
        """
        name = f"{key} {window['start'] // MINUTE}"
        self._left -= window["charges"] - self._charges[name]
        self._sums[name], self._charges[name] = window["nano"], window["charges"]
        if self._left == 0:
            self._app.stop()

    def run(self) -> dict[str, Any]:
        """The answer, all being committed."""
        self._app.run()
        return self._watch.answer(sums=dict(self._sums))


def _body(made: Charge) -> bytes:
    return made.body


def _cost(made: Charge) -> dict[str, str | int]:
    return {"line": str(made.line), "nano": made.nano_usd, "at": made.minute * MINUTE}


def _at(cost: dict[str, int], *_: object) -> int:
    return cost["at"]


def _nano(cost: dict[str, int]) -> int:
    return cost["nano"]


def _app(task: Task, folder: str) -> Application:
    """What gave the most of what was tried; everything else, RocksDB's too, is the default."""
    return Application(
        task.servers,
        consumer_group=task.name,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=1.0,
        consumer_poll_timeout=0.05,
        consumer_extra_config={"fetch.wait.max.ms": 50, "max.partition.fetch.bytes": 4 << 20},
        producer_extra_config={
            "linger.ms": 5,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
            "compression.type": "none",
        },
        state_dir=folder,
        loglevel="ERROR",
    )


def work(task: Task) -> dict[str, Any]:
    """A charge of each usage, and windows of a minute."""
    with TemporaryDirectory(prefix="quix-") as folder:
        return Chain(task, folder).run()


if __name__ == "__main__":
    run(work)
