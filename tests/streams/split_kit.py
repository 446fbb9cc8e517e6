"""What the tests of split share: a meter and a split behind it, and what the split said."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from schemas import series
from schemas.kinds import Kind
from schemas.records import Tally
from streams import pipeline
from streams.book import Books
from streams.log import Record
from streams.steps import tallying
from streams.steps.step import Output, Site, State
from streams.walk import Passing
from tests.streams.meter_kit import Meter, clock, entries, records, restored

SPENT = (int(Kind.USAGE), int(Kind.LATE), int(Kind.TRUEUP))
"""Kinds that together are what a member bears."""

FINAL = int(Kind.FINAL)
DAY_MINUTES = 1440


class Splitter:
    """A meter of one partition with a split behind it; `wide` are the partitions of tallies."""

    def __init__(self, held: Books, wide: int = 1, restores: bool = False) -> None:
        self.books, self.restores = held, restores
        self.meter = Meter(held, Site(usages=1, tallies=wide))
        self.sites = [Site(number, 1, wide, Passing()) for number in range(wide)]
        self.states = [State() for _ in range(wide)]
        self.said: list[list[Tally]] = [[] for _ in range(wide)]
        """What was said to each partition."""

        self._read = 0

    def feed(self, *batches: Sequence[Record]) -> "Splitter":
        """Meter batches, each alone, and split what comes of each."""
        for batch in batches:
            self.meter.feed(batch)
            self.split()
        return self

    def clock(self, at: datetime) -> "Splitter":
        """Let event time get to a moment; the lateness comes off."""
        first = self.meter.progress.next if self.meter.progress else 0
        return self.feed(records([clock(at)], at, first))

    def split(self) -> None:
        """Take what the meter has said since to every partition of split."""
        for number, site in enumerate(self.sites):
            said = self.meter.tallies[number][self._read :]
            self.hear(number, [Record("tally", number, 0, None, one, 0) for one in said], site)  # type: ignore[arg-type]
        self._read = len(self.meter.tallies[0])

    def hear(self, number: int, messages: Sequence[Record], site: Site) -> None:
        """One batch of one partition, committed."""
        outcome = pipeline.split(self.states[number], messages, self.books, site)
        self.states[number].apply(outcome.changes)
        if self.restores:
            self.states[number] = State(restored(entries(self.states[number])).items())
        for output in outcome.outputs:
            assert isinstance(output, Output) and output.topic == "tally"
            self.said[output.partition or 0].append(output.record)

    @property
    def tallies(self) -> list[Tally]:
        """All that was said."""
        return [tally for held in self.said for tally in held]

    def borne(
        self, kinds: Sequence[int] = SPENT, level: str = "application", day: int | None = None
    ) -> dict[str, int]:
        """What each owner of a level bears, and the pools unallocated; of one UTC day or of all."""
        found: Counter[str] = Counter()
        for tally in self.tallies:
            for name, minute, kind, cost in tallying.rows(tally, "minute", "kind", "cost"):
                of, values = series.split(name)
                if day in (None, minute // DAY_MINUTES) and kind in kinds:
                    if of == level:
                        found[values[0]] += cost
                    elif of == series.UNALLOCATED:
                        found[f"unallocated {values[0]}"] += cost
        return {name: cost for name, cost in sorted(found.items()) if cost}

    def kept(self, *kind: str) -> list[int]:
        """The minutes or days of which the first partition's state keeps something."""
        keys = entries(self.states[0])
        return sorted(int(key[-1]) for key in keys if key[: len(kind)] == kind)
