"""Why a breach is over: from the window's buckets and the week before, whatever the batches are."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifiers import why
from schemas.moments import at_minute
from schemas.records import Finding
from tests.streams.judge_kit import PLACES, Court
from tests.streams.test_watch_to_judge import docketed
from tests.streams.watch_kit import (
    ACME,
    DAY,
    DOLLAR,
    HOUR,
    LIVE,
    Source,
    Use,
    Watched,
    books_of,
)

GUARD = """
policies:
  - {name: guard, kind: limit, series: ["application:*"], usd: %s, window: %s}
"""
NOON = LIVE + DAY + 720
"""A day and a half after the first usage."""


def use(minute: int, calls: int = 1, cost: int = DOLLAR // 10, **more: int) -> Use:
    """Calls of a hundred tokens each, $0.10 a call, unless told otherwise."""
    held = {"output": 25 * calls, **more}
    return Use(minute=minute, cost=cost * calls, requests=calls, more=tuple(sorted(held.items())))


USUAL = [use(at) for at in range(LIVE, NOON, 10)]
"""Six calls an hour."""


def watched(
    uses: Sequence[Use],
    reached: float,
    window: str = "1h",
    cuts: Sequence[int] = (),
    usd: int = 10,
) -> Watched:
    """A watch that was fed the usage by minute, in batches that end at some minutes."""
    books = books_of(ACME, PLACES, GUARD % (usd, window))
    meter, watch = Source(books), Watched(books)
    begun = LIVE
    for end in sorted({*cuts, int(reached)}):
        some = [one for one in uses if begun <= one.minute < end or (one.minute >= end == reached)]
        watch.feed(meter.tally(some, min(end, reached)))
        begun = end
    return watch


def breach(uses: Sequence[Use], reached: float, **given_: Any) -> Finding:
    [found] = watched(uses, reached, **given_).findings("breach")
    assert sum(found.parts.values()) == found.excess_nano_usd
    return found


def test_calls_beyond_the_usual_are_volume_with_their_counts() -> None:
    found = breach([*USUAL, use(NOON + 4, 400)], NOON + 5)
    assert found.parts == {"volume": found.excess_nano_usd}
    assert (found.counts["calls"], found.counts["usual_calls"]) == (405, 100)
    assert (found.counts["tokens_per_call"], found.counts["usual_tokens_per_call"]) == (25, 25)


def test_longer_calls_and_failed_ones_have_their_own_parts() -> None:
    longer = use(NOON + 4, 100, cost=DOLLAR, output=25_000)
    found = breach([*USUAL, longer], NOON + 5)
    assert found.parts["tokens_per_call"] > found.excess_nano_usd * 9 // 10
    failed = use(NOON + 4, 400, failed=400, wasted=40 * DOLLAR)
    found = breach([*USUAL, failed], NOON + 5)
    assert found.parts["retries"] > found.excess_nano_usd


def test_a_series_without_a_past_is_all_new_volume() -> None:
    found = breach([use(NOON + 4, 400)], NOON + 5)
    assert found.parts == {"volume": found.excess_nano_usd}
    assert set(found.counts) == {"calls", "tokens_per_call"}


def test_the_window_itself_is_not_usual() -> None:
    burst = [use(NOON - 3 * HOUR + at, cost=DOLLAR // 16, output=1) for at in range(180)]
    found = breach([*USUAL, *burst], NOON + 1, window="4h")
    assert found.counts["usual_tokens_per_call"] == 25
    assert found.counts["tokens_per_call"] < 5


@pytest.mark.parametrize("window", ["15m", "60m", "95m", "4h", "24h", "30h"])
def test_a_window_is_read_as_far_as_its_buckets_are_kept(window: str) -> None:
    found = breach([*USUAL, use(NOON + 34, 400)], NOON + HOUR, window=window, usd=30)
    assert found.bucket_start in (at_minute(NOON + 34), at_minute(NOON))
    assert 400 <= found.counts["calls"] <= 400 + 6 * 30


def test_nothing_after_the_bucket_is_read() -> None:
    uses = [*USUAL, use(NOON + 4, 400)]
    after = [use(NOON + 5, 900, cost=1, output=10**6), use(NOON + 6, 900, cost=1, failed=900)]
    assert breach([*uses, *after], NOON + 5) == breach(uses, NOON + 5)


uses = st.lists(
    st.builds(
        use,
        st.integers(NOON - 2 * DAY // 3, NOON + 90),
        st.integers(1, 30),
        st.sampled_from([0, DOLLAR // 20, DOLLAR // 3]),
        output=st.integers(0, 9000),
        cache_read=st.sampled_from([0, 7000]),
        cache_saved=st.sampled_from([0, DOLLAR // 100]),
        repriced=st.sampled_from([0, 0, -DOLLAR // 100, DOLLAR // 50]),
    ),
    max_size=30,
)
cuts = st.lists(st.integers(NOON - DAY, NOON + 95), max_size=12)


@settings(max_examples=60, deadline=None)
@given(uses, cuts, st.sampled_from(["5m", "1h", "100m", "7h", "26h"]))
def test_why_is_the_same_whatever_the_batches_are(
    some: list[Use], at: list[int], window: str
) -> None:
    known = [*USUAL, *some]
    whole = watched(known, NOON + 95, window).findings("breach")
    assert watched(known, NOON + 95, window, at).findings("breach") == whole
    assert all(sum(one.parts.values()) == max(one.excess_nano_usd, 0) for one in whole)


def test_only_what_opens_an_episode_says_why_and_the_incident_keeps_it() -> None:
    books = books_of(ACME, PLACES, GUARD % (10, "1h"))
    meter, watch, court = Source(books), Watched(books), Court(books=books)
    watch.feed(meter.tally(USUAL, NOON))
    watch.feed(meter.tally([use(NOON, 400)], NOON + 0.5))
    for minute in range(NOON + 1, NOON + 90):
        watch.feed(meter.tally([use(minute)], minute))
    court.hear(*docketed(watch.said))
    [early] = watch.findings("early")
    [opened] = watch.findings("breach")
    assert early.parts == opened.parts == {"volume": opened.excess_nano_usd}
    assert watch.findings("burning") and watch.findings("calm")
    assert not any(one.parts or one.counts for one in watch.findings("burning", "calm"))
    [evidence] = court.incident().evidence
    assert (evidence.phase, evidence.parts) == ("calm", opened.parts)
    assert evidence.counts == opened.counts


def test_an_incident_names_the_narrowest_place_that_explains_most_of_what_is_over() -> None:
    rails = (GUARD % (10, "1h")).replace('["application:*"]', '["application:*", "keys:*"]')
    books = books_of(ACME, PLACES, rails)
    meter, watch, court = Source(books), Watched(books), Court(books=books)
    loop = Use(minute=NOON, cost=39 * DOLLAR, principal="k-17", requests=390)
    other = Use(minute=NOON, cost=3 * DOLLAR, principal="k-2", requests=30)
    watch.feed(meter.tally([*USUAL, loop, other], NOON + 2))
    court.hear(*docketed(watch.said))
    incident = court.incident("keys:chat|k-17")
    assert why.place(incident) == "principal k-17 of chat: 89 % of what chat is over"
