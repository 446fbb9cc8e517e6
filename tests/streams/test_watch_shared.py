"""A pool's share of a series is heard of at any time: what is found of its direct cost is not."""

from collections.abc import Sequence

import pytest

from schemas.kinds import Kind
from schemas.moments import MINUTE
from schemas.records import Tally
from tests.streams.watch_kit import (
    ACME,
    CENT,
    DOLLAR,
    HOUR,
    MONDAY,
    Source,
    Use,
    Watched,
    books_of,
    filled,
)

CHAT = "application:chat"
NOON = MONDAY + 12 * HOUR
LATER = (NOON + HOUR) * MINUTE
RULES = """
pools:
  - {id: gpus, when: {application: gpus}, driver: calls, members: [chat]}
policies:
  - {name: rail, kind: limit, series: ["application:*"], usd: 0.5, window: 10m}
"""
Said = list[tuple[str, int, int]]


def share(minutes: Sequence[int], sequence: int) -> Tally:
    """Cents of the pool for chat."""
    head = Tally(source="pool/gpus", first=sequence, next=sequence + 1, watermark=LATER)
    uses = [Use(minute=NOON + m, kind=Kind.USAGE, cost=CENT, charges=0) for m in minutes]
    return filled(head, [(CHAT, use) for use in uses])


def said(shared: Sequence[int], first: bool) -> Said:
    """What is found of a chat that begins with a burst; the pool's share comes first or last."""
    books = books_of(ACME, RULES)
    watch, meter = Watched(books), Source(books)
    watch.feed(meter.tally([], NOON - 60), share([], 0))
    if first:
        watch.feed(share(shared, 1))
    watch.feed(meter.tally([Use(minute=NOON, cost=2 * DOLLAR // 3)], NOON + 30))
    if not first:
        watch.feed(share(shared, 1))
    watch.feed(meter.tally([], NOON + 60))
    return [(one.phase, one.hourly_nano_usd, one.accrued_nano_usd) for one in watch.findings()]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("minute", [-30, -3, 0, 5])
def test_what_burns_ends_at_the_same_minute_whenever_a_pools_share_comes(
    minute: int, first: bool
) -> None:
    alone = said([], first)
    assert alone[0][0] == "breach" and alone[-1][0] == "calm"
    assert said([minute], first) == alone
