"""A recorded past says what it would have said live, however it is gone through."""

import re
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.rules import Grain
from schemas.states import Bucket
from streams import backtest, knob
from streams.backtest import anew, budgeted, fitting, judged, live, unfit
from streams.book import Book, Books
from streams.recorded import History, Recorded
from streams.rulebook import read
from streams.steps.lessons import Lesson
from tests.streams.backtest_kit import DOLLAR, MONDAY, RULES, books, history, hours, series

DAYS = 24
WILD = (250, 251, 252, 300, 420, 421, *range(480, 500))


def by_minutes(one: Recorded) -> Recorded:
    """The same series as live sees it: its hours spread over minutes."""
    held = one.hours
    minutes: dict[str | int, Bucket] = {}
    for hour in range(one.first, one.first + len(one.costs)):
        for minute in range(hour * 60, hour * 60 + 60):
            if minute in held:
                minutes[minute] = held[minute]
    return Recorded(one.name, Grain.MINUTE, minutes=minutes)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hours_close_at_once_or_by_the_minute_and_say_the_same(seed: int) -> None:
    one = series("application:chat", hours(seed, DAYS, WILD, 6 + 5 * seed))
    past = history(one, days=DAYS)
    at_once = live(one, books(), past)
    slow = by_minutes(one)
    by_minute = live(slow, books(), replace(past, grain=Grain.MINUTE, series=(slow,)))
    assert {one.rule for one in at_once.findings} >= {"day", "rail", "grown"}
    assert at_once.findings == by_minute.findings


QUIET = """
organisation: acme
detectors:
  - {name: day, kind: records, series: ["application:*"], once_in_days: 20, floor_usd: FLOOR}
policies:
  - {name: rail, kind: limit, series: ["application:*"], usd: 200, window: 4h}
  - {name: long, kind: limit, series: ["application:*"], usd: 3000, window: 100h}
"""


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 999),
    factor=st.sampled_from((2, 4, 20)),
    share=st.sampled_from((0.0, 0.3)),
    begins=st.integers(0, 40),
    floor=st.sampled_from((0, 5, 60)),
)
def test_days_close_at_once_or_by_the_minute_and_say_the_same(
    seed: int, factor: int, share: float, begins: int, floor: int
) -> None:
    drawn = Random(seed)
    costs = [0] * begins + hours(seed, DAYS, WILD, factor)[begins:]
    costs = [0 if drawn.random() < share else cost for cost in costs]
    one, rules = series("application:chat", costs), books(QUIET.replace("FLOOR", str(floor)))
    slow, past = by_minutes(one), history(one, days=DAYS + 1)
    at_once = live(one, rules, past)
    by_minute = live(slow, rules, replace(past, grain=Grain.MINUTE, series=(slow,)))
    assert at_once.findings == by_minute.findings


def test_what_holds_something_and_costs_nothing_is_looked_at() -> None:
    calls = [2, 0, 0, 70, 0, 0, 1]
    held = Recorded("application:a", Grain.HOUR, first=5, costs=[60, 0, 61, 0, 2, 0, 0],
                    quantities={"requests": calls}).hours  # fmt: skip
    runs = [held.run(at * 60, 14 * 60) for at in range(5, 12)]
    assert [len(run.costs) for run in runs] == [3, 2, 1, 0, 2, 1, 0]
    assert [run.last for run in runs] == [
        7 * 60 + 59,
        7 * 60 + 59,
        7 * 60 + 59,
        0,
        9 * 60 + 1,
        0,
        0,
    ]
    assert runs[0].minutes == [1] * 60 + [0] * 60 + [2] + [1] * 59
    assert len(held.run(12 * 60, 15 * 60).costs) == 3, "what is not told of cost nothing"


@pytest.mark.parametrize(
    ("change", "alike"), [("once_in_days: 12", True), ("floor_usd: 40", False)]
)
def test_lessons_of_one_rulebook_save_work_under_another_and_change_nothing(
    change: str, alike: bool
) -> None:
    name = change.split(":", maxsplit=1)[0]
    mine = QUIET.replace("FLOOR", "5")
    text = re.sub(rf"{name}: \d+", change, mine)
    one = series("application:chat", hours(5, DAYS, WILD))
    past, lessons = history(one, days=DAYS), dict[tuple[str, int], Lesson]()
    before = live(one, books(mine), past, lessons=lessons)
    shared = {key: lesson.after for key, lesson in lessons.items()}
    after = live(one, books(text), past, lessons=lessons)
    assert after.findings == live(one, books(text), past).findings != before.findings
    assert len(shared) == DAYS
    kept = [key for key, lesson in lessons.items() if lesson.after is shared[key]]
    assert (len(kept) == DAYS) is alike, "until one finds what the other does not"
    assert kept


def test_an_hour_holds_every_nano_dollar_of_its_minutes() -> None:
    drawn = Random(7)
    costs = [drawn.choice((0, 1, 59, 60, 61, drawn.randrange(10**15))) for _ in range(50)]
    held = Recorded("application:a", Grain.HOUR, first=5, costs=costs,
                    quantities={"requests": costs[::-1]}).hours  # fmt: skip
    for at, cost in enumerate(costs):
        minutes = range((5 + at) * 60, (6 + at) * 60)
        whole = held.whole(minutes.start)
        buckets = [held[minute] for minute in minutes if minute in held]
        assert sum(bucket.cost for bucket in buckets) == cost == sum(whole.costs)
        assert sum(bucket.charges for bucket in buckets) == whole.bucket.charges
        assert sum(bucket.quantities.get("requests", 0) for bucket in buckets) == costs[-1 - at]
        if buckets:
            assert max(minute for minute in minutes if minute in held) == whole.last


def test_what_a_change_does_not_touch_is_not_run_again() -> None:
    book = books().versions[0]
    before = book.rules("application:chat")
    dearer = Book("b", book.effective_from, read(RULES.replace("usd: 300,", "usd: 400,")))
    assert [rule.name for rule in anew(before, dearer.rules("application:chat"))] == ["rail"]
    other = RULES.replace("policies:", "  - {name: new, kind: records, series: ['*:*']}\npolicies:")
    more = Book("c", book.effective_from, read(other)).rules("application:chat")
    assert [rule.name for rule in anew(before, more)] == ["day", "new"], (
        "they learn from each other"
    )
    assert anew(before, before) == ()


@pytest.mark.parametrize("change", ["once_in_days: 90", "once_in_days: 4000"])
def test_where_nothing_was_found_a_calmer_rule_finds_nothing(change: str) -> None:
    calm = books(RULES.replace("once_in_days: 60", change))
    one = series("application:chat", hours(5, DAYS))
    past = history(one, days=DAYS)
    before, after = (each.versions[0].rules(one.name)[:1] for each in (books(), calm))
    assert knob.calmer(before, after)
    assert not knob.calmer(after, before)
    for each, book in ((before, books()), (after, calm)):
        only = Books([book.versions[0].watched_by({one.name: each})])
        assert live(one, only, past).findings == []


def test_rules_that_hours_cannot_show_are_left_out_with_their_reason() -> None:
    text = (
        RULES
        + """
  - {name: short, kind: limit, series: ["application:*"], usd: 3, window: 30m}
  - {name: price, kind: price_per_call, series: ["application:*"], usd: 3}
  - {name: unowned, kind: share, of: unowned, percent: 5, series: ["application:*"]}
"""
    )
    text = text.replace("policies:", "  - {name: new, kind: newcomer, series: ['*:*']}\npolicies:")
    book, past = books(text).versions[0], history(days=1)
    rules = book.rules("application:chat")
    assert {rule.name: unfit(rule, past) for rule in rules if unfit(rule, past)} == {
        "new": "it watches minutes",
        "short": "its window is shorter than an hour",
        "price": "its buckets hold no requests",
        "unowned": "its buckets do not say which charges lack a price or an owner",
    }
    usage = History((), Grain.MINUTE, 0, 0)
    assert fitting(rules, usage) == rules


def test_a_budget_reaches_its_marks_in_the_hour_that_does() -> None:
    text = """
organisation: acme
cuts: [{name: keys, by: [application]}]
budgets: [{name: small, series: "keys:chat", amount_usd: 100, marks: [50, 100]}]
"""
    one = series("keys:chat", [10 * DOLLAR] * 48)
    found = list(budgeted({one.name: one}, books(text).versions[0], history(one, days=2)))
    assert [(each.time.hour, each.phase, each.observed) for each in found] == [
        (5, "breach", 50 * DOLLAR), (10, "breach", 100 * DOLLAR),
    ]  # fmt: skip


def test_incidents_end_where_the_findings_do() -> None:
    one = series("application:chat", hours(1, DAYS, WILD))
    found = judged(live(one, books(), history(one, days=DAYS)).findings, books())
    assert len(found) > 1
    assert {each.state for each in found} == {"resolved"}
    assert found == sorted(found, key=lambda each: each.opened_at)


def test_the_knob_finds_less_the_fewer_false_alarms_are_borne() -> None:
    one = series("application:chat", hours(2, 80, (1500, 1501), 3))
    past = history(one, days=80)
    rules = {rule.name: rule for rule in books().versions[0].rules(one.name) if knob.turns(rule)}
    lived = live(one, books(), past, tuple(rules))
    found = knob.positions(rules, lived.noted, MONDAY * 60, one.name, books())
    counts = [len(judged(found[factor], books())) for factor in knob.FACTORS]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    times = [minute.time for minute in found[1.0] if minute.phase == "breach"]
    told = [each.time for each in lived.findings if (each.rule, each.phase) == ("day", "breach")]
    assert told, "the run itself found something"
    assert all(min(abs(time - other) for other in times).total_seconds() < 4 * 3600
               for time in told)  # fmt: skip


def test_a_series_without_a_dollar_says_nothing() -> None:
    one = series("application:chat", [0] * 48)
    assert backtest.live(one, books(), history(one, days=2)).findings == ()
