"""Which minutes of a series burnt, so that what comes of them later corrects their incident.

Times are minutes since 1970, money is nano-dollars.
"""

from collections.abc import Iterable, Iterator, Sequence

from policies.grouping import ALONE
from policies.heard import CALM, CORRECTED
from policies.life import KEPT_DAYS
from schemas.moments import DAY_MINUTES, MINUTE, at_minute
from schemas.records import Finding
from schemas.rules import Grain
from schemas.states import Burnt, Series
from schemas.wording import corrections
from streams.book import Books
from streams.steps import former
from streams.steps.spent import Amounts
from streams.steps.step import Draft
from streams.steps.watcher import Said

KEPT = KEPT_DAYS * DAY_MINUTES


def keep(draft: Draft, said: Iterable[Said]) -> None:
    """Remember the episodes that have ended; a silence has no dollars to correct."""
    for one in said:
        if one.phase == CALM and one.rule.cause not in ALONE:
            over = one.episode
            draft.put(
                ("burnt", one.series, f"{over.opened}/{over.rule}"),
                Burnt(
                    rule=over.rule, started=over.started, opened=over.opened, until=one.minute + 1
                ),
            )


def lately(draft: Draft, name: str, now: int) -> bool:
    """Whether something burnt in the day before, so that people look at the minutes since."""
    burnt = draft.below(("burnt", name))
    return any(one.until > now - DAY_MINUTES for one in burnt.values())


def forget(draft: Draft, name: str, now: int) -> None:
    """Let go of what nobody looks at any more."""
    for last, one in list(draft.below(("burnt", name)).items()):
        if one.until <= now - KEPT:
            draft.put(("burnt", name, last), None)


def corrected(
    draft: Draft, name: str, amounts: Amounts, closed: int, books: Books
) -> Iterator[Finding]:
    """What came late or was restated of minutes that burnt, one finding for each first episode.

    An amount counts once, whichever rules burnt in its minute.
    """
    spans = list(_spans(draft, name, closed, books))
    late, restated = (
        _summed(spans, ((one.minute, one.cost) for one in given))
        for given in (amounts.late, amounts.restated)
    )
    for span in sorted({*late, *restated}, key=_first):
        moved = late.get(span, 0), restated.get(span, 0)
        if any(moved):
            yield _finding(name, span, moved, closed, books)


def _spans(draft: Draft, name: str, closed: int, books: Books) -> Iterator[Burnt]:
    """The episodes of a series, over or not."""
    yield from draft.below(("burnt", name)).values()
    known: Series = draft.get(("series", name))
    for one in known.episodes:
        rule = former.rule(books, name, one.rule)
        if rule is not None and rule.cause not in ALONE:
            yield Burnt(rule=one.rule, started=one.started, opened=one.opened, until=closed)


def _summed(spans: Sequence[Burnt], given: Iterable[tuple[int, int]]) -> dict[Burnt, int]:
    """Amounts by the first episode in which their minute lies."""
    found: dict[Burnt, int] = {}
    for minute, cost in given:
        over = [span for span in spans if span.started <= minute < span.until]
        if over:
            span = min(over, key=_first)
            found[span] = found.get(span, 0) + cost
    return found


def _first(span: Burnt) -> tuple[int, str]:
    return span.opened, span.rule


def _finding(name: str, span: Burnt, moved: tuple[int, int], closed: int, books: Books) -> Finding:
    """What the minutes of an episode cost more, or less, than they did when they closed."""
    late, restated = moved
    book, start = books.at(span.opened * MINUTE), at_minute(span.opened)
    rule = former.rule(books, name, span.rule)
    return Finding(
        series=name,
        owner=book.path(name, start.date()),
        dimensions=book.dimensions(name, start.date()),
        rule=span.rule,
        cause=rule.cause if rule else "",
        phase=CORRECTED,
        bucket=Grain.MINUTE,
        bucket_start=start,
        bucket_end=at_minute(span.until),
        time=at_minute(closed),
        window=span.until - span.started,
        observed=0,
        expected=0,
        low=0,
        high=0,
        excess_nano_usd=late + restated,
        accrued_nano_usd=0,
        hourly_nano_usd=0,
        opened_at=start,
        reason=corrections(late, restated),
        history=False,
        rulebook=book.hash,
        late_nano_usd=late,
        restated_nano_usd=restated,
    )
