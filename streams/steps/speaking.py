"""What rules said, as findings: with owner, dimensions, the window's numbers and the reason."""

from schemas.moments import MINUTE, at_minute, moment
from schemas.records import Finding
from schemas.rules import Verdict
from streams.book import Books
from streams.steps.watcher import Said


def finding(said: Said, books: Books, history_until: int) -> Finding:
    """The finding of what was said; `history_until` is microseconds since 1970."""
    book = books.at(said.minute * MINUTE)
    at = at_minute(said.minute)
    size = said.rule.grain.minutes
    start = said.minute // size * size
    verdict = said.verdict or _minute_alone(said)
    return Finding(
        series=said.series,
        owner=book.path(said.series, at.date()),
        dimensions=book.dimensions(said.series, at.date()),
        rule=said.rule.name,
        cause=said.rule.cause,
        phase=said.phase,
        bucket=said.rule.grain,
        bucket_start=at_minute(start),
        bucket_end=at_minute(start + size),
        time=at_minute(said.minute + 1),
        window=verdict.window,
        observed=verdict.observed,
        expected=verdict.expected,
        low=verdict.low,
        high=verdict.high,
        excess_nano_usd=verdict.excess,
        accrued_nano_usd=said.episode.accrued,
        hourly_nano_usd=said.hourly,
        opened_at=at_minute(said.episode.opened),
        reason=verdict.reason,
        history=at_minute(start) < moment(history_until),
        rulebook=book.hash,
        parts=said.why.parts,
        counts=said.why.counts,
    )


def _minute_alone(said: Said) -> Verdict:
    """While an episode burns: what the minute cost, and what it usually costs."""
    return Verdict(
        breach=False,
        window=1,
        observed=said.cost,
        expected=said.usual,
        low=0,
        high=said.usual,
        reason=said.episode.reason,
    )
