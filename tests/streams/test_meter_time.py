"""Event time in the meter: watermarks, what is late, the clocks of data and wall, history."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.kinds import Kind
from schemas.moments import micros, minute_of
from schemas.states import Progress
from streams import pipeline
from streams.steps.identities import MeterState
from streams.steps.step import Outcome, Site
from tests.streams.meter_kit import (
    ACME,
    BOOKS,
    NOON,
    Meter,
    as_avro,
    as_json,
    books,
    clock,
    event,
    records,
)

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MICRO = timedelta(microseconds=1)
LATENESS = 5 * SECOND
USAGE, LATE = int(Kind.USAGE), int(Kind.LATE)


def usage(at: datetime, name: str = "", **data: Any) -> bytes:
    return as_json(event(name or at.isoformat(), at, **data))


def minutes(*moments: datetime) -> list[int]:
    return [minute_of(moment) for moment in moments]


def test_the_watermark_is_the_latest_time_less_the_lateness_and_never_goes_back() -> None:
    meter = Meter()
    assert meter.feed(records([usage(NOON)])).watermark == NOON - LATENESS
    assert meter.feed(records([usage(NOON - HOUR)], first=1)).watermark == NOON - LATENESS
    assert meter.feed(records([usage(NOON + SECOND)], first=2)).watermark == NOON - 4 * SECOND


def test_a_time_ahead_of_its_arrival_moves_the_watermark_to_the_arrival_alone() -> None:
    meter = Meter().feed(records([usage(NOON + 5 * MINUTE)], NOON))
    assert meter.watermark == NOON - LATENESS and len(meter.charges) == 1


def test_a_time_more_than_five_minutes_ahead_of_its_arrival_is_refused_and_moves_nothing() -> None:
    meter = Meter().feed(records([usage(NOON + 5 * MINUTE + MICRO)], NOON))
    assert meter.reasons == ["time_ahead"] and meter.progress.watermark == 0


def test_what_is_refused_moves_no_watermark_but_a_duplicate_and_a_late_one_may() -> None:
    meter = Meter().feed(records([usage(NOON, "a"), usage(NOON + MINUTE, quantities={})]))
    assert meter.watermark == NOON - LATENESS
    assert meter.feed(records([usage(NOON + SECOND, "a")], first=2)).watermark > NOON - LATENESS


def test_usage_is_late_once_the_watermark_has_passed_the_end_of_its_minute() -> None:
    minute = NOON - MINUTE
    on_time = Meter().feed(records([clock(NOON + LATENESS - MICRO), usage(minute)]))
    assert [charge["kind"] for charge in on_time.charges] == ["usage"]
    late = Meter().feed(records([clock(NOON + LATENESS), usage(minute)]))
    assert [charge["kind"] for charge in late.charges] == ["late"]
    assert late.counts["late"] == 1
    assert late.minutes("application:chat", LATE) == {minute_of(minute): late.cost}


def test_each_usage_is_held_against_the_watermark_before_it_and_not_that_of_its_batch() -> None:
    first, second = usage(NOON - MINUTE, "a"), usage(NOON - MINUTE, "b")
    meter = Meter().feed(records([first, clock(NOON + MINUTE), second], NOON + 2 * MINUTE))
    assert [charge["kind"] for charge in meter.charges] == ["usage", "late"]


def test_the_lateness_is_that_of_the_rulebook_in_force_at_the_time() -> None:
    patient = ACME + "lateness_s: 60\n"
    held = books(ACME, patient, starts=[NOON])
    assert Meter(held).feed(records([usage(NOON - SECOND)])).watermark == NOON - 6 * SECOND
    assert Meter(held).feed(records([usage(NOON)])).watermark == NOON - MINUTE


@given(
    st.lists(st.tuples(st.integers(-600, 700), st.integers(0, 300)), min_size=1, max_size=12),
    st.integers(1, 12),
)
@settings(max_examples=60)
def test_watermarks_are_the_greatest_of_times_and_arrivals_so_far(
    moves: list[tuple[int, int]], cut: int
) -> None:
    arrived, expected, marks, taken = NOON, NOON - 20 * HOUR, [], []
    for number, (ahead, passed) in enumerate(moves):
        arrived += passed * SECOND
        at = arrived + ahead * SECOND
        marks.append(expected)
        taken += records([usage(at, f"e{number}")], arrived, number)
        if ahead <= 300:
            expected = max(expected, min(at, arrived) - LATENESS)
    meter = Meter().feed(*(part for part in (taken[:cut], taken[cut:]) if part))
    if expected > NOON - 20 * HOUR:
        assert meter.watermark == expected
    kinds = {charge["id"]: charge["kind"] for charge in meter.charges}
    for number, (record, mark) in enumerate(zip(taken, marks, strict=True)):
        happened = record.received + moves[number][0] * 1_000_000
        closed = (happened // 60_000_000 + 1) * 60_000_000 <= micros(mark)
        if moves[number][0] <= 300:
            assert kinds[f"e{number}"] == ("late" if closed else "usage")


def test_a_data_clock_moves_time_and_charges_nothing() -> None:
    meter = Meter().feed(records([clock(NOON)]))
    assert meter.watermark == NOON - LATENESS and meter.charges == []
    assert meter.progress.clocked and not meter.progress.live


def test_a_clock_ahead_of_its_arrival_says_no_more_than_the_arrival() -> None:
    assert Meter().feed(records([clock(NOON + HOUR)], NOON)).watermark == NOON - LATENESS


def idled(meter: Meter, now: datetime) -> Outcome:
    return pipeline.idle(meter.state, micros(now), BOOKS, meter.site)


LATER = NOON + HOUR


def test_an_idle_partition_is_heard_of_once_and_then_says_nothing_before_there_is_usage() -> None:
    meter = Meter().idle(LATER)
    for held in meter.tallies:
        [tally] = held
        assert (tally.first, tally.next, tally.watermark, tally.series) == (0, 0, 0, "")
    assert idled(meter, LATER + HOUR) == Outcome()


def test_an_idle_partition_with_live_usage_follows_the_clock() -> None:
    meter = Meter().feed(records([usage(NOON)])).idle(LATER)
    assert meter.watermark == LATER - LATENESS
    assert [(t.first, t.next, t.series) for t in meter.tallies[2]][-1] == (1, 1, "")
    assert idled(meter, LATER) == Outcome() == idled(meter, NOON)
    assert meter.idle(LATER + SECOND).watermark == LATER - 4 * SECOND


def test_an_idle_partition_forgets_identities_behind_the_horizon() -> None:
    meter = Meter().feed(records([usage(NOON)]))
    assert len(meter.state.known) == 1
    assert len(meter.idle(NOON + 30 * HOUR).state.known) == 0
    assert meter.feed(records([usage(NOON)], first=1)).reasons == ["too_late"]


RECORDED = usage(NOON - HOUR)
LIVE = usage(NOON)
HISTORY = as_avro(event(), history=True)


@pytest.mark.parametrize(
    ("messages", "follows"),
    [
        ([LIVE], True),
        ([RECORDED], False),
        ([usage(NOON - 15 * MINUTE)], True),
        ([usage(NOON - 15 * MINUTE - MICRO)], False),
        ([HISTORY], False),
        ([clock(NOON)], False),
        ([clock(NOON, live=True)], True),
        ([LIVE, clock(NOON)], False),
        ([clock(NOON), LIVE], True),
        ([RECORDED, clock(NOON, live=True)], True),
        ([HISTORY, clock(NOON), clock(NOON, live=True)], True),
        ([clock(NOON, live=True), clock(NOON)], False),
        ([clock(NOON, live=True), RECORDED], True),
        ([b"poison", usage(NOON, quantities={})], False),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_the_wall_clock_moves_a_partition_if_the_last_word_there_was_live(
    messages: list[bytes], follows: bool, together: bool
) -> None:
    held = records(messages, NOON)
    meter = Meter().feed(held) if together else Meter().feed(*([one] for one in held))
    before = meter.progress.watermark
    assert meter.progress.live is follows
    assert (meter.idle(LATER).progress.watermark > before) is follows


def test_history_is_told_with_the_tallies_and_the_first_usage_too() -> None:
    sent = [as_avro(event(str(n), NOON - n * MINUTE), history=n > 1) for n in (3, 2, 1, 0)]
    meter = Meter(site=Site(usages=1, tallies=2)).feed(records(sent))
    [tally] = meter.tallies[1]
    assert tally.history_until == micros(NOON - 2 * MINUTE)
    assert tally.since == micros(NOON - 3 * MINUTE)
    assert (tally.sources, tally.live, tally.clocked) == (1, True, False)
    assert [charge["kind"] for charge in meter.charges] == ["usage"] * 4


def test_gpu_time_is_spread_over_its_minutes_in_exact_parts() -> None:
    start = NOON + 30 * SECOND
    data: dict[str, Any] = {"kind": "gpu", "duration_s": 100, "quantities": {"gpu_seconds": 800}}
    meter = Meter().feed(records([usage(start, **data)], NOON + 5 * MINUTE))
    dollars = 800 * 2.90 / 3600
    assert abs(meter.cost - dollars * 10**9) <= 0.5
    first, second, third = minutes(start, start + MINUTE, start + 2 * MINUTE)
    spent = meter.minutes("application:chat")
    assert list(spent) == [first, second, third] and sum(spent.values()) == meter.cost
    assert [round(spent[at] / meter.cost, 6) for at in spent] == [0.3, 0.6, 0.1]
    held = {m: s["gpu_seconds"] for (n, m, _), s in meter.sums.items() if n == "application:chat"}
    assert held == {first: 240, second: 480, third: 80}
    assert meter.of("application:chat", "charges") == 1


def test_minutes_of_gpu_time_that_had_closed_are_late_and_the_others_are_not() -> None:
    start = NOON - 3 * MINUTE
    data: dict[str, Any] = {"kind": "gpu", "duration_s": 300, "quantities": {"gpu_seconds": 300}}
    meter = Meter().feed(records([clock(NOON - MINUTE + LATENESS), usage(start, **data)]))
    assert list(meter.minutes("application:chat", LATE)) == minutes(start, start + MINUTE)
    after = [start + number * MINUTE for number in (2, 3, 4)]
    assert list(meter.minutes("application:chat", USAGE)) == minutes(*after)
    assert sum(meter.minutes("application:chat").values()) == meter.cost


def test_gpu_time_without_a_duration_is_of_the_minute_of_its_time() -> None:
    meter = Meter().feed(records([usage(NOON, kind="gpu", duration_s=0)]))
    assert meter.minutes("application:chat") == {minute_of(NOON): meter.cost}


def test_a_seat_accrues_by_the_hour_and_the_hours_before_it_was_told_are_late() -> None:
    begin, end = NOON - 2 * HOUR - 30 * MINUTE, NOON + 2 * HOUR
    period = {"period_start": begin.isoformat(), "period_end": end.isoformat()}
    meter = Meter().feed(records([usage(NOON + MINUTE, kind="seat", **period)], NOON + MINUTE))
    assert meter.cost == 31 * 10**9
    late = meter.minutes("application:chat", LATE)
    ahead = meter.minutes("application:chat", USAGE)
    assert list(late) == minutes(NOON - 3 * HOUR, NOON - 2 * HOUR, NOON - HOUR, NOON)
    assert list(ahead) == minutes(NOON + HOUR)
    spent = [*late.values(), *ahead.values()]
    assert sum(spent) == meter.cost
    whole = meter.cost * 2 // 9
    assert all(abs(part - wanted) <= 1 for part, wanted in
               zip(spent, (meter.cost // 9, *[whole] * 4), strict=True))  # fmt: skip


def test_past_hours_became_known_in_the_minute_of_the_usage_that_tells_of_them() -> None:
    period = {
        "period_start": (NOON - 2 * HOUR).isoformat(),
        "period_end": (NOON + HOUR).isoformat(),
    }
    seat, call = usage(NOON + 5 * MINUTE, kind="seat", **period), usage(NOON + 5 * MINUTE, "e2")

    told = Meter().feed(records([seat, call], NOON + 5 * MINUTE)).known("application:chat")
    plain = Meter().feed(records([call], NOON + 5 * MINUTE)).known("application:chat")

    now = minute_of(NOON + 5 * MINUTE)
    assert told == dict.fromkeys(minutes(NOON - 2 * HOUR, NOON - HOUR, NOON), now) | {now: now}
    assert plain == {}


def test_a_seat_of_a_month_to_come_is_charged_now_and_spent_then() -> None:
    period = {"period_start": "2026-12-01T00:00:00Z", "period_end": "2027-01-01T00:00:00Z"}
    meter = Meter().feed(records([usage(NOON, kind="seat", **period)]))
    spent = meter.minutes("business_unit:retail")
    assert len(spent) == 31 * 24 and sum(spent.values()) == 31 * 10**9
    assert min(spent) == minute_of(datetime.fromisoformat("2026-12-01T00:00:00+00:00"))
    assert set(spent) == set(meter.minutes("business_unit:retail", USAGE))


def test_how_far_a_partition_has_got_is_written_with_each_batch() -> None:
    outcome = pipeline.meter(MeterState(), records([LIVE], first=7), BOOKS, Site())
    assert outcome.changes[("progress",)] == Progress(
        watermark=micros(NOON - LATENESS),
        clocked=False,
        live=True,
        history_until=0,
        since=micros(NOON),
        next=8,
        horizon=micros(NOON - LATENESS) // 60_000_000 - 1440,
    )
