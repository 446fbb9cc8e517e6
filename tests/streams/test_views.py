"""The views: each update is an overwrite by its position in the log."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.moments import at_minute, minute_of
from streams.log import Entry, Record
from streams.views import Change, Views, wanted
from streams.views_tables import CUTS, HOURS, NEWEST
from tests.streams.views_kit import (
    CODEC,
    HOUR,
    NOW,
    allocation,
    block,
    budget,
    clock,
    costs,
    forgotten,
    incident,
    judged,
    let_in,
    record,
    refused,
    rejected,
    standing,
)

DAY = minute_of(NOW) - 1440
written = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 10**15)), max_size=30)


@given(written, st.randoms(use_true_random=False))
def test_records_that_come_twice_or_late_change_nothing(
    wrote: list[tuple[str, int]], order: object
) -> None:
    records = [
        record(standing(allocation(f"application:{name}", cost)), offset)
        for offset, (name, cost) in enumerate(wrote)
    ]
    ordered, anyhow = Views(CODEC), Views(CODEC)
    for one in records:
        ordered.take(one)
    heard = [*records, *records]
    order.shuffle(heard)  # type: ignore[attr-defined]
    for one in heard:
        anyhow.take(one)
    assert costs(ordered) == {f"application:{name}": cost for name, cost in wrote}
    assert costs(anyhow) == costs(ordered)
    assert anyhow.next == ordered.next


@given(st.permutations(range(4)))
def test_an_incident_that_was_forgotten_does_not_come_back(order: list[int]) -> None:
    opened = incident()
    heard = [
        record(judged(opened), 0),
        record(judged(replace(opened, revision=2)), 1),
        record(forgotten("inc_a"), 2),
        record(judged(replace(opened, id="inc_b")), 3),
    ]
    views = Views(CODEC)
    for place in order:
        views.take(heard[place])
    assert [one.id for one in views.incidents.values()] == ["inc_b"]


def test_a_key_that_has_moved_to_another_partition_is_told_by_its_time() -> None:
    views = Views(CODEC)
    views.take(record(standing(allocation(cost=1)), offset=70, partition=0, received=1000))
    views.take(record(standing(allocation(cost=2)), offset=3, partition=1, received=2000))
    views.take(record(standing(allocation(cost=1)), offset=70, partition=0, received=1000))
    assert costs(views) == {"application:chat": 2}


def test_budgets_and_allocations_share_a_topic_and_no_table() -> None:
    views = Views(CODEC)
    let_in(views, standing(allocation()), standing(budget()), standing(budget(spent=5)))
    assert list(costs(views)) == ["application:chat"]
    assert [(name, one.spent_nano_usd) for name, one in views.budgets.items()] == [("retail", 5)]


def test_only_what_is_shown_is_wanted_of_states() -> None:
    assert wanted("watch-state", b"clock")
    assert wanted("watch-state", b"block application:chat minute 7")
    assert not wanted("watch-state", b"block application:chat hour 7")
    assert not wanted("watch-state", b"learnt application:chat minute 7")
    assert not wanted("watch-state", b"position")
    assert wanted("incident", b"incident inc_a")
    assert not wanted("incident", b"settled inc_a")
    assert not wanted("incident", b"told")
    assert wanted("allocation", b"application:chat")
    assert wanted("rejected", None)


def test_what_is_not_wanted_or_not_readable_is_passed_over() -> None:
    views = Views(CODEC)
    let_in(
        views,
        Entry("incident", b"settled inc_a", judged(incident()).value),
        Entry("watch-state", b"position", b"junk"),
        Entry("allocation", b"application:chat", b"junk"),
        standing(allocation()),
    )
    assert not list(views.incidents.items())
    assert list(costs(views)) == ["application:chat"]


def test_the_watermark_is_that_of_the_slowest_partition() -> None:
    views = Views(CODEC)
    assert views.watermark is None
    views.take(record(clock(NOW), 0, partition=0))
    views.take(record(clock(NOW - timedelta(minutes=3)), 0, partition=1))
    assert views.watermark == NOW - timedelta(minutes=3)
    views.take(record(clock(NOW), 1, partition=1))
    assert views.watermark == NOW


def test_the_last_day_of_minutes_is_put_together_from_its_hours() -> None:
    views = Views(CODEC)
    full = range(100, 160)
    let_in(
        views,
        block("application:chat", HOUR - 2, full),
        block("application:chat", HOUR, (7,)),
        block("application:chat", HOUR, (7, 8, 9)),
    )
    found = views.day("application:chat")
    assert found is not None
    assert found.start == at_minute((HOUR - 2) * 60)
    assert found.costs == (*full, *(None,) * 60, 7, 8, 9)
    assert views.day("application:other") is None


def test_no_more_than_a_day_of_minutes_is_kept() -> None:
    views = Views(CODEC)
    hours = [block("application:chat", HOUR + at, (at,)) for at in range(HOURS + 5)]
    let_in(views, *hours, hours[0])
    found = views.day("application:chat")
    assert found is not None
    assert found.start == at_minute((HOUR + 5) * 60)


def test_minutes_of_cuts_are_let_go_where_there_are_too_many_but_for_those_with_an_incident() -> (
    None
):
    views = Views(CODEC)
    let_in(views, judged(incident(series="keys:0")))
    names = ["application:chat", *(f"keys:{number}" for number in range(CUTS + 2))]
    let_in(views, *(block(name, HOUR, (1,)) for name in names))
    kept = [name for name in names if views.day(name) is not None]
    assert kept == ["application:chat", "keys:0", *names[3:]]


def test_rejections_are_counted_by_reason_and_since_when() -> None:
    views = Views(CODEC)
    long_ago = rejected("too_late", NOW - timedelta(days=2))
    let_in(
        views,
        refused(long_ago),
        refused(rejected("not_json")),
        refused(rejected("bad_time", NOW + timedelta(minutes=1), detail="x" * 900)),
        refused(rejected("not_json")),
    )
    views.take(record(refused(rejected("not_json")), offset=1))
    assert views.refusals.counts(DAY) == {"bad_time": 1, "not_json": 2}
    assert views.refusals.whole(DAY)
    [latest] = views.refusals.newest(1)
    assert (latest.reason, len(latest.detail), latest.offset) == ("bad_time", 300, 5)


def test_of_many_rejections_the_newest_are_kept_and_that_is_said() -> None:
    views = Views(CODEC)
    let_in(views, *[refused(rejected())] * (NEWEST + 3))
    assert views.refusals.counts(DAY) == {"not_json": NEWEST}
    assert not views.refusals.whole(DAY)
    assert views.refusals.whole(minute_of(NOW) + 1)


def test_listeners_hear_of_each_change_and_of_nothing_else() -> None:
    views, heard = Views(CODEC), list[Change]()
    end = views.listen(heard.append)
    changing = [
        record(standing(allocation()), 0),
        record(standing(budget()), 1),
        record(judged(incident()), 0),
        record(clock(), 0),
        record(refused(rejected()), 0),
        record(forgotten("inc_a"), 1),
    ]
    for one in (*changing, *changing[:3]):
        views.take(one)
    assert heard == [
        Change("allocation", "application:chat"),
        Change("budget", "retail"),
        Change("incident", "inc_a"),
        Change("status", ""),
        Change("status", ""),
        Change("incident", "inc_a"),
    ]
    end()
    views.take(record(standing(allocation()), 9))
    assert len(heard) == 6


def test_positions_tell_what_was_let_in() -> None:
    views = Views(CODEC)
    views.take(Record("allocation", 1, 4, b"application:chat", standing(allocation()).value, 0))
    views.take(Record("watch-state", 0, 9, b"position", b"", 0))
    assert views.next == {("allocation", 1): 5}
