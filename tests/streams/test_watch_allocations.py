"""What an owner bears in each window is the sum of all amounts in it, whenever they came."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.kinds import Kind
from schemas.moments import MINUTE, at_minute, minute_of
from schemas.records import Allocation, Tally, Window
from streams.steps.rolling import month_of
from streams.steps.step import Output
from streams.steps.watching import FEW
from tests.streams.watch_kit import (
    ACME,
    CENT,
    DAY,
    DOLLAR,
    HOUR,
    MONDAY,
    Source,
    Use,
    Watched,
    books_of,
    filled,
)

START = MONDAY + 26 * DAY
"""Saturday 2026-11-28: every run goes over the end of the month."""

CHAT = "application:chat"
DIRECT = (Kind.USAGE, Kind.LATE, Kind.REVERSAL, Kind.RERATE)


@dataclass(frozen=True)
class Amount:
    """One amount of the application, direct or from the pool."""

    minute: int
    kind: Kind
    cost: int

    @property
    def shared(self) -> bool:
        return self.kind in (Kind.TRUEUP, Kind.FINAL)


@dataclass
class House:
    """A watch, and every amount that it was fed."""

    slack: int = 0
    amounts: list[Amount] = field(default_factory=list)
    sequence: int = 0

    def __post_init__(self) -> None:
        text = ACME.replace("lateness_s: 0", f"lateness_s: {self.slack}")
        self.watch = Watched(books_of(text))
        self.meter = Source(self.watch.books)

    def feed(self, amounts: Sequence[Amount], reached: float) -> None:
        """Take amounts in, each from where its kind comes."""
        uses = [
            Use(minute=one.minute, kind=one.kind, cost=one.cost, requests=2, principal="")
            for one in amounts
        ]
        direct = [use for use in uses if use.kind in DIRECT]
        pooled = [use for use in uses if use.kind not in DIRECT]
        self.amounts += amounts
        self.watch.feed(self._pool(pooled), self.meter.tally(direct, reached))

    def _pool(self, uses: Sequence[Use]) -> Tally:
        self.sequence += 1
        head = Tally(source="pool/gpus", first=self.sequence - 1, next=self.sequence)
        return filled(head, [(CHAT, replace(use, charges=0, requests=0)) for use in uses])

    def windows(self, reached: float) -> dict[str, Any]:
        """What the windows hold by adding up every amount."""
        closed, head = int(reached), (int(reached * MINUTE) + self.slack * 10**6) // MINUTE
        hour, month = closed // HOUR * HOUR, month_of(closed)
        return {
            "1h": self._sum(head - 59, head + 1),
            "24h": self._sum(hour - 23 * HOUR, head + 1),
            "7d": self._sum(hour - 167 * HOUR, head + 1),
            "month": self._sum(month, month_of(month + 32 * DAY)),
        }

    def _sum(self, start: int, end: int) -> tuple[int, int, int, dict[str, int]]:
        """Cost, shared cost, charges and quantities of the minutes `[start, end)`."""
        inside = [a for a in self.amounts if start <= a.minute < end and a.kind != Kind.FINAL]
        charges = sum(not one.shared for one in inside)
        return (
            sum(one.cost for one in inside),
            sum(one.cost for one in inside if one.shared),
            charges,
            {"requests": 2 * charges} if charges else {},
        )


def shown(windows: Sequence[Window]) -> dict[str, Any]:
    return {
        one.window: (one.cost_nano_usd, one.shared_nano_usd, one.charges, dict(one.quantities))
        for one in windows
    }


costs = st.one_of(st.integers(1, 10**15), st.integers(-(10**9), -1))
steps = st.sampled_from((0, 0, 1, 1, 30, 59, 60, 61, 200, DAY, 3 * DAY, 8 * DAY))
back = st.sampled_from((0, 1, 20, 59, 60, 61, 300, DAY, 5 * DAY, 9 * DAY, 20 * DAY))
Step = tuple[int, list[tuple[int, int, Kind, int]]]
when = st.tuples(back, st.integers(0, 61), st.sampled_from(list(Kind)), costs)
runs = st.lists(st.tuples(steps, st.lists(when, max_size=3)), min_size=2, max_size=12)


def amount(closed: int, past: int, ahead: int, kind: Kind, cost: int) -> Amount:
    """An amount as the log can hold it: usage is in time, or booked ahead as a seat's hours are."""
    if kind == Kind.USAGE:
        return Amount(closed + ahead + past, kind, abs(cost))
    return Amount(closed - past + ahead, kind, cost)


@settings(max_examples=120, deadline=None)
@given(run=runs, slack=st.sampled_from((0, 5, 90)))
@example(run=[(1, [(0, 30, Kind.LATE, 7), (0, 61, Kind.USAGE, 5)]), (200, [])], slack=0)
@example(run=[(1, [(300, 0, Kind.LATE, 7), (DAY, 0, Kind.USAGE, 5)]), (3 * DAY, [])], slack=0)
def test_windows_hold_the_sum_of_all_amounts_in_them(run: list[Step], slack: int) -> None:
    house, reached = House(slack), float(START)
    house.feed([Amount(START, Kind.USAGE, CENT)], reached)
    for step, found in run:
        house.feed([amount(int(reached), *one) for one in found], reached)
        reached += step
        house.feed([Amount(int(reached), Kind.USAGE, 1)], reached + 0.5)

        last = house.watch.allocation(CHAT)
        assert shown(last.windows) == house.windows(reached + 0.5)


def windows_of(house: House) -> dict[str, Window]:
    return {one.window: one for one in house.watch.allocation(CHAT).windows}


def test_late_amounts_of_this_hour_are_kept_where_what_follows_is_booked_ahead() -> None:
    house, now = House(), START + 30
    house.feed([], now)

    house.feed([Amount(START, Kind.LATE, 7), Amount(START + HOUR, Kind.USAGE, 5)], now)
    house.feed([], START + 3 * HOUR)

    assert {name: one.cost_nano_usd for name, one in windows_of(house).items()} == {
        "1h": 0, "24h": 12, "7d": 12, "month": 12,
    }  # fmt: skip


def test_a_seat_that_is_booked_ahead_counts_for_its_month_and_not_for_the_day() -> None:
    house = House()
    hours = [Amount(START + hour * HOUR, Kind.USAGE, CENT) for hour in range(10 * 24)]

    house.feed(hours, START + 1)

    costs = {name: one.cost_nano_usd for name, one in windows_of(house).items()}
    assert costs == {"1h": CENT, "24h": CENT, "7d": CENT, "month": 3 * 24 * CENT}


def test_windows_say_what_they_span() -> None:
    house = House()
    house.feed([Amount(START + 61, Kind.USAGE, 1)], START + 62)

    spans = {
        name: (minute_of(one.start) - START, minute_of(one.end) - START)
        for name, one in windows_of(house).items()
    }
    assert spans == {
        "1h": (3, 63),
        "24h": (HOUR - 23 * HOUR, 63),
        "7d": (HOUR - 167 * HOUR, 63),
        "month": (month_of(START) - START, month_of(START + 5 * DAY) - START),
    }


def test_amounts_too_old_for_a_window_leave_no_bucket_behind() -> None:
    house = House()
    house.feed([Amount(START, Kind.USAGE, CENT)], START + 1)

    house.feed([Amount(START - 9 * DAY, Kind.LATE, 3), Amount(START - 70 * DAY, Kind.LATE, 3)],
               START + 1)  # fmt: skip
    house.feed([], START + 9 * DAY)

    hours = [int(at) for at in house.watch.state.below(("bucket", CHAT, "hour"))]
    days = [int(at) for at in house.watch.state.below(("bucket", CHAT, "day"))]
    assert hours == []
    assert sorted(days) == [START // DAY - 9, START // DAY]


def test_drivers_are_allocated_to_nobody() -> None:
    watch = Watched(books_of(ACME))

    watch.feed(
        filled(Tally(source="usage/0", first=0, next=1), [("driver:gpus|chat", Use(minute=START))])
    )

    assert not [one for one in watch.said if isinstance(one.record, Allocation)]


LEARNERS = """
detectors:
  - {name: burst, kind: records, grain: minute, series: ["application:*"]}
  - {name: day, kind: records, series: ["application:*"]}
  - {name: new, kind: newcomer, series: ["keys:*"], history_days: 3}
policies:
  - {name: tripled, kind: growth, series: ["service:*"], window: 4h}
"""


def learning(watch: Watched, name: str) -> float | None:
    """Days from Monday until which a series only learns."""
    until = watch.allocation(name).learning_until
    return None if until is None else (minute_of(until) - MONDAY) / DAY


@pytest.mark.parametrize(("hour", "ripe"), [(0, 1), (9, 1), (13, 2)])
def test_a_series_learns_until_its_first_day_counts_as_one(hour: int, ripe: int) -> None:
    watch = Watched(books_of(ACME, LEARNERS))
    meter, begin = Source(watch.books), MONDAY + hour * HOUR

    watch.feed(meter.tally([Use(minute=begin)], begin + 1))
    young = learning(watch, CHAT)
    watch.feed(meter.tally([Use(minute=MONDAY + ripe * DAY)], MONDAY + ripe * DAY + 1))

    assert (young, learning(watch, CHAT)) == (ripe, None)


def test_each_rule_has_its_own_time_and_the_latest_counts() -> None:
    watch = Watched(books_of(ACME, LEARNERS))
    meter = Source(watch.books)

    watch.feed(meter.tally([Use(minute=MONDAY)], MONDAY + 1))

    assert learning(watch, "service:storefront") == pytest.approx(7 + 3 / 24)
    assert learning(watch, "business_unit:retail") is None


def test_what_was_only_ever_shared_has_nothing_to_learn() -> None:
    house = House()
    house.watch = Watched(books_of(ACME, LEARNERS))
    house.meter = Source(house.watch.books)

    house.feed([Amount(START, Kind.TRUEUP, DOLLAR)], START + 1)
    house.feed([], START + 2 * DAY)

    assert house.watch.allocation(CHAT).learning_until is None
    assert house.watch.allocation(CHAT).time == at_minute(START + 2 * DAY)


def test_of_many_series_those_that_only_grow_are_shown_when_their_minute_closes() -> None:
    watch = Watched(books_of(ACME))
    meter = Source(watch.books)

    def shown(minute: int, reached: float, keys: int) -> set[str]:
        uses = [Use(minute=minute, principal=f"k{key}") for key in range(keys)]
        outputs = watch.feed(meter.tally(uses, reached)).last.outputs
        found = [one.record for one in outputs if isinstance(one, Output)]
        return {one.series for one in found if isinstance(one, Allocation)}

    keys = {f"keys:chat|k{key}" for key in range(FEW)}
    assert {"keys:chat|k0", "application:chat"} <= shown(START, START, 2)
    assert not shown(START, START + 0.5, FEW)
    assert shown(START + 1, START + 1, 0) >= keys
    assert shown(START, START + 1.5, FEW) >= keys, "what is late waits for no minute"
