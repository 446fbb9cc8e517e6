"""What a series cost around a moment, and what the rule that fired takes for usual."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from schemas.keys import partition_of
from schemas.moments import at_minute, minute_of
from schemas.rules import Grain, Memory, Rule
from schemas.states import Series
from spendwatch.logbook import Logbook
from spendwatch.reading import decoded
from spendwatch.scanning import every
from streams.book import Book
from streams.steps.costs import Costs
from streams.steps.memories import Memories
from streams.steps.step import Draft, State, key_of

KINDS = ("series", "block", "learnt", "model")
"""What watch keeps of a series that this needs."""

AROUND = 15
"""Buckets before and after the moment."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One closed bucket; nano-dollars."""

    start: datetime
    grain: Grain
    nano_usd: int
    usual_nano_usd: int | None
    """What the rule takes for usual by what it knows today; None where there is no rule."""

    learnt_nano_usd: int
    """What detectors learnt of it: less than it cost where it was kept out of learning."""


def around(
    book: Logbook, version: Book, series: str, rule: str, moment: datetime
) -> tuple[Cost, ...]:
    """Minutes around a moment; hours if the rule looks at hours or minutes are not kept so long.

    Raises LogError.
    """
    root = version.root(series).encode()
    state = kept(book, series, partition_of(root, book.log.partitions("watch-state")))
    draft = Draft(state)
    known: Series | None = draft.get(("series", series))
    if known is None:
        return ()
    watcher = next((one for one in version.rules(series) if one.name == rule), None)
    memory = Memories(draft, series, ()).of(watcher) if watcher else {}
    hourly = watcher is not None and watcher.grain is Grain.HOUR
    for grain in (Grain.HOUR,) if hourly else (Grain.MINUTE, Grain.HOUR):
        costs = _costs(draft, series, known, grain)
        found = tuple(_around(costs, grain, minute_of(moment), watcher, memory))
        if found:
            return found
    return ()


def kept(book: Logbook, series: str, partition: int) -> State:
    """What watch keeps of one series. Raises LogError."""
    entries = {}
    name = series.encode()
    for record in every(book.log, "watch-state", partition):
        kind, _, rest = (record.key or b"").partition(b" ")
        if kind.decode() in KINDS and rest.partition(b" ")[0] == name:
            entries[record.key or b""] = decoded(book.codec, record)
    return State((key_of(key), value) for key, value in entries.items() if value is not None)


def _costs(draft: Draft, series: str, known: Series, grain: Grain) -> Costs:
    size = grain.minutes
    closed = max(known.closed, known.first)
    return Costs(draft, series, grain, known.first // size, closed // size)


def _around(
    costs: Costs, grain: Grain, minute: int, rule: Rule | None, memory: Memory
) -> Iterator[Cost]:
    at = minute // grain.minutes
    costs.reach(at - AROUND)
    for bucket in range(max(at - AROUND, costs.start), min(at + AROUND + 1, costs.end)):
        start = bucket * grain.minutes
        usual = max(rule.usual(memory, start), 0) * grain.minutes if rule else None
        place = bucket - costs.start
        yield Cost(at_minute(start), grain, costs.raw[place], usual, costs.learnt[place])
