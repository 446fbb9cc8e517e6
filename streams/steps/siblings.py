"""What the series of a family cost in a day, so that a new one can be held against its siblings.

When the clock has passed a day, all series have closed it: what they cost is looked at together and
kept as a few numbers. It is read from the second day after, when also a series whose open minutes
are looked at ahead of the others finds it complete; batches and restarts change nothing of it.
Days are UTC, counted since 1970; minutes too. Money is nano-dollars.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from schemas.moments import DAY_MINUTES, MINUTE
from schemas.rules import Grain
from schemas.siblings import SPANS, Siblings, family_of
from schemas.states import Block, Series
from streams.book import Book, Books
from streams.steps.step import Draft

LOOKED_AT = 14
"""Days before a series came that say what is usual for its siblings."""

COMPLETE = 2
"""Days after which a day is read."""

KEPT = LOOKED_AT + COMPLETE + 14
"""Days that are kept: for as long as a rule may ask for siblings, the first 14 of a life."""

FEWEST = 3
"""Series that say something of what is usual among them."""


def day_by_day(closed: int, since: int, end: int) -> Iterator[int]:
    """The minutes before which to close one after another: midnights and the end, so that what
    siblings cost in a day is known before the next. Nothing was seen before `since`.
    """
    if end > closed:
        begin = max(closed, since)
        midnight = begin - begin % DAY_MINUTES + DAY_MINUTES
        yield from range(midnight, end, DAY_MINUTES) if begin else ()
        yield end


def keep(draft: Draft, books: Books, closed: int) -> None:
    """Minutes before `closed` are closed for all series: where a day is over with them, keep what
    the series of each family cost that a rule asks for.
    """
    day, begun = divmod(closed, DAY_MINUTES)
    if not begun:
        _keep(draft, books.at((closed - 1) * MINUTE), day - 1)


def _keep(draft: Draft, book: Book, day: int) -> None:
    for family, names in _families(draft).items():
        for at in [int(at) for at in draft.below(("siblings", family))]:
            if at <= day - KEPT:
                draft.put(("siblings", family, at), None)
        if len(names) >= FEWEST and _asked(book, names):
            found = summed([_hours(draft, name, day) for name in names])
            if found is not None:
                draft.put(("siblings", family, day), found)


def _families(draft: Draft) -> dict[str, list[str]]:
    """The series of cuts by family."""
    found: dict[str, list[str]] = defaultdict(list)
    for key in draft.names(("series",)):
        family = family_of(str(key))
        if family is not None:
            found[family].append(str(key))
    return found


def _asked(book: Book, names: Iterable[str]) -> bool:
    return any(rule.siblings for name in names for rule in book.rules(name))


def _hours(draft: Draft, name: str, day: int) -> Sequence[int]:
    """What the hours of a day cost; nothing of a series that came on it."""
    known: Series = draft.get(("series", name))
    if known.first > day * DAY_MINUTES:
        return ()
    held: Block | None = draft.get(("block", name, Grain.HOUR, day))
    return () if held is None else held.costs


def summed(days: Iterable[Sequence[int]]) -> Siblings | None:
    """What a day was like for those of a family that spent anything; None where they are few."""
    dearest = [tuple(_dearest(hours)) for hours in days if sum(hours)]
    if len(dearest) < FEWEST:
        return None
    spans = [sorted(costs, reverse=True) for costs in zip(*dearest, strict=True)]
    return Siblings(
        series=len(dearest),
        middles=tuple(costs[len(costs) // 2] for costs in spans),
        tops=tuple(costs[(len(costs) - 1) // 10] for costs in spans),
    )


def _dearest(hours: Sequence[int]) -> Iterator[int]:
    """What so many hours that follow each other cost at most, by the spans of SPANS."""
    sums = [0, *accumulate(hours)]
    for span in SPANS:
        yield max(end - begin for begin, end in zip(sums, sums[span:], strict=False))


def before(draft: Draft, name: str, first: int) -> Siblings | None:
    """What a usual day was for the siblings of a series in the two weeks before it came; None
    where that is not known. `first` is its first minute.
    """
    family, came = family_of(name), first // DAY_MINUTES
    if family is None:
        return None
    known = draft.below(("siblings", family))
    days = [
        known[at]
        for at in range(came - COMPLETE - LOOKED_AT + 1, came - COMPLETE + 1)
        if at in known
    ]
    return _usual(days) if days else None


def _usual(days: Sequence[Siblings]) -> Siblings:
    """The middle one of days, number by number: one day's overrun is not usual."""
    return Siblings(
        series=_middle(one.series for one in days),
        middles=tuple(map(_middle, zip(*(one.middles for one in days), strict=True))),
        tops=tuple(map(_middle, zip(*(one.tops for one in days), strict=True))),
    )


def _middle(figures: Iterable[int]) -> int:
    ordered = sorted(figures)
    return ordered[len(ordered) // 2]
