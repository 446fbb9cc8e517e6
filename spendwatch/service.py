"""The service: step threads, and one asyncio loop for deliver, the web, metrics and signals."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from notifiers.base import Surroundings
from spendwatch import clocks, health
from spendwatch.logbook import Logbook
from spendwatch.metrics import Metrics
from spendwatch.places import Places, surroundings
from spendwatch.settings import Settings
from spendwatch.workers import Workers
from streams.deliver import Deliver
from streams.deliver_calls import DeliverSettings
from streams.jobs import Job
from streams.log import LogError
from streams.rulebooks import Rulebooks
from streams.shell import Shell, at_once, beside
from streams.steps.step import StepError

logger = structlog.get_logger()

EVERY = 5.0
"""Seconds between two measurements of lag and two looks at the rulebook's places."""

UPKEEP = 60.0
"""Seconds between two thinnings of the embedded log."""

COMMITS = 32
"""Commits at a time, of all steps of a process: more than it owns partitions. A commit waits for
Kafka most of its time, and where Kafka does not answer all wait together."""

Beside = Callable[[asyncio.Event], Awaitable[None]]
"""Something that runs in the loop until the event is set: the web of the embedded log."""


@dataclass(slots=True)
class Service:
    """What one process runs until it is told to stop."""

    settings: Settings
    book: Logbook
    jobs: Sequence[Job] = ()
    delivers: bool = False
    beside: Sequence[Beside] = ()
    clock: Callable[[], int] = clocks.now_micros
    around: Surroundings = field(default_factory=surroundings)
    metrics: Metrics = field(default_factory=Metrics)
    workers: Workers = field(default_factory=Workers)

    def run(self, ready: threading.Event | None = None) -> int:
        """Until a signal or a failure; the exit code."""
        return asyncio.run(self._main(ready))

    def stop(self) -> None:
        """End it, from any thread."""
        self.workers.stop.set()
        self.workers.ended()

    async def _main(self, ready: threading.Event | None) -> int:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        self.workers.ended = lambda: _from_thread(loop, stop)
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError, RuntimeError):  # not in the main thread: a demo's or a test's
                loop.add_signal_handler(number, self.stop)
        books = Rulebooks(self.book.log, self.book.codec)
        if not await self._wait_for(books, stop):
            return 0
        metrics = self.metrics
        shell = Shell(
            self.book.log,
            books,
            self.book.codec,
            self.clock,
            metrics.batch_done,
            metrics.batch_dropped,
            begin=at_once if self.book.embedded else beside(COMMITS),
        )
        self.workers.start(self.jobs, shell, self.settings.slot, together=self.book.embedded)
        try:
            await self._loop(books, stop, ready)
        finally:
            self.workers.stop.set()
            await asyncio.to_thread(self.workers.join)
        return 1 if self.workers.failed.is_set() else 0

    async def _wait_for(self, books: Rulebooks, stop: asyncio.Event) -> bool:
        """Wait until a rulebook is there; False where we are told to stop before."""
        said = False
        while not stop.is_set():
            try:
                await asyncio.to_thread(books)
            except StepError as wrong:
                if not said:
                    logger.warning("waiting_for_rulebook", detail=str(wrong))
                said = True
                await _pause(stop, 1.0)
            else:
                return True
        return False

    async def _loop(
        self, books: Rulebooks, stop: asyncio.Event, ready: threading.Event | None
    ) -> None:
        """Everything that runs in the loop, until the first of it ends."""
        places = Places(books, self.around)
        parts: list[Awaitable[None]] = [health.serve(self, stop), self._measure(stop)]
        if self.delivers:
            await places.refresh()
            parts += [self._deliver(books, places, stop), self._follow(places, stop)]
        if self.book.embedded:
            parts.append(self._upkeep(stop))
        parts += [beside(stop) for beside in self.beside]
        logger.info("service_started", jobs=[job.name for job in self.jobs], log=self.book.where)
        if ready is not None:
            ready.set()
        tasks = [asyncio.ensure_future(part) for part in parts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            await asyncio.gather(*tasks)
        except Exception:
            logger.exception("service_crashed")
            self.workers.failed.set()
        finally:
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await places.close()
        logger.info("service_stopped")

    async def _deliver(self, books: Rulebooks, places: Places, stop: asyncio.Event) -> None:
        known = await asyncio.to_thread(books)
        settings = DeliverSettings(
            organisation=known.versions[-1].rulebook.organisation,
            address=self.settings.public_url.rstrip("/"),
            member=f"deliver-{self.settings.slot}",
            codec=self.book.codec,
            watch=self.metrics.attempted,
        )
        await Deliver(self.book.log, places, clocks.now, settings).run(stop)

    async def _follow(self, places: Places, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await places.refresh()
            except LogError as wrong:
                logger.warning("places_unknown", error=str(wrong))
            await _pause(stop, EVERY)

    async def _measure(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await asyncio.to_thread(
                    self.workers.measure, self.book.log, self.metrics, self.clock()
                )
            except LogError as wrong:
                logger.warning("lag_unknown", error=str(wrong))
            await _pause(stop, EVERY)

    async def _upkeep(self, stop: asyncio.Event) -> None:
        """Thin the embedded log: Kafka does this by itself."""
        log = self.book.log
        while not stop.is_set():
            await _pause(stop, UPKEEP)
            await asyncio.to_thread(log.compact)  # type: ignore[attr-defined]
            await asyncio.to_thread(log.expire, self.clock())  # type: ignore[attr-defined]


def _from_thread(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop is closed: everything has ended already
        loop.call_soon_threadsafe(stop.set)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, unless it is time to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
