"""The demo: three weeks of history, then sixty times the pace, on the data's clock.

It is the service itself on an embedded log in a temporary folder; only the organisation and its
overruns are simulated. What it found is compared with what was injected.
"""

import asyncio
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from time import monotonic
from typing import Any

import yaml

from schemas.moments import MINUTE, micros, moment
from spendwatch import clocks, hosting, logbook, progress
from spendwatch.data_clock import PACE, DataClock, closed
from spendwatch.failures import Failure
from spendwatch.logbook import Logbook
from spendwatch.places import surroundings
from spendwatch.service import Beside, Service
from spendwatch.settings import Settings
from spendwatch.simulated import Overrun, batches, demo_overruns
from spendwatch.verdict import incidents, summary
from streams.jobs import JOBS
from streams.publishing import Publisher
from streams.rulebooks import Rulebooks

SLICE = 0.25
"""Wall seconds between two publications of live usage."""

HELLO = """Spendwatch demo: a simulated organisation, three weeks of history, then sixty times its
pace. Everything runs in this one process on the embedded log: one SQLite file, a few thousand
usages a second, no second worker. Production is Apache Kafka. The page is at {address}
once the history is in."""

PLACE = {"name": "screen", "kind": "console"}


@dataclass(slots=True)
class Demo:
    """One run of the demo; `length` is wall seconds of live usage."""

    seed: int
    length: float
    port: int
    quiet: bool
    history: timedelta = timedelta(days=21)
    begun: float = field(default_factory=monotonic)
    first: float | None = None
    """Wall seconds until the first incident was shown."""

    past: threading.Event = field(default_factory=threading.Event)
    """Set when the history is in."""

    def run(self) -> dict[str, Any]:
        """Run it; returns the summary."""
        live = beginning(clocks.now())
        overruns = demo_overruns(live)
        with tempfile.TemporaryDirectory(prefix="spendwatch-") as folder:
            clock = DataClock(micros(live))
            book = logbook.opened(Settings(), Path(folder) / "demo.db", clock)
            try:
                Rulebooks(book.log, book.codec).publish(rulebook())
                started = monotonic()
                usages = self._history(book, live, overruns)
                with self._service(book, clock):
                    self._caught_up(book, live)
                    rate = usages / (monotonic() - started)
                    usages += self._live(book, clock, live, overruns)
                    self._settle(book, clock)
                found = incidents(book)
            finally:
                book.log.close()
        return summary(found, overruns, usages, rate, self.first)

    @contextmanager
    def _service(self, book: Logbook, clock: Callable[[], int]) -> Iterator[Service]:
        """The service in a thread of its own."""
        settings = Settings(metrics_port=0, port=free(self.port))
        self._say(HELLO.format(address=f"http://127.0.0.1:{settings.port}"))
        web = hosting.web(settings, book, clock)
        service = Service(
            settings, book, jobs=tuple(JOBS.values()), delivers=True, clock=clock,
            around=surroundings(self._write), beside=[partial(self._later, web)],
        )  # fmt: skip
        ready = threading.Event()
        thread = threading.Thread(target=service.run, args=(ready,))
        thread.start()
        ready.wait(30)
        try:
            yield service
        finally:
            self.past.set()
            service.stop()
            thread.join()

    async def _later(self, web: Beside, stop: asyncio.Event) -> None:
        """The web, once the history is in: until then all time is the steps'."""
        await asyncio.to_thread(self.past.wait)
        await web(stop)

    def _write(self, text: str) -> None:
        """What the screen shows as a place; the first of it is timed."""
        self.first = self.first or monotonic() - self.begun
        self._say(text)

    def _say(self, text: str) -> None:
        out = sys.stderr if self.quiet else sys.stdout
        out.write(text + "\n")
        out.flush()

    def _history(self, book: Logbook, live: datetime, overruns: Sequence[Overrun]) -> int:
        """Publish what came before; how many usages. The steps start after it: in one interpreter
        they and the publisher would take turns, and take longer (measured)."""
        publisher = Publisher(book.log, book.codec, lateness_s=5, history=True)
        with progress.bar("history: usages", None) as advance:
            for batch in batches(self.seed, live - self.history, live, overruns):
                advance(publisher.publish_batch(batch))
        book.log.append(publisher.clocks(micros(live), True))
        return publisher.published.usages

    def _caught_up(self, book: Logbook, live: datetime) -> None:
        """Wait until watch has closed the minutes of the history."""
        minutes = int(self.history / timedelta(minutes=1))
        with progress.bar("history: data minutes", minutes) as advance:
            self._await(book, micros(live) - 10 * MINUTE, advance)
        self.past.set()

    def _await(self, book: Logbook, until: int, advance: Callable[[int], None]) -> None:
        """Wait until watch has closed the minutes before a time."""
        seen = 0
        while (reached := closed(book, seen)) < until:
            if seen and reached > seen:
                advance((reached - seen) // MINUTE)
            seen = reached or seen
            threading.Event().wait(SLICE)

    def _live(
        self, book: Logbook, clock: DataClock, live: datetime, overruns: Sequence[Overrun]
    ) -> int:
        """Publish usage as its time comes."""
        publisher = Publisher(book.log, book.codec, lateness_s=5)
        end = live + timedelta(seconds=self.length * PACE)
        clock.start()
        at = live
        while at < end:
            threading.Event().wait(SLICE)
            now = min(moment(clock()), end)
            for batch in batches(self.seed, at, now, overruns):
                publisher.publish_batch(batch)
            book.log.append(publisher.clocks(micros(now), False))
            at = now
        return publisher.published.usages

    def _settle(self, book: Logbook, clock: DataClock) -> None:
        """Let what was published last be seen and told."""
        until = clock() - 3 * MINUTE
        deadline = monotonic() + 15
        while closed(book, 0) < until and monotonic() < deadline:
            threading.Event().wait(SLICE)
        threading.Event().wait(1.0)


def free(port: int) -> int:
    """The port if nobody has it, else any that is free."""
    for wanted in (port, 0):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            found: int = tried.getsockname()[1]
            return found
    raise Failure("no port is free on 127.0.0.1")


def beginning(now: datetime) -> datetime:
    """The latest past working day, at 10:00 UTC: overruns are injected into a busy morning."""
    day = now.replace(hour=10, minute=0, second=0, microsecond=0) - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def rulebook() -> str:
    """The example rulebook, with the screen as its only place."""
    text = files("spendwatch.simulated").joinpath("rulebook.yaml").read_text(encoding="utf-8")
    kept = text[: text.index("\nplaces:")]
    return kept + "\n" + yaml.safe_dump({"places": [PLACE], "routes": [{"places": ["screen"]}]})
