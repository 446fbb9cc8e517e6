"""Processes that are killed and started again at once, and when what they write shows again."""

import time
from collections.abc import Callable
from functools import partial

from confluent_kafka import OFFSET_END, TopicPartition

from benchmarks import _kafka
from benchmarks._started import cpu, peaks
from benchmarks.peers._task import WIDTH
from tests.kafka.fleet import Fleet

WRITES = {"meter": "tally", "watch": "docket", "deliver": "delivery"}
"""What is waited for from each process."""

PATIENCE = 600.0
"""Seconds in which a process must have come back."""


class Follower:
    """Reads what the processes commit."""

    def __init__(self, servers: str, prefix: str) -> None:
        self._prefix, self._consumer = prefix, _kafka.reader(servers)
        places = {"tally": WIDTH, "docket": 1, "delivery": 1}
        self._consumer.assign([
            TopicPartition(prefix + topic, partition, OFFSET_END)
            for topic, width in places.items() for partition in range(width)
        ])  # fmt: skip

    def first(self, topic: str, after: float) -> float | None:
        """When the first record of a topic that was written after a moment shows, of those that
        come now; seconds since 1970.
        """
        for message in self._consumer.consume(500, 0.01):
            written = message.timestamp()[1] / 1e3
            if message.topic() == self._prefix + topic and written > after:
                return time.time()
        return None

    def close(self) -> None:
        """Read no more."""
        self._consumer.close()


class Supervised:
    """The processes: started, killed, started again, and how much memory each had at most."""

    def __init__(self, fleet: Fleet, follower: Follower) -> None:
        self._fleet, self._follower = fleet, follower
        self.mib = dict.fromkeys(WRITES, 0.0)
        self.cpu: dict[str, list[float]] = {part: [] for part in WRITES}
        """CPU seconds that each incarnation had used when its first output showed."""

    def started(self, part: str) -> float:
        """Seconds from the start of a process to its first output."""
        return self._output(part, time.time(), partial(self._fleet.start, part))

    def killed(self, part: str) -> float:
        """Seconds from the kill of a process to its successor's first output."""
        self.weigh(part)
        while self._follower.first(WRITES[part], 0.0):
            pass
        return self._output(part, time.time(), partial(self._again, part))

    def weigh(self, part: str) -> None:
        """Note the most that a process had resident so far."""
        self.mib[part] = max(self.mib[part], peaks(self._fleet)[part])

    def _again(self, part: str) -> None:
        self._fleet.kill(part)
        self._fleet.start(part)

    def _output(self, part: str, since: float, begin: Callable[[], None]) -> float:
        begin()
        while (shown := self._follower.first(WRITES[part], since)) is None:
            if ended := self._fleet.tend():
                print(f"started once more: {ended}")
            if time.time() > since + PATIENCE:
                raise SystemExit(f"{part} did not come back within {PATIENCE:.0f} s")
        self.cpu[part].append(cpu(self._fleet)[part])
        print(f"{part:8}{shown - since:7.2f} s, {self.cpu[part][-1]:.2f} s of CPU", flush=True)
        return shown - since
