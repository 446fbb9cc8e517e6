"""The whole walk in one process without a log: what a replay, a what-if and most tests use.

The same steps in the same order, on one partition each; what passes between them is not encoded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from schemas.codec import Codec
from schemas.moments import micros
from schemas.records import Incident
from streams import pipeline
from streams.book import Books
from streams.log import Record, Sheaf
from streams.steps.identities import MeterState
from streams.steps.packed import WatchState
from streams.steps.step import Outcome, Output, Site, State


@dataclass(frozen=True)
class Passing(Codec):
    """Lets records pass from step to step as they are; only usage comes as bytes."""

    def decode(self, message: Any) -> Any:
        """What was passed."""
        return super().decode(message) if isinstance(message, bytes) else message


@dataclass(slots=True)
class Walked:
    """What one batch of usage led to."""

    metered: Outcome
    split: Sequence[Output] = ()
    docket: Sequence[Output] = ()
    incidents: list[Incident] = field(default_factory=list)
    """Incidents each time that they changed."""


def _moments(docket: Sequence[Record]) -> Iterator[list[Record]]:
    """The docket minute by minute, as judge hears it live: a replay is never behind.

    Each record is heard at the time it speaks of, and each minute ends with its watermark.
    """
    *said, mark = docket
    for time, group in groupby(said, key=_time):
        until = replace(cast(Any, mark.value), time=time)
        yield [replace(one, received=micros(time)) for one in (*group, replace(mark, value=until))]
    yield [replace(mark, received=micros(_time(mark)))]


def _time(record: Record) -> datetime:
    said: Any = record.value
    time: datetime = said.time
    return time


class Walk:
    """The states of all steps, one partition each."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.site = Site(codec=Passing(), every_charge=True, shows=False)
        self.metering, self.splitting = MeterState(), State()
        self.watching, self.judging = WatchState(), State()
        self._offsets: dict[str, int] = {}

    def feed(self, records: Sequence[Record]) -> Walked:
        """Take a batch of usage through every step."""
        metered = pipeline.meter(self.metering, records, self.books, self.site)
        self.metering.apply(metered.changes)
        received = records[-1].received
        tallies = self._records("tally", metered.outputs, received)
        divided = pipeline.split(self.splitting, tallies, self.books, self.site)
        self.splitting.apply(divided.changes)
        tallies += self._records("tally", divided.outputs, received)
        return self.watch(
            Walked(metered, [o for o in divided.outputs if isinstance(o, Output)]), tallies
        )

    def watch(self, walked: Walked, tallies: Sequence[Record]) -> Walked:
        """Take its tallies, those of pools included, on to incidents."""
        watched = pipeline.watch(self.watching, tallies, self.books, self.site)
        self.watching.apply(watched.changes)
        walked.docket = [o for o in watched.outputs if isinstance(o, Output)]
        for moment in _moments(self._records("docket", watched.outputs, 0)):
            judged = pipeline.judge(self.judging, moment, self.books, self.site)
            self.judging.apply(judged.changes)
            walked.incidents += [
                value
                for key, value in judged.changes.items()
                if key[0] == "incident" and value is not None
            ]
        return walked

    def _records(
        self, topic: str, outputs: Iterable[Output | Sheaf], received: int
    ) -> list[Record]:
        """The outputs for a topic, as its log would give them."""
        found = []
        for output in outputs:
            if isinstance(output, Output) and output.topic == topic:
                offset = self._offsets.get(topic, 0)
                self._offsets[topic] = offset + 1
                found.append(Record(topic, 0, offset, output.key, output.record, received))
        return found
