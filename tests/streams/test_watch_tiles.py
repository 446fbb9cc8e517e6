"""Tallies tile the log: each range once, in order; a minute closes when all of it is in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from schemas.kinds import Kind
from schemas.moments import MINUTE, at_minute
from schemas.records import Tally, Watermark
from schemas.states import Bucket
from streams.steps.step import StepError
from tests.streams.watch_kit import (
    ACME,
    CENT,
    DAY,
    DOLLAR,
    MONDAY,
    Source,
    Use,
    Watched,
    beside,
    books_of,
    entries,
    filled,
    restarted,
)

POOLED = """
pools:
  - {id: gpus, when: {application: gpus}, driver: calls, members: [chat, search]}
"""


def watched(*texts: str) -> Watched:
    return Watched(books_of(ACME, *texts))


def meters(watch: Watched, count: int) -> list[Source]:
    return [Source(watch.books, f"usage/{n}", sources=count) for n in range(count)]


def closed(watch: Watched) -> int:
    """The first open minute, counted from Monday; what the last watermark said."""
    marks = [one.record for one in watch.said if isinstance(one.record, Watermark)]
    return (marks[-1].time - at_minute(MONDAY)) // (at_minute(1) - at_minute(0))


def bought(minute: int, cost: int = DOLLAR) -> list[Use]:
    return [Use(minute=MONDAY + minute, cost=cost)]


def test_a_range_that_was_applied_is_skipped() -> None:
    watch = watched()
    meter = Source(watch.books)
    first, second = meter.tally(bought(0), MONDAY + 1), meter.tally(bought(1), MONDAY + 2)

    watch.feed(first, second)
    once = entries(watch.state)
    watch.feed(first, second).feed(second)

    assert entries(watch.state) == once


def test_a_gap_stops_the_partition_and_nothing_is_said() -> None:
    watch = watched()
    meter = Source(watch.books)
    watch.feed(meter.tally(bought(0), MONDAY + 1))
    meter.tally(bought(1), MONDAY + 2)
    before = entries(watch.state)

    with pytest.raises(StepError, match="usage/0: 1 part 0 is due, but the tally begins at 2"):
        watch.feed(meter.tally(bought(2), MONDAY + 3))

    assert entries(watch.state) == before


def parts(watch: Watched, uses: Sequence[Use], reached: int) -> list[Tally]:
    """A tally in three parts, as the meter cuts one that would be too large."""
    whole = Source(watch.books).tally(uses, reached)
    rows = [(name, use) for use in uses for name in use.series(watch.books.versions[0])]
    pieces = [rows[::3], rows[1::3], rows[2::3]]
    return [filled(replace(whole, part=n, parts=3), piece) for n, piece in enumerate(pieces)]


def test_parts_are_applied_one_by_one_and_time_moves_with_the_last() -> None:
    watch, uses = watched(), [Use(minute=MONDAY + n, principal=f"k{n}") for n in range(5)]
    reached = []
    for piece in parts(watch, uses, MONDAY + 9):
        watch.feed(piece)
        watch.state = restarted(watch.state)
        reached.append(closed(watch))
    whole = watched().feed(Source(watch.books).tally(uses, MONDAY + 9))

    assert reached == [-MONDAY, -MONDAY, 9]
    assert entries(watch.state) == entries(whole.state)


def test_a_part_that_is_missing_is_a_gap() -> None:
    watch = watched()
    first, _, third = parts(watch, bought(0) * 3, MONDAY + 1)

    watch.feed(first)

    with pytest.raises(StepError, match="part 1 is due"):
        watch.feed(third)


def test_a_part_that_comes_twice_counts_once() -> None:
    uses = [Use(minute=MONDAY + n) for n in range(4)]
    once, twice = watched(), watched()
    first, second, third = parts(once, uses, MONDAY + 9)

    once.feed(first, second, third)
    twice.feed(first, second).feed(first, second).feed(second, third)

    assert entries(once.state) == entries(twice.state)


def test_nothing_closes_before_every_usage_partition_was_heard_of() -> None:
    watch = watched()
    one, other = meters(watch, 2)

    watch.feed(one.tally(bought(0), MONDAY + 5))
    alone = closed(watch)
    watch.feed(other.tally(bought(0), MONDAY + 3))

    assert (alone, closed(watch)) == (-MONDAY, 3)


def test_an_empty_partition_holds_nothing_back() -> None:
    watch = watched()
    one, other = meters(watch, 2)

    watch.feed(one.tally(bought(0), MONDAY + 5), other.tally([], 0))

    assert closed(watch) == 5


def test_while_a_data_clock_is_about_an_empty_partition_holds_everything_back() -> None:
    watch = watched()
    one, other = meters(watch, 2)
    watch.feed(one.tally(bought(0), MONDAY + 5, clocked=True), other.tally([], 0))
    waits = closed(watch)

    watch.feed(other.tally([], MONDAY + 4, clocked=True))

    assert (waits, closed(watch)) == (-MONDAY, 4)


def test_time_never_goes_back() -> None:
    watch = watched()
    one, other = meters(watch, 2)
    watch.feed(one.tally(bought(0), MONDAY + 5), other.tally([], 0))

    watch.feed(other.tally(bought(2), MONDAY + 2), one.tally(bought(5), MONDAY + 7))
    held = closed(watch)
    watch.feed(other.tally([], MONDAY + 6))

    assert (held, closed(watch)) == (5, 6)


def pool_tally(sequence: int, reached: int) -> Tally:
    """An empty tally of the pool, whose split has got to a minute."""
    head = Tally(source="pool/gpus", first=sequence, next=sequence + 1, watermark=reached * MINUTE)
    return filled(head, [])


def test_no_day_begins_before_every_pool_has_split_the_one_before() -> None:
    watch = watched(POOLED)
    meter, midnight = Source(watch.books), MONDAY + DAY
    watch.feed(meter.tally(bought(0), MONDAY + 1), pool_tally(0, MONDAY + 1))

    watch.feed(meter.tally(bought(DAY + 5), midnight + 6))
    held = closed(watch)
    watch.feed(pool_tally(1, midnight + 6))

    assert (held, closed(watch)) == (DAY, DAY + 6)


def test_amounts_are_folded_by_kind() -> None:
    watch = watched()
    meter = Source(watch.books)
    kinds: dict[str, Any] = {"minute": MONDAY + 1, "cost": CENT}
    late = [Use(kind=kind, **kinds) for kind in (Kind.LATE, Kind.REVERSAL, Kind.RERATE)]

    watch.feed(meter.tally([Use(**kinds), *late], MONDAY + 1))
    open_still = watch.state.get(("bucket", "application:chat", "minute", MONDAY + 1))
    watch.feed(meter.tally([], MONDAY + 2))
    watch.feed(meter.tally([Use(kind=Kind.LATE, **kinds)], MONDAY + 2))

    hour: Bucket = watch.state.get(("bucket", "application:chat", "hour", MONDAY // 60))
    withheld: Bucket = watch.state.get(("withheld", "application:chat", MONDAY + 1))
    assert (open_still.cost, open_still.late, open_still.restated) == (CENT, CENT, 0)
    assert (hour.cost, hour.late, hour.restated, hour.charges) == (CENT, 2 * CENT, 0, 3)
    assert (withheld.restated, withheld.charges) == (2 * CENT, 2)

    watch.feed(meter.tally([], MONDAY + 61))
    closed: Bucket = watch.state.get(("bucket", "application:chat", "hour", MONDAY // 60))
    assert (closed.cost, closed.late, closed.restated, closed.charges) == (
        CENT, 2 * CENT, 2 * CENT, 5,
    )  # fmt: skip


def test_what_came_late_teaches_and_finds_nothing() -> None:
    (meter,), (watch,) = beside()
    before = entries(watch.state)

    late = Use(minute=meter.since // MINUTE + 60, cost=900 * DOLLAR, kind=Kind.LATE)
    watch.feed(meter.tally([late], MONDAY + 2 * DAY))

    kinds = {key[0] for key, value in entries(watch.state).items() if before.get(key) != value}
    found = [one for one in watch.findings() if one.cause != "budget"]
    assert kinds == {"applied", "bucket", "rolling", "spent"}
    assert found == []


def test_a_partition_that_never_held_a_series_says_only_how_far_it_has_got() -> None:
    watch = watched()

    watch.feed(Source(watch.books).tally([], MONDAY))

    assert [type(one.record) for one in watch.said] == [Watermark]
