"""The data's time, where it is not the wall's: how it runs, and how far watch has got in it."""

from dataclasses import dataclass
from time import monotonic

from schemas.moments import micros
from spendwatch.logbook import Logbook

PACE = 60
"""Data seconds in a wall second."""


@dataclass(slots=True)
class DataClock:
    """The data's time: it stands still until it is started, then runs at the demo's pace."""

    begin: int
    started: float | None = None

    def __call__(self) -> int:
        """Microseconds since 1970."""
        if self.started is None:
            return self.begin
        return self.begin + int((monotonic() - self.started) * PACE * 1_000_000)

    def start(self) -> None:
        """Let it run."""
        self.started = monotonic()


def closed(book: Logbook, before: int) -> int:
    """How far watch has closed minutes, microseconds since 1970, as the docket says."""
    end = book.log.end("docket", 0)
    reached = before
    for record in book.log.read("docket", 0, max(0, end - 50)):
        if record.key == b"watermark" and record.value:
            reached = max(reached, micros(book.codec.decode(record.value).time))
    return reached
