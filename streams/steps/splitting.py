"""Pools: each increment of cost is divided at once by what the members did lately, and each day's
exact cost once more by what they did that day; the correction sums to 0.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from ledger.pools import Pool
from ledger.splits import UNALLOCATED, correction, split
from schemas import series
from schemas.kinds import RESTATED, Kind
from schemas.moments import DAY_MINUTES, MINUTE, at_minute
from schemas.records import Tally
from schemas.states import Drivers, Poolday, Progress, Share
from streams.book import Book, Books
from streams.steps import tallying
from streams.steps.folding import entries
from streams.steps.rolling import KEPT_DAYS
from streams.steps.step import Draft
from streams.steps.tallying import Entries, Span

Done = Mapping[str, Mapping[str, int]]
"""Member to quantity name to sum."""


@dataclass(frozen=True, slots=True)
class Part:
    """A member's part of a pool's cost in a minute; the empty member is unallocated."""

    member: str
    minute: int
    kind: Kind
    cost: int
    rulebook: str
    """Hash of the version that says what is above the member."""


def noted(draft: Draft, tally: Tally) -> Iterator[tuple[str, int, int]]:
    """Keep what members did; yields what pools cost: pool, minute, nano-dollars.

    Where what a member did is restated that is nothing, but its day may have to be split anew.
    """
    if not any(f"{level}:" in tally.series for level in (series.POOL, series.DRIVER)):
        return
    for name, amounts in entries(tally, _pooled):
        level, values = series.split(name)
        for minute, kind, bucket, _ in amounts:
            if level == series.POOL and bucket.cost:
                yield values[0], minute, bucket.cost
            elif level == series.DRIVER:
                if kind in RESTATED:
                    yield values[0], minute, 0
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


def unfinished(draft: Draft) -> Iterator[str]:
    """Pools with a day that is not split for good: the rulebook may have dropped them since."""
    for pool in draft.below(("share",)):
        if not all(held.closed for held in draft.below(("day", pool)).values()):
            yield str(pool)


def divide(
    draft: Draft, pool: str, costs: list[tuple[int, int]], watermark: int, books: Books
) -> list[Part]:
    """Divide increments (minute, nano-dollars) of a pool, and close the days that are over."""
    closed = watermark // MINUTE
    _latest(draft, pool, closed, books)
    parts = []
    for minute, cost in costs:
        parts += _increment(draft, pool, minute, cost, books)
    days = sorted(draft.below(("day", pool)).items())
    for day, held in days:
        if not held.closed and (int(day) + 1) * DAY_MINUTES <= closed:
            parts += _close(draft, pool, int(day), held, books)
    _forget(draft, pool, closed)
    return parts


def _increment(draft: Draft, pool: str, minute: int, cost: int, books: Books) -> list[Part]:
    """Cost of a closed day splits that day anew, any other is divided at once."""
    day = minute // DAY_MINUTES
    held: Poolday = draft.get(("day", pool, day)) or Poolday()
    if held.closed:
        return _anew(draft, pool, minute, replace(held, cost=held.cost + cost), books)
    if not cost:
        return []
    if cost < 0 < held.cost:  # what is taken back leaves those who bear it, not who was last
        divided = split(cost, held.split)
    else:
        divided = _given(split(cost, _lately(draft, pool, minute, books)), minute, books)
    together = {
        name: held.split.get(name, 0) + divided.get(name, 0)
        for name in sorted({*held.split, *divided})  # a set's order must not reach the log
    }
    draft.put(("day", pool, day), replace(held, cost=held.cost + cost, split=together))
    return _parts(divided, minute, Kind.USAGE)


def _lately(draft: Draft, pool: str, minute: int, books: Books) -> Mapping[str, int]:
    """Member to weight, from what they did last."""
    share: Share = draft.get(("share", pool)) or Share()
    return _weights(draft, pool, ("minute", share.minute), minute, books)


def _given(parts: Mapping[str, int], minute: int, books: Books) -> dict[str, int]:
    """Members' parts by the rulebook in force in a minute and the member, `HASH/MEMBER`."""
    digest = books.at(minute * MINUTE).hash
    return {f"{digest}/{member}": amount for member, amount in sorted(parts.items())}


def _parts(given: Mapping[str, int], minute: int, kind: Kind) -> list[Part]:
    parts = []
    for name, amount in given.items():
        digest, _, member = name.partition("/")
        parts.append(Part(member, minute, kind, amount, digest))
    return parts


def _anew(draft: Draft, pool: str, minute: int, held: Poolday, books: Books) -> list[Part]:
    """A closed day as it stands now, split as if it closed now: what each member bears more."""
    day = minute // DAY_MINUTES
    final = _final(draft, pool, day, held, books)
    return [
        *_moved(final, held.split, minute, Kind.LATE),
        *_moved(final, held.split, minute, Kind.FINAL),
    ]


def _final(draft: Draft, pool: str, day: int, held: Poolday, books: Books) -> Mapping[str, int]:
    """Split a day for good, as far as is known now."""
    last = (day + 1) * DAY_MINUTES - 1
    weights_ = _weights(draft, pool, ("day", day), last, books)
    final = _given(split(held.cost, weights_), last, books)
    draft.put(("day", pool, day), replace(held, split=final, closed=True))
    return final


def _moved(
    final: Mapping[str, int], before: Mapping[str, int], minute: int, kind: Kind
) -> list[Part]:
    """What turns a former split into the final one, each where its own rulebook had it."""
    return _parts(correction(final, before), minute, kind)


def _close(draft: Draft, pool: str, day: int, held: Poolday, books: Books) -> list[Part]:
    """The final split of a day, and what corrects the provisional one."""
    minute = (day + 1) * DAY_MINUTES - 1
    final = _final(draft, pool, day, held, books)
    return [
        *_moved(final, held.split, minute, Kind.TRUEUP),
        *_parts(final, minute, Kind.FINAL),
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
    """Keep the minute that divides, and those that are open; days for cost that comes late."""
    latest = (draft.get(("share", pool)) or Share()).minute
    for minute in list(draft.below(("drivers", pool, "minute"))):
        if int(minute) < closed and minute != latest:
            draft.put(("drivers", pool, "minute", minute), None)
    oldest = closed // DAY_MINUTES - KEPT_DAYS  # for cost that comes late or is restated
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


def tallies(
    pool: str, share: Share, parts: list[Part], books: Books, wide: int
) -> list[list[Tally]]:
    """The tally of a pool for each partition: what falls to every level above each member."""
    summed: dict[tuple[str, int, int], int] = {}
    roots: dict[str, str] = {}
    lines: dict[tuple[str, str, int], tuple[str, ...]] = {}
    known = {book.hash: book for book in books.versions}
    for part in parts:
        digest, day = part.rulebook, part.minute // DAY_MINUTES
        line = lines.get((part.member, digest, day))
        if line is None:
            book = known.get(digest) or books.at(part.minute * MINUTE)
            line = lines[part.member, digest, day] = _series(part, pool, book)
            roots |= {name: book.root(name) for name in line}
        for name in line:
            key = (name, part.minute, int(part.kind))
            summed[key] = summed.get(key, 0) + part.cost
    entries = _entries(summed)
    span = Span(f"pool/{pool}", share.sequence, share.sequence + 1, 1)
    progress = Progress(watermark=share.watermark)
    places = tallying.placed([roots[name] for name in entries.series.to_pylist()], wide)
    return tallying.tallies(entries, places, span, progress, wide)


def _series(part: Part, pool: str, book: Book) -> tuple[str, ...]:
    if part.member == UNALLOCATED:
        return (series.name(series.UNALLOCATED, pool),)
    path = book.tree.path(part.member, at_minute(part.minute).date())
    return (
        series.name(series.APPLICATION, path.application),
        series.name(series.SERVICE, path.service),
        series.name(series.UNIT, path.unit),
    )


def _entries(summed: Mapping[tuple[str, int, int], int]) -> Entries:
    """Costs by series, minute and kind; a split moves nothing else."""
    keys = sorted(key for key, cost in summed.items() if cost)
    names = sorted({name for name, _, _ in keys})
    number = {name: index for index, name in enumerate(names)}
    at = [(number[name], minute, kind) for name, minute, kind in keys]
    series_, minute, kind = np.array(at, dtype=np.int64).reshape(-1, 3).T
    sums = np.zeros((len(keys), tallying.NONE.sums.shape[1]), dtype=np.int64)
    sums[:, 0] = [summed[key] for key in keys]
    told = pa.array(names, pa.string())
    return Entries(told, series_, minute, kind, minute, sums, tallying.EMPTY)
