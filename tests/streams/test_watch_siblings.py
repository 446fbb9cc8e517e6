"""What siblings cost in a day is a fact of the log: a new series is held against it alike, live in
any batches and through restarts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.kinds import Kind
from schemas.records import Finding, Tally
from schemas.rules import Grain
from schemas.siblings import Siblings, family_of
from schemas.states import Block, Series
from streams.backtest import live
from streams.log import Record
from streams.recorded import Recording, introduce
from streams.steps import siblings
from streams.steps.step import Draft, Outcome, State
from streams.walk import Walked
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
    cut,
    remembered,
    restarted,
    told,
)

FAMILY = "keys:chat"
NEW = """
detectors:
  - {name: new-keys, kind: newcomer, series: ["keys:*"], floor_usd: 1, history_days: 1}
"""
BOOKS = books_of(ACME, NEW)
KEYS = ("k1", "k2", "k3", "k4")


def days(*cents: int, count: int = 4, principals: Sequence[str] = KEYS) -> list[Use]:
    """So many days from a Monday on in which keys cost so much each, half of it at noon."""
    return [
        Use(minute=MONDAY + day * DAY + hour * HOUR, cost=cost * CENT // 2, principal=principal)
        for day in range(count)
        for hour in (0, 12)
        for principal, cost in zip(principals, cents, strict=True)
    ]


def burst(day: float, cost: int, principal: str = "k9", minutes: int = 6) -> list[Use]:
    """A key that begins on a day and costs so much each minute."""
    begin = MONDAY + int(day * DAY)
    return [
        Use(minute=begin + at, cost=cost, principal=principal, requests=1) for at in range(minutes)
    ]


def beaten(uses: Iterable[Use], every: int, until: int) -> list[Tally]:
    """Tallies in the order of time, each of so many minutes."""
    meter, waiting = Source(BOOKS), sorted(uses, key=lambda use: use.minute)
    found = []
    for reached in range(MONDAY + every, until + every, every):
        some = [use for use in waiting if use.minute < reached]
        waiting = waiting[len(some) :]
        found.append(meter.tally(some, reached - 0.4))
    return [*found, meter.tally([], float(until + every + 2))]


def fed(batches: Iterable[Sequence[Tally]], restarts: bool = False) -> Watched:
    """A watch after these batches."""
    watch = Watched(BOOKS)
    for batch in batches:
        watch.feed(*batch)
        if restarts:
            watch.state = restarted(watch.state)
    return watch


def watched(*uses: Use, every: int = 6 * HOUR, until: float = 5) -> Watched:
    """A watch of this usage up to a day."""
    return fed([tally] for tally in beaten(uses, every, MONDAY + int(until * DAY)))


def found(watch: Watched) -> list[tuple[str, int]]:
    """Series that were told and their excess."""
    return [(one.series, one.excess_nano_usd) for one in watch.findings("breach")]


def test_a_new_key_is_told_when_it_costs_more_than_its_siblings_do() -> None:
    usual = days(400, 400, 300, 900)

    [said] = watched(*usual, *burst(4, 2 * DOLLAR)).findings("breach")

    assert told([said]) == {("keys:chat|k9", MONDAY + 4 * DAY + 5, "new-keys")}
    assert said.reason == (
        "$10.00 in the first 5 minutes of a series never seen before; half of 4 siblings cost up "
        "to $4.00 a day, nine in ten up to $9.00; floor $1.00"
    )
    assert said.excess_nano_usd == 8 * DOLLAR
    assert found(watched(*usual, *burst(4, 7 * DOLLAR // 5))) == []
    assert found(watched(*burst(4, 3 * DOLLAR // 2), *burst(0, CENT, "k1")))


def test_siblings_count_from_the_day_after_they_came_and_speak_from_the_second_day_after() -> None:
    late = [replace(use, minute=use.minute + 1) for use in days(800, count=2, principals=["k4"])]

    watch = watched(*days(400, 400, 400, count=3, principals=KEYS[:3]), *late, until=3.5)

    held = watch.state.below(("siblings", FAMILY))
    first = MONDAY // DAY
    assert {at: held[at].series for at in held} == {first: 3, first + 1: 4, first + 2: 3}
    draft = Draft(watch.state)
    assert siblings.before(draft, "keys:chat|k9", MONDAY + 2 * DAY - 1) is None
    assert siblings.before(draft, "keys:chat|k9", MONDAY + 2 * DAY) == held[first]
    assert held[first].tops == (2 * DOLLAR, 2 * DOLLAR, 2 * DOLLAR, 4 * DOLLAR)
    assert held[first + 1].tops == (4 * DOLLAR, 4 * DOLLAR, 4 * DOLLAR, 8 * DOLLAR)


def test_two_siblings_are_too_few_and_other_families_are_no_siblings() -> None:
    few = days(400, 400, count=4, principals=KEYS[:2])
    others = [replace(use, application="search") for use in days(400, 400, 400, 400)]

    watch = watched(*few, *others, *burst(4, DOLLAR // 2))

    assert watch.state.below(("siblings", FAMILY)) == {}
    assert len(watch.state.below(("siblings", "keys:search"))) == 4
    [said] = watch.findings("breach")
    assert said.reason.endswith("of a series never seen before; floor $1.00")


def test_nothing_is_kept_where_no_rule_asks() -> None:
    watch, uses = Watched(books_of(ACME)), days(400, 400, 400, 400)
    watch.feed(*beaten(uses, DAY, MONDAY + 4 * DAY))

    assert watch.state.below(("siblings", FAMILY)) == {}


def test_a_cut_of_one_dimension_is_one_family_and_owners_are_none() -> None:
    assert family_of("keys:chat|key-7") == FAMILY
    assert family_of("models:gpt-4o") == family_of("models:opus") == "models:"
    assert family_of("application:chat") is None
    assert family_of("driver:pool|chat") is None


def test_one_day_of_overrun_is_not_usual_nor_is_what_one_in_ten_cost() -> None:
    day = MONDAY // DAY
    state = State()
    for at in range(3):
        rows = {f"keys:chat|{key}": 10 * DOLLAR if at != 1 else 900 * DOLLAR for key in range(20)}
        rows["keys:chat|0"] = 5000 * DOLLAR
        state.apply(kept(rows, day + at))

    usual = siblings.before(Draft(state), "keys:chat|new", (day + 4) * DAY)

    assert usual == Siblings(series=20, middles=(10 * DOLLAR,) * 4, tops=(10 * DOLLAR,) * 4)


def kept(rows: dict[str, int], day: int) -> dict[tuple[str | int, ...], object]:
    """What a day of series that cost so much in its first hour leaves behind."""
    draft = Draft(State())
    for name, cost in rows.items():
        begun = Series(first=(day - 9) * DAY, last=day * DAY, closed=(day + 1) * DAY)
        draft.put(("series", name), begun)
        draft.put(("block", name, Grain.HOUR, day), Block(costs=(cost, *(0,) * 23)))
    siblings.keep(draft, BOOKS, (day + 1) * DAY)
    return {key: value for key, value in draft.changes.items() if key[0] == "siblings"}


def test_what_is_kept_lasts_for_as_long_as_a_rule_may_ask() -> None:
    watch = watched(*days(100, 100, 100, 100, count=40), every=DAY, until=40)
    held = sorted(map(int, watch.state.below(("siblings", FAMILY))))

    today = MONDAY // DAY + 41  # nothing was spent yesterday
    assert held == list(range(today - siblings.KEPT, today - 1))
    came = today - 14
    assert held[0] <= came - siblings.COMPLETE - siblings.LOOKED_AT + 1


stories = st.lists(
    st.builds(
        burst,
        day=st.floats(0, 4.9),
        cost=st.sampled_from((CENT, 20 * CENT, DOLLAR, 7 * DOLLAR)),
        principal=st.sampled_from(("k1", "k5", "k6", "k7", "k8")),
        minutes=st.integers(1, 90),
    ),
    max_size=6,
)


def decided(watch: Watched) -> list[Finding]:
    """What was said of closed minutes, in order."""
    said = watch.findings("breach", "burning", "calm")
    return sorted(said, key=lambda one: (one.time, one.series, one.rule))


@settings(max_examples=8, deadline=None)
@given(
    extra=stories,
    every=st.sampled_from((60, 997)),
    draw=st.randoms(use_true_random=False),
    cents=st.lists(st.integers(1, 900), min_size=4, max_size=4),
)
def test_batches_and_restarts_change_nothing(
    extra: list[list[Use]], every: int, draw: Random, cents: list[int]
) -> None:
    uses = [*days(*cents), *(use for some in extra for use in some)]
    tallies = beaten(uses, every, MONDAY + 5 * DAY)

    whole = fed([tallies])
    some = list(cut(tallies, draw))
    parts, stopped = fed(some), fed(some, restarts=True)

    assert decided(whole) == decided(parts)
    assert parts.said == stopped.said
    assert remembered(whole) == remembered(parts) == remembered(stopped)


@settings(max_examples=8, deadline=None)
@given(extra=stories, cents=st.lists(st.integers(1, 900), min_size=4, max_size=4))
@example(extra=[burst(4, DOLLAR, minutes=20)], cents=[400, 400, 300, 900])
def test_a_recorded_past_says_the_same(extra: list[list[Use]], cents: list[int]) -> None:
    uses = [*days(*cents), *(use for some in extra for use in some)]
    tallies = beaten(uses, 60, MONDAY + 5 * DAY)
    recording = Recording(BOOKS)
    recording.watch(Walked(Outcome()), [Record("tally", 0, 0, None, one, 0) for one in tallies])  # type: ignore[arg-type]
    past = recording.history()
    introduce(past)

    found = [said for one in past.series for said in live(one, BOOKS, past).findings]

    watch = fed([tallies])
    assert sorted(map(plainly, found)) == sorted(map(plainly, decided(watch)))


def plainly(said: Finding) -> tuple[str, datetime, str, int, str]:
    return said.series, said.time, said.phase, said.excess_nano_usd, said.reason


def test_what_is_told_early_at_midnight_is_what_the_minute_says_when_it_closes() -> None:
    usual, midnight = days(10, 10, 10, 10, count=1), MONDAY + 2 * DAY
    dear = days(90000, 90000, 90000, 90000, count=1)
    yesterday = [replace(use, minute=use.minute + DAY) for use in dear]
    meter, watch = Source(BOOKS), Watched(BOOKS)
    watch.feed(meter.tally([*usual, *yesterday], midnight - 0.5))

    [late] = burst(2 - 1 / HOUR, CENT, minutes=1)
    watch.feed(meter.tally([replace(late, kind=Kind.LATE)], midnight - 0.5))
    watch.feed(meter.tally(burst(2, 5 * DOLLAR, minutes=1), midnight - 0.4))
    [early] = watch.findings("early")
    watch.feed(meter.tally([], midnight + 2.0))

    [breach] = watch.findings("breach")
    assert (early.time, early.reason) == (breach.time, breach.reason)
    assert "up to $0.10;" in breach.reason
