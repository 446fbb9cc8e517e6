"""The whole walk in one process without a log: what a replay, a what-if and most tests use.

The same steps in the same order, on one partition each; what passes between them is not encoded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.codec import Codec
from schemas.moments import micros
from schemas.records import Incident
from streams import pipeline
from streams.book import Books
from streams.log import Record
from streams.steps.identities import MeterState
from streams.steps.step import Outcome, Output, Sheaf, Site, State


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
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    """Incidents that changed."""


def _in_time(record: Record) -> Record:
    """A record of the docket, heard at the time it speaks of: a replay is never behind."""
    said: Any = record.value
    return replace(record, received=micros(said.time))


class Walk:
    """The states of all steps, one partition each."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.site = Site(codec=Passing())
        self.metering, self.splitting = MeterState(), State()
        self.watching, self.judging = State(), State()
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
        return self._watch(
            Walked(metered, [o for o in divided.outputs if isinstance(o, Output)]), tallies
        )

    def _watch(self, walked: Walked, tallies: Sequence[Record]) -> Walked:
        watched = pipeline.watch(self.watching, tallies, self.books, self.site)
        self.watching.apply(watched.changes)
        docket = [_in_time(one) for one in self._records("docket", watched.outputs, 0)]
        judged = pipeline.judge(self.judging, docket, self.books, self.site)
        self.judging.apply(judged.changes)
        walked.docket = [o for o in watched.outputs if isinstance(o, Output)]
        walked.incidents = {
            str(key[1]): value
            for key, value in judged.changes.items()
            if key[0] == "incident" and value is not None
        }
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
