"""The web killed again and again while tallies keep coming: it shows what watch and judge hold."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from schemas.moments import micros
from spendwatch.simulated import batches, demo_overruns
from streams.jobs import JUDGE, METER, SPLIT, WATCH
from streams.kafka import KafkaLog
from streams.publishing import Publisher
from streams.rulebooks import Rulebooks
from streams.runner import Runner
from streams.shell import Shell
from tests.kafka.kafka_fixtures import NewLog
from tests.kafka.live_kit import CODEC, expected, running, until

pytestmark = pytest.mark.kafka
KILLS = 10
SEED = 7
LIVE = datetime(2026, 11, 3, 10, tzinfo=UTC)
HISTORY = timedelta(hours=1)
STEP = timedelta(minutes=2)


class Usage:
    """A simulated organisation's usage, minute by minute, with overruns in it."""

    def __init__(self, log: KafkaLog) -> None:
        self.log, self.at = log, LIVE
        self._publisher = Publisher(log, CODEC, lateness_s=5)
        past = Publisher(log, CODEC, lateness_s=5, history=True)
        for batch in batches(SEED, LIVE - HISTORY, LIVE, demo_overruns(LIVE)):
            past.publish_batch(batch)
        log.append(past.clocks(micros(LIVE), True))

    def go_on(self) -> None:
        """The next minutes, with the clock at their end."""
        for batch in batches(SEED, self.at, self.at + STEP, demo_overruns(LIVE)):
            self._publisher.publish_batch(batch)
        self.at += STEP
        self.log.append(self._publisher.clocks(micros(self.at), False))

    def settled(self) -> bool:
        """Whether every step has read all that it is given."""
        return all(
            position.get(topic, 0) + 2 >= self.log.end(topic, number)  # the markers of transactions
            for job in (METER, SPLIT, WATCH, JUDGE)
            for number in range(self.log.partitions(job.inputs[0]))
            for topic in job.inputs
            for position in [self.log.committed(job.name, number)]
            if self.log.end(topic, number)
        )


@contextmanager
def steps(log: KafkaLog, usage: Usage) -> Iterator[None]:
    """The real steps, in threads of this process."""
    stop = threading.Event()
    shell = Shell(log, Rulebooks(log, CODEC), CODEC, lambda: micros(usage.at))

    def run(runner: Runner) -> None:
        runner.join("0")
        while not stop.is_set():
            runner.turn()
        runner.leave()

    runners = [Runner(job, shell) for job in (METER, SPLIT, WATCH, JUDGE)]
    threads = [threading.Thread(target=run, args=(runner,)) for runner in runners]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_after_each_of_ten_kills_it_shows_what_watch_and_judge_hold(
    kafka_log: NewLog, kafka_servers: str
) -> None:
    log = kafka_log()
    text = files("spendwatch.simulated").joinpath("rulebook.yaml").read_text(encoding="utf-8")
    books = Rulebooks(log, CODEC)
    books.publish(text)
    marks = {one.name: one.marks for one in books().versions[-1].rulebook.budgets}
    rng = random.Random(SEED)
    usage = Usage(log)
    with steps(log, usage), running(kafka_servers, log.prefix) as live:
        for _ in range(KILLS):
            until_killed = time.monotonic() + rng.uniform(0.1, 1.5)
            while time.monotonic() < until_killed:
                usage.go_on()
            live.kill()
            usage.go_on()
            live.start()
            usage.go_on()
            until(usage.settled, "every step is at its end")
            until(lambda: live.says() == expected(log, marks), "it shows what they hold")
        assert expected(log, marks)["incidents"]
