"""What recorded usage shows: who consumes what, what it costs, and what nobody has a price for.

It goes through the meter itself, with a rulebook that says nothing: what a replay would reject is
not seen, and a repeat counts once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ledger.schedules import UNPRICED
from schemas import cloudevents
from schemas.moments import EPOCH, MINUTE, micros
from schemas.records import Rejected
from streams import pipeline
from streams.book import Book, Books
from streams.log import Record, Sheaf
from streams.rulebook import Rulebook
from streams.sources.base import Item
from streams.sources.rows import BATCH
from streams.steps.identities import MeterState
from streams.steps.step import Outcome, Site

HOUR = 60 * MINUTE
"""Microseconds."""

NAMED: Mapping[str, str] = {
    cloudevents.LLM: "model",
    cloudevents.GPU: "resource",
    cloudevents.SEAT: "product",
    cloudevents.FEATURE: "feature",
    cloudevents.CALL: "provider",
}
"""The dimension that a price of each type of usage goes by."""

LOOKED_AT = [
    "time", "type", "source", "application", "environment", "model", "principal", "provider",
    "resource", "product", "feature", "cost_nano_usd", "price_state", "rate_id", "unpriced",
]  # fmt: skip
"""The fields of a charge that tell something here."""

COUNTED: Mapping[str, str] = {cloudevents.CALL: "requests", cloudevents.FEATURE: "uses"}
"""Types whose only quantity costs nothing where no rate card prices it."""


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Usage without a price: its type, who is paid, what for, and the quantities that lack one."""

    type: str
    provider: str
    name: str
    quantities: tuple[str, ...]


@dataclass(slots=True)
class Pulse:
    """How steadily a source speaks; microseconds since 1970."""

    first: int
    last: int
    longest: int = 0
    """The longest time between two usages, microseconds."""

    def beat(self, time: int) -> None:
        """It has spoken at this time."""
        self.longest = max(self.longest, time - self.last)
        self.last = max(self.last, time)


@dataclass(slots=True)
class Seen:
    """What the usage held; money in nano-dollars, times in microseconds since 1970."""

    usages: int = 0
    cost: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    detail: str = ""
    """What was wrong with the first line that was refused."""

    first: int = 0
    last: int = 0
    applications: Counter[str] = field(default_factory=Counter)
    """Application to its cost."""

    models: dict[str, set[str]] = field(default_factory=dict)
    """Environment to the models used in it."""

    keys: set[tuple[str, str]] = field(default_factory=set)
    """Applications and their principals."""

    pulses: dict[str, Pulse] = field(default_factory=dict)
    """Source to how steadily it speaks."""

    files: set[str] = field(default_factory=set)
    """Names of the files: the sources of rows that name none."""

    hours: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Application and hour since 1970 to cost."""

    gaps: Counter[Gap] = field(default_factory=Counter)
    """What has no price, and how often it came."""

    @property
    def days(self) -> float:
        """Days from the first usage to the last; at least one, so that an hour is no day's pace."""
        return max((self.last - self.first) / (24 * HOUR), 1.0)

    @property
    def daily(self) -> float:
        """Nano-dollars a day."""
        return self.cost / self.days

    def take(self, row: Mapping[str, Any]) -> None:
        """One more charge."""
        time, cost, application = micros(row["time"]), row["cost_nano_usd"], row["application"]
        self.first = min(self.first, time) if self.usages else time
        self.last = max(self.last, time)
        self.usages += 1
        self.cost += cost
        self.applications[application] += cost
        self.hours[application, time // HOUR] += cost
        if row["model"]:
            self.models.setdefault(row["environment"], set()).add(row["model"])
        if row["principal"]:
            self.keys.add((application, row["principal"]))
        self.pulses.setdefault(row["source"], Pulse(time, time)).beat(time)
        lacking = _lacking(row)
        if lacking:
            named = row[NAMED[row["type"]]]
            self.gaps[Gap(row["type"], row["provider"], named, lacking)] += 1

    def refuse(self, reason: str, detail: str) -> None:
        """One more line that could not be used."""
        self.detail = self.detail or f"{reason}: {detail}"
        self.refused[reason] += 1


def _lacking(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The quantities of a charge that nothing prices."""
    if row["price_state"] == UNPRICED:
        return tuple(row["unpriced"].split(","))
    counted = COUNTED.get(row["type"])
    return (counted,) if counted and not row["rate_id"] else ()


def see(items: Iterable[Item], started: int) -> Seen:
    """Everything that the usage shows; `started` is the present, microseconds since 1970.

    Raises Unreadable where a file can't be read.
    """
    books = Books([Book("", EPOCH, Rulebook(organisation="draft"))])
    state, site, seen = MeterState(), Site(), Seen()
    for records in _batches(items, seen, started):
        outcome = pipeline.meter(state, records, books, site)
        state.apply(outcome.changes)
        _take(outcome, seen)
    return seen


def _batches(items: Iterable[Item], seen: Seen, started: int) -> Iterator[list[Record]]:
    """The lines as messages of a usage topic; those that can be none are counted."""
    stream, offset = iter(items), 0
    while lines := list(islice(stream, BATCH)):
        seen.files |= {item.file for item in lines}
        for item in lines:
            if item.refused is not None:
                seen.refuse(item.refused.reason, item.refused.detail)
        fit = [item for item in lines if item.refused is None]
        if fit:
            yield [
                Record("usage", 0, offset + at, None, item.message, item.received or started)
                for at, item in enumerate(fit)
            ]
        offset += len(fit)


def _take(outcome: Outcome, seen: Seen) -> None:
    seen.duplicates += outcome.counts["duplicates"]
    for output in outcome.outputs:
        if isinstance(output, Sheaf):
            for row in output.rows.select(LOOKED_AT).to_pylist():
                seen.take(row)
        elif isinstance(output.record, Rejected):
            seen.refuse(output.record.reason, output.record.detail)
