"""The state of one series that has lived for long, as the topic of watch holds it."""

import random
from collections.abc import Iterator
from itertools import count

from benchmarks._memory import Template
from benchmarks._metering import CODEC
from benchmarks._organisation import START, Organisation
from schemas.integers import packed
from schemas.moments import HOUR_MINUTES, MINUTE
from schemas.records import Tally
from schemas.series import APPLICATION, ORGANISATION, SERVICE, UNIT
from streams import pipeline
from streams.log import Record
from streams.steps.packed import WatchState
from streams.steps.resting import LEFT
from streams.steps.step import Site
from streams.walk import Passing

EVERY = 3
"""Minutes from one usage to the next."""

OWNERS = {
    APPLICATION: "application:app0-0",
    SERVICE: "service:service-0",
    UNIT: "business_unit:unit-0",
    ORGANISATION: "organisation:many",
}
"""The first series of each level."""

SITE = Site(codec=Passing(), shows=False)


def template(days: int, level: str = "keys-0", end: int = START) -> Template:
    """One series after so many days, by name of its cut or level: watched from its first usage on.

    `application` has more rules than a key. `end` is a full hour, microseconds since 1970.
    """
    organisation, state = Organisation(20), WatchState()
    name = OWNERS.get(level) or f"{level}:app0-0|key-0"
    for offset, tally in enumerate(hours(name, days * 24, end)):
        record = Record("tally", 0, offset, None, tally, tally.watermark)  # type: ignore[arg-type]
        state.apply(pipeline.watch(state, [record], organisation.books, SITE).changes)
    return [
        (key, CODEC.encode(value))
        for key, value in state.items()
        if len(key) > 1 and key[1] == name and key[:-1] != LEFT
    ]


def hours(name: str, many: int, end: int) -> Iterator[Tally]:
    """So many hours of a series' usage up to `end`, a tally each."""
    chance, first = random.Random(1), end // MINUTE - many * HOUR_MINUTES
    for number, start in zip(count(), range(first, end // MINUTE, HOUR_MINUTES), strict=False):
        minutes = range(start, start + HOUR_MINUTES, EVERY)
        costs = [int(chance.lognormvariate(13.0, 1.0)) for _ in minutes]
        same, nothing = (packed([each] * len(minutes)) for each in (1, 0))
        yield Tally(
            source="usage/0",
            first=number,
            next=number + 1,
            watermark=(start + HOUR_MINUTES) * MINUTE,
            clocked=True,
            live=False,
            sources=1,
            history_until=0,
            since=first * MINUTE,
            series=name,
            at=nothing,
            minute=packed(minutes),
            kind=nothing,
            cost=packed(costs),
            charges=same,
            unpriced=nothing,
            unowned=nothing,
            quantities={"requests": same, "output": packed(costs)},
        )
