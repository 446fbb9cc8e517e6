"""Pools: each increment of cost is divided at once by what the members did lately, and each day's
exact cost once more by what they did that day; the correction sums to 0.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ledger.pools import Pool
from ledger.splits import UNALLOCATED, correction, split
from schemas import series
from schemas.keys import partition_of
from schemas.kinds import Kind
from schemas.moments import DAY_MINUTES, MINUTE, at_minute
from schemas.records import Tally
from schemas.states import Drivers, Poolday, Share
from streams.book import Book, Books
from streams.steps.folding import entries
from streams.steps.step import Draft

KEPT = 3
"""Days that a closed day is kept, for cost that comes late."""

Done = Mapping[str, Mapping[str, int]]
"""Member to quantity name to sum."""


@dataclass(frozen=True, slots=True)
class Part:
    """A member's part of a pool's cost in a minute; the empty member is unallocated."""

    member: str
    minute: int
    kind: Kind
    cost: int


def noted(draft: Draft, tally: Tally) -> Iterator[tuple[str, int, int]]:
    """Keep what members did; yields what pools cost: pool, minute, nano-dollars."""
    for name, amounts in entries(tally, _pooled):
        level, values = series.split(name)
        for minute, _, bucket in amounts:
            if level == series.POOL and bucket.cost:
                yield values[0], minute, bucket.cost
            elif level == series.DRIVER:
                for grain, index in (("minute", minute), ("day", minute // DAY_MINUTES)):
                    _did(draft, (values[0], grain, index), values[1], bucket.quantities)


def _pooled(name: str) -> bool:
    return series.split(name)[0] in (series.POOL, series.DRIVER)


def _did(
    draft: Draft, key: tuple[str, str, int], member: str, quantities: Mapping[str, int]
) -> None:
    known = draft.get(("drivers", *key)) or Drivers()
    own = dict(known.quantities.get(member, {}))
    for name, amount in quantities.items():
        own[name] = own.get(name, 0) + amount
    draft.put(("drivers", *key), Drivers(quantities={**known.quantities, member: own}))


def divide(
    draft: Draft, pool: str, costs: list[tuple[int, int]], watermark: int, books: Books
) -> list[Part]:
    """Divide increments (minute, nano-dollars) of a pool, and close the days that are over."""
    closed = watermark // MINUTE
    parts = []
    for minute, cost in costs:
        parts += _increment(draft, pool, minute, cost, books)
    days = sorted(draft.below(("day", pool)).items())
    for day, held in days:
        if not held.closed and (int(day) + 1) * DAY_MINUTES <= closed:
            parts += _close(draft, pool, int(day), held, books)
    _latest(draft, pool, closed, books)
    _forget(draft, pool, closed)
    return parts


def _increment(draft: Draft, pool: str, minute: int, cost: int, books: Books) -> list[Part]:
    """Cost of a closed day is divided as that day was, any other by what was done lately."""
    day = minute // DAY_MINUTES
    held: Poolday = draft.get(("day", pool, day)) or Poolday()
    share: Share = draft.get(("share", pool)) or Share()
    done = ("day", day) if held.closed else ("minute", share.minute)
    divided = split(cost, _weights(draft, pool, done, minute, books))
    together = {
        name: held.split.get(name, 0) + divided.get(name, 0) for name in {*held.split, *divided}
    }
    changed = replace(held, cost=held.cost + cost, split=together)
    draft.put(("day", pool, day), changed)
    kinds = (Kind.LATE, Kind.FINAL) if held.closed else (Kind.USAGE,)
    return [
        Part(member, minute, kind, amount)
        for member, amount in sorted(divided.items())
        for kind in kinds
    ]


def _close(draft: Draft, pool: str, day: int, held: Poolday, books: Books) -> list[Part]:
    """The final split of a day, and what corrects the provisional one."""
    minute = (day + 1) * DAY_MINUTES - 1
    final = split(held.cost, _weights(draft, pool, ("day", day), minute, books))
    draft.put(("day", pool, day), replace(held, split=final, closed=True))
    moved = correction(final, held.split)
    return [
        *(Part(member, minute, Kind.TRUEUP, cost) for member, cost in sorted(moved.items())),
        *(Part(member, minute, Kind.FINAL, cost) for member, cost in sorted(final.items())),
    ]


def _weights(
    draft: Draft, pool: str, done: tuple[str, int], minute: int, books: Books
) -> Mapping[str, int]:
    """Member to weight, from what they did in a minute or day."""
    book = books.at(minute * MINUTE)
    known = book.pool(pool)
    if known is None:
        return {}
    held = draft.get(("drivers", pool, *done)) or Drivers()
    return weights(known, book, held.quantities, minute)


def weights(pool: Pool, book: Book, done: Done, minute: int) -> Mapping[str, int]:
    """Application to weight, as the rulebook divides the pool at a minute."""
    members = book.members(pool, at_minute(minute).date())
    return pool.weights(done, members)


def _latest(draft: Draft, pool: str, closed: int, books: Books) -> None:
    """The latest closed minute in which members did what the driver counts."""
    share: Share = draft.get(("share", pool)) or Share()
    held = draft.below(("drivers", pool, "minute"))
    for minute in sorted((int(at) for at in held if share.minute < int(at) < closed), reverse=True):
        if any(_weights(draft, pool, ("minute", minute), minute, books).values()):
            draft.put(("share", pool), replace(share, minute=minute))
            return


def _forget(draft: Draft, pool: str, closed: int) -> None:
    latest = (draft.get(("share", pool)) or Share()).minute
    for minute in list(draft.below(("drivers", pool, "minute"))):
        if int(minute) < min(latest, closed):
            draft.put(("drivers", pool, "minute", minute), None)
    oldest = closed // DAY_MINUTES - KEPT
    for kind in (("day", pool), ("drivers", pool, "day")):
        for day in list(draft.below(kind)):
            if int(day) < oldest:
                draft.put((*kind, day), None)


def next_share(draft: Draft, pool: str, watermark: int) -> Share:
    """Take the next number of the pool's tallies."""
    share: Share = draft.get(("share", pool)) or Share()
    numbered = replace(share, watermark=watermark)
    draft.put(("share", pool), replace(numbered, sequence=share.sequence + 1))
    return numbered


def tallies(pool: str, share: Share, parts: list[Part], books: Books, wide: int) -> list[Tally]:
    """The tally of a pool for each partition: its parts for every level above each member."""
    rows: list[list[tuple[str, Part]]] = [[] for _ in range(wide)]
    for part in parts:
        book = books.at(part.minute * MINUTE)
        for name in _series(part, pool, book):
            rows[partition_of(book.root(name).encode(), wide)].append((name, part))
    return [_tally(pool, share.sequence, share.watermark, found) for found in rows]


def _series(part: Part, pool: str, book: Book) -> tuple[str, ...]:
    if part.member == UNALLOCATED:
        return (series.name(series.UNALLOCATED, pool),)
    path = book.tree.path(part.member, at_minute(part.minute).date())
    return (
        series.name(series.APPLICATION, path.application),
        series.name(series.SERVICE, path.service),
        series.name(series.UNIT, path.unit),
    )


def _tally(pool: str, sequence: int, watermark: int, rows: list[tuple[str, Part]]) -> Tally:
    summed: dict[tuple[str, int, int], int] = {}
    for name, part in rows:
        key = (name, part.minute, int(part.kind))
        summed[key] = summed.get(key, 0) + part.cost
    keys = sorted(summed)
    names = sorted({name for name, _, _ in keys})
    zeros = (0,) * len(keys)
    return Tally(
        source=f"pool/{pool}",
        first=sequence,
        next=sequence + 1,
        watermark=watermark,
        series=tuple(names),
        at=tuple(names.index(name) for name, _, _ in keys),
        minute=tuple(minute for _, minute, _ in keys),
        kind=tuple(kind for _, _, kind in keys),
        cost=tuple(summed[key] for key in keys),
        charges=zeros,
        unpriced=zeros,
        unowned=zeros,
    )
