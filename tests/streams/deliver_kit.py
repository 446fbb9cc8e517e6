"""What the tests of delivery share: a place of our own making, a clock to turn, a running shell."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sized
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from notifiers.base import Notifier, Remote, Update
from notifiers.manner import Manner
from schemas.codec import Codec
from schemas.records import Attempt, Delivery, Incident, Notice
from schemas.topics import widths
from streams.deliver import Deliver
from streams.deliver_calls import DeliverSettings
from streams.embedded import EmbeddedLog
from streams.log import Entry, Log
from streams.steps.step import key_bytes

PATIENCE = 20.0
"""Seconds until something that must happen counts as not happening."""

OPENED = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
CODEC = Codec()


class HandClock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = OPENED + timedelta(hours=1)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class FastClock:
    """A clock that runs `times` as fast as the wall's."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._start = time.monotonic()

    def __call__(self) -> datetime:
        gone = (time.monotonic() - self._start) * self._times
        return OPENED + timedelta(hours=1, seconds=gone)


class Ear:
    """A place that hears, and does wrong what it is told to do wrong.

    `heard` is what arrived. `wrongs` are raised one after another, before or after it happened.
    While `gate` is closed, calls hang.
    """

    def __init__(self, manner: Manner | None = None) -> None:
        self._manner = manner or Manner()
        self.heard: list[Update] = []
        self.wrongs: list[tuple[Exception, bool]] = []
        self.looked = 0
        self.under_way = 0
        self.most_under_way = 0
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def manner(self) -> Manner:
        return self._manner

    @property
    def revisions(self) -> list[int]:
        return [update.incident.revision for update in self.heard]

    async def show(self, update: Update, remote: Remote) -> Remote:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            wrong, applied = self.wrongs.pop(0) if self.wrongs else (None, True)
            if applied:
                self.heard.append(update)
            await self.gate.wait()
            if wrong is not None:
                raise wrong
        finally:
            self.under_way -= 1
        return {"place": "here"}

    async def find(self, update: Update, remote: Remote) -> Remote | None:
        self.looked += 1
        mine = [one for one in self.heard if one.incident.id == update.incident.id]
        return {"place": "here"} if mine else remote or None

    async def close(self) -> None:
        pass


def incident(**changes: Any) -> Incident:
    """A firing incident for the place `ear`."""
    found = Incident(
        id="inc1",
        revision=1,
        generation=1,
        series="service:search",
        owner="retail/search",
        dimensions={},
        cause="spike",
        causes=("spike",),
        severity="SEV2",
        state="firing",
        opened_at=OPENED,
        resolved_at=None,
        updated_at=OPENED,
        accrued_nano_usd=412 * 10**9,
        projected_nano_usd=0,
        hourly_nano_usd=0,
        evidence=(),
        news="opened",
        places=("ear",),
        rulebook="b00c",
    )
    return replace(found, **changes)


def made_log(path: Path) -> EmbeddedLog:
    """A log in a file, with all topics."""
    return EmbeddedLog(path / "log.db", widths(1, 1), lambda: time.time_ns() // 1000)


def put(log: Log, *incidents: Incident) -> None:
    """Judge says."""
    log.append(
        Entry("incident", key_bytes(("incident", one.id)), CODEC.encode(one), 0)
        for one in incidents
    )


def values(log: Log, topic: str) -> list[Any]:
    """Everything on a topic, tombstones left out."""
    return [CODEC.decode(one.value) for one in log.read(topic, 0) if one.value is not None]


def attempts(log: Log) -> list[tuple[int, str, str]]:
    """Revision, outcome and reason of each attempt."""
    found = [one for one in values(log, "delivery-log") if isinstance(one, Attempt)]
    return [(one.revision, one.outcome, one.reason) for one in found]


def notices(log: Log) -> list[Notice]:
    return [one for one in values(log, "delivery-log") if isinstance(one, Notice)]


def state(log: Log) -> dict[tuple[str, str], Delivery]:
    """The newest record of each incident and place."""
    newest = {one.key: one.value for one in log.read("delivery", 0)}
    found = [CODEC.decode(value) for value in newest.values() if value is not None]
    return {(one.incident, one.place): one for one in found if isinstance(one, Delivery)}


async def until(done: Callable[[], Any], what: str) -> Any:
    """The first true answer within the patience."""
    end = time.monotonic() + PATIENCE
    while not (found := done()):
        assert time.monotonic() < end, f"never happened: {what}"
        await asyncio.sleep(0.01)
    return found


async def until_count(things: Callable[[], Sized], count: int) -> None:
    """Until there are so many."""
    await until(lambda: len(things()) == count, f"{count} of them")


async def quiet(log: Log, turns: int = 3) -> None:
    """Until the shell has looked at everything: it has turned a few times and written nothing."""
    for _ in range(turns):
        before = log.end("delivery", 0)
        await asyncio.sleep(0.11)
        if log.end("delivery", 0) != before:
            await quiet(log, turns)
            return


@asynccontextmanager
async def delivering(
    log: Log,
    places: Mapping[str, Notifier],
    clock: Callable[[], datetime],
    grace: float = 5.0,
    **more: Any,
) -> AsyncIterator[asyncio.Event]:
    """The shell, running; set what it yields, or leave, to stop it."""
    settings = DeliverSettings(
        organisation="acme", address="https://spend.example", grace=grace, **more
    )
    stop = asyncio.Event()
    running = asyncio.create_task(Deliver(log, places, clock, settings).run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await running
