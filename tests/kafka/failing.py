"""The program itself, ended or stopped in the middle of one of its own transactions.

    python -m tests.kafka.failing STEP POINT NUMBER SIGNAL run watch --only judge

At POINT of the NUMBER-th transaction of STEP the process sends itself SIGNAL. Only the producer is
another one: the product has no such points.
"""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import count
from threading import Timer
from typing import Any

from confluent_kafka import Producer

from spendwatch import logs, settings
from spendwatch.commands.run import PARTS
from spendwatch.logbook import Logbook, codec_of
from spendwatch.service import Service
from streams.jobs import JOBS
from streams.kafka import KafkaLog

WITHIN = 0.001
"""Seconds from the beginning of a commit until it is broken off; one takes several times as long
where the broker has everything else already."""

FLUSH = 10.0


class Point(StrEnum):
    """A moment of a transaction."""

    AFTER_PRODUCE = "after-produce"
    """The broker has the records, and no offsets."""

    AFTER_OFFSETS = "after-offsets"
    DURING_COMMIT = "during-commit"
    AFTER_COMMIT = "after-commit"
    """Committed, and nothing of it in memory yet."""


@dataclass
class Failure:
    """What happens, and when; partitions count together."""

    step: str
    point: Point
    number: int
    signal: signal.Signals

    def __post_init__(self) -> None:
        self._begun = count(1)

    def is_next(self) -> bool:
        """Whether it is to happen in the transaction that begins now."""
        return next(self._begun) == self.number

    def happen(self) -> None:
        """Here and now; SIGSTOP returns when somebody sends SIGCONT."""
        os.kill(os.getpid(), self.signal)


class FailingProducer(Producer):
    """A transactional producer with a failure in one of its transactions."""

    def __init__(self, failure: Failure, config: Mapping[str, Any], **further: Any) -> None:
        super().__init__(dict(config), **further)
        self._failure = failure
        self._armed = False

    def begin_transaction(self) -> None:
        """See confluent_kafka."""
        self._armed = self._failure.is_next()
        super().begin_transaction()

    def send_offsets_to_transaction(self, *given: Any) -> None:
        """See confluent_kafka."""
        self._at(Point.AFTER_PRODUCE)
        super().send_offsets_to_transaction(*given)
        self._at(Point.AFTER_OFFSETS)

    def commit_transaction(self, *given: Any) -> None:
        """See confluent_kafka."""
        breaks = self._armed and self._failure.point is Point.DURING_COMMIT
        timer = Timer(WITHIN, self._failure.happen)
        if breaks:
            self.flush(FLUSH)
            timer.start()
        super().commit_transaction(*given)
        if breaks:
            timer.join()
        self._at(Point.AFTER_COMMIT)

    def _at(self, point: Point) -> None:
        if self._armed and self._failure.point is point:
            self.flush(FLUSH)
            self._failure.happen()


class FailingLog(KafkaLog):
    """The log on Kafka, whose step of the failure has a failing producer."""

    def __init__(self, failure: Failure, bootstrap: str, prefix: str) -> None:
        super().__init__(bootstrap, prefix=prefix)
        self._failure = failure

    def _producer(self, settings: Mapping[str, Any]) -> Producer:
        mine = f"{self.prefix}{self._failure.step}-"
        if not str(settings.get("transactional.id", "")).startswith(mine):
            return super()._producer(settings)
        producer: Producer = self._made(partial(FailingProducer, self._failure), settings, {})
        return producer


def main(step: str, point: str, number: str, name: str, *command: str) -> int:
    """Run a part of the service as `spendwatch run` does; its exit code, if it comes to that."""
    failure = Failure(step, Point(point), int(number), signal.Signals[name])
    _, part, *only = command
    chosen = settings.load()
    logs.configure(chosen.log_format, chosen.log_level)
    log = FailingLog(failure, chosen.bootstrap_servers, chosen.topic_prefix)
    book = Logbook(log, codec_of(chosen), chosen.bootstrap_servers)
    jobs = (JOBS[only[-1]],) if only else PARTS[part]
    try:
        return Service(chosen, book, jobs=jobs, delivers=part == "deliver").run()
    finally:
        log.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
