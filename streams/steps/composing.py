"""What a window's cost is made of, and what is usual: from buckets that watch keeps anyway.

Both hang on event time alone. A window is taken from the hours that lie in it whole and from the
minutes of the last hour; what lies in neither is left out, as the make-up is scaled to the cost.
Usual is what the week before is made of, without the hours of the window.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ledger.excess import split_excess
from ledger.makeup import Amounts, counts
from schemas.moments import HOUR_MINUTES
from schemas.rules import Rule, Verdict
from schemas.states import Bucket, Rolling
from streams.steps.amounts import NOTHING, minus, total
from streams.steps.line import Line
from streams.steps.rolling import WEEK_HOURS

MEASURES_OTHER = frozenset({"share", "silence"})
"""Causes whose dollars are not the cost of what they watch."""

PER_CALL = frozenset({"price_per_call"})
"""Causes whose expected cost is for the calls that came."""


class Why(NamedTuple):
    """The parts of an excess, and what people compare; see `ledger.makeup`."""

    parts: Mapping[str, int] = {}
    counts: Mapping[str, int] = {}


NOT_KNOWN = Why()


def why(line: Line, rule: Rule, verdict: Verdict) -> Why:
    """Why a breach that the closing minute decides is over."""
    if verdict.excess <= 0 or rule.cause in MEASURES_OTHER:
        return NOT_KNOWN
    size = rule.grain.minutes
    start = (line.minute // size + 1 - verdict.window) * size
    hours = _hours(line, start)
    seen = total([*hours, *_minutes(line, start)])
    usual = _usual(line, hours)
    amounts = Amounts(verdict.expected, verdict.observed, rule.cause in PER_CALL)
    return Why(split_excess(usual, seen, amounts), counts(usual, seen, amounts))


def _whole(line: Line, start: int) -> range:
    """The closed hours that lie in the window whole, as far as they are kept."""
    now = line.minute // HOUR_MINUTES
    return range(max(-(-start // HOUR_MINUTES), now - WEEK_HOURS + 1), now)


def _hours(line: Line, start: int) -> Sequence[Bucket]:
    found = (line.draft.get(("bucket", line.name, "hour", at)) for at in _whole(line, start))
    return [bucket for bucket in found if bucket is not None]


def _minutes(line: Line, start: int) -> Sequence[Bucket]:
    """Those of the last hour that are in the window, and in none of its whole hours."""
    whole = _whole(line, start)
    first = max(start, line.minute + 1 - HOUR_MINUTES)
    found = (
        line.draft.get(("bucket", line.name, "minute", at))
        for at in range(first, line.minute)
        if at // HOUR_MINUTES not in whole
    )
    return [*(bucket for bucket in found if bucket is not None), line.bucket]


def _usual(line: Line, hours: Sequence[Bucket]) -> Bucket:
    """The week's closed hours without those of the window."""
    known: Rolling | None = line.draft.get(("rolling", line.name))
    return NOTHING if known is None else minus(known.week, total(hours))
