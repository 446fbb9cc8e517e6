"""The views follow a log from its beginning; ticks tell its minutes."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.moments import micros
from schemas.records import Tick
from schemas.topics import widths
from streams.embedded import EmbeddedLog
from streams.log import Entry, Log, Unreachable
from streams.views import Views
from streams.views_follow import Reading, first_beyond, follow
from streams.views_tables import NEWEST
from streams.views_ticks import Ticker
from tests.streams.views_kit import (
    CODEC,
    HOUR,
    NOW,
    allocation,
    block,
    budget,
    clock,
    costs,
    incident,
    judged,
    refused,
    rejected,
    standing,
)

PATIENCE = 10.0


class Moody(EmbeddedLog):
    """A log that does not answer for as long as it is told."""

    silent = False
    asked = 0

    def end(self, topic: str, partition: int) -> int:
        self.asked += 1
        if self.silent:
            raise Unreachable("the log is silent")
        return super().end(topic, partition)

    def append(self, entries: object) -> None:
        if self.silent:
            raise Unreachable("the log is silent")
        super().append(entries)  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Moody]:
    opened = Moody(tmp_path / "log.db", widths(2, 2), lambda: 0)
    yield opened
    opened.close()


@asynccontextmanager
async def following(views: Views, log: Log) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(follow(views, log, stop))
    yield
    stop.set()
    await asyncio.wait_for(task, PATIENCE)


async def until(done: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"never happened: {what}"
        await asyncio.sleep(0.01)


def everything() -> Sequence[Entry]:
    return [
        standing(allocation(cost=1), 0),
        standing(allocation(cost=2), 0),
        standing(allocation("application:search", 3), 1),
        standing(budget(), 1),
        judged(incident()),
        block("application:chat", HOUR, (1, 2), 0),
        clock(NOW, 0),
        clock(NOW, 1),
        refused(rejected()),
    ]


async def test_views_are_restored_from_the_beginning_and_then_follow(log: Moody) -> None:
    log.append(everything())
    views = Views(CODEC)
    async with following(views, log):
        await until(lambda: views.ready, "the beginning")
        assert costs(views) == {"application:chat": 2, "application:search": 3}
        assert [name for name, _ in views.budgets.items()] == ["retail"]
        assert views.incidents.get("inc_a") == incident()
        assert views.watermark == NOW
        assert views.day("application:chat") is not None
        began = time.monotonic()
        log.append([standing(allocation(cost=4), 0)])
        await until(lambda: costs(views)["application:chat"] == 4, "what is new")
        assert time.monotonic() - began < 2.0


def test_reading_hands_on_the_newest_of_each_key_and_what_is_wanted(log: Moody) -> None:
    log.append([*everything(), Entry("watch-state", b"position", b"x", 0), refused(rejected())])
    reading = Reading(log)
    found = [(one.topic, one.partition, one.offset) for one in reading.read()]
    assert ("allocation", 0, 1) in found
    assert ("allocation", 0, 0) not in found
    assert [one for one in found if one[0] == "rejected"] == [
        ("rejected", 0, 0),
        ("rejected", 0, 1),
    ]
    assert not [one for one in found if one[0] == "watch-state" and one[2] > 1]
    assert reading.next["watch-state", 0] == 3
    assert reading.read() == []


def test_reading_of_rejections_begins_near_their_end(log: Moody) -> None:
    log.append([refused(rejected())] * (NEWEST + 40))
    found = [one.offset for one in Reading(log).read()]
    assert found == list(range(40, NEWEST + 40))


async def test_a_log_that_is_silent_for_a_while_is_followed_again(log: Moody) -> None:
    log.append(everything())
    views = Views(CODEC)
    log.silent = True
    async with following(views, log):
        await until(lambda: log.asked, "the log is asked")
        assert not views.ready
        log.silent = False
        await until(lambda: views.ready, "the log answers again")
    assert costs(views)["application:search"] == 3


def test_what_lies_beyond_is_the_first_wanted_record_of_each_place(log: Moody) -> None:
    log.append(everything())
    places = {("allocation", 0): 1, ("allocation", 1): 2, ("watch-state", 0): 0}
    log.append([Entry("watch-state", b"position", b"x", 1)])
    assert first_beyond(log, places) == {("allocation", 0, 1), ("watch-state", 0, 0)}
    assert first_beyond(log, {("watch-state", 1): 1}) == set()


def ticks(log: Log) -> list[str]:
    found = [CODEC.decode(one.value or b"") for one in log.read("docket", 0)]
    assert all(isinstance(one, Tick) for one in found)
    return [f"{one.time:%H:%M:%S}" for one in found]


async def test_each_minute_is_told_once(log: Moody) -> None:
    now = NOW + timedelta(seconds=20)
    ticker = Ticker(log, CODEC, lambda: micros(now))
    for seconds in (0, 10, 35, 1, 61, -50, 0):
        now += timedelta(seconds=seconds)
        await ticker.look()
    assert ticks(log) == ["14:30:00", "14:31:00", "14:32:00"]


async def test_a_tick_is_tried_again_when_the_log_was_silent(log: Moody) -> None:
    ticker = Ticker(log, CODEC, lambda: micros(NOW))
    log.silent = True
    await ticker.look()
    log.silent = False
    await ticker.look()
    assert ticks(log) == ["14:30:00"]
