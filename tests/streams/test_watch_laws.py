"""What watch finds and remembers is a fact of the log: no batch, order or width changes it."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Finding, Tally
from streams.steps.step import Key
from tests.streams.watch_kit import (
    Beat,
    Use,
    Watched,
    beats,
    beside,
    cut,
    part,
    remembered,
    restarted,
    told,
)

DECIDED = ("breach", "burning", "calm")
randoms = st.randoms(use_true_random=False)
few = settings(max_examples=15, deadline=None)


def fed(batches: Sequence[Sequence[Tally]], restarts: bool = False) -> Watched:
    """A watch that has seen two days and then these batches."""
    (watch,) = beside()[1]
    for batch in batches:
        watch.feed(*batch)
        if restarts:
            watch.state = restarted(watch.state)
    return watch


def tallies_of(given: Sequence[Beat]) -> list[Tally]:
    (meter,) = beside()[0]
    return [meter.tally(uses, reached) for uses, reached in given]


def decided(*watches: Watched) -> list[Finding]:
    """What was said of closed minutes, by any of the watches."""
    found = [one for watch in watches for one in watch.findings(*DECIDED)]
    return sorted(found, key=lambda one: (one.time, one.series, one.rule))


def facts(*watches: Watched, but: Sequence[str] = ()) -> dict[Key, Any]:
    """What all of them remember, but for some kinds."""
    found: dict[Key, Any] = {}
    for watch in watches:
        found |= remembered(watch)
    return {key: value for key, value in found.items() if key[0] not in but}


@few
@given(given=beats(), draw=randoms)
def test_batches_change_nothing(given: list[Beat], draw: Random) -> None:
    tallies = tallies_of(given)

    each = fed([[tally] for tally in tallies])
    whole = fed([tallies])
    random = fed(list(cut(tallies, draw)))

    assert decided(each) == decided(whole) == decided(random)
    assert facts(each) == facts(whole) == facts(random)


@few
@given(given=beats(), draw=randoms)
def test_a_restart_changes_nothing(given: list[Beat], draw: Random) -> None:
    batches = list(cut(tallies_of(given), draw))

    straight, stopped = fed(batches), fed(batches, restarts=True)

    assert straight.said == stopped.said
    assert remembered(straight) == remembered(stopped)


@few
@given(given=beats(), draw=randoms)
def test_the_order_in_which_usage_comes_in_time_changes_nothing(
    given: list[Beat], draw: Random
) -> None:
    mixed: list[list[Use]] = [[] for _ in given]
    for use in (use for uses, _ in given for use in uses):
        open_at = [n for n in range(len(given)) if n == 0 or int(given[n - 1][1]) <= use.minute]
        mixed[draw.choice(open_at)].append(use)
    again = [(uses, reached) for uses, (_, reached) in zip(mixed, given, strict=True)]

    one, other = fed([tallies_of(given)]), fed([[tally] for tally in tallies_of(again)])

    assert decided(one) == decided(other)
    assert facts(one, but=("applied",)) == facts(other, but=("applied",))


@few
@given(given=beats())
def test_the_number_of_tally_partitions_changes_nothing(given: list[Beat]) -> None:
    meters, watches = beside(wide=3)
    for uses, reached in given:
        for watch, tally in zip(watches, meters[0].tallies(uses, reached), strict=True):
            watch.feed(tally)
    one = fed([tallies_of(given)])

    assert decided(one) == decided(*watches)
    assert facts(one) == facts(*watches)


@few
@given(given=beats(), draw=randoms)
def test_the_number_of_usage_partitions_changes_nothing(given: list[Beat], draw: Random) -> None:
    meters, (watch,) = beside(sources=2)
    tallies = [[m.tally(part(uses, n, 2), at) for uses, at in given] for n, m in enumerate(meters)]
    while any(tallies):
        source = draw.choice([waiting for waiting in tallies if waiting])
        watch.feed(source.pop(0))
    one = fed([tallies_of(given)])

    assert decided(one) == decided(watch)
    assert facts(one, but=("applied",)) == facts(watch, but=("applied",))


@settings(max_examples=30, deadline=None)
@given(given=beats())
def test_what_is_told_early_is_confirmed_or_explained(given: list[Beat]) -> None:
    watch = fed([[tally] for tally in tallies_of(given)])

    early, breached = told(watch.findings("early")), told(watch.findings("breach"))
    taken_out = {(name, minute) for name, minute, rule in breached if rule in ("burst", "day")}
    taken_out |= {(name, minute + 1) for name, minute in taken_out}
    begun_before = {(name, minute + 1, rule) for name, minute, rule in breached}

    unconfirmed = early - breached - begun_before
    assert {one for one in unconfirmed if one[:2] not in taken_out} == set()


@few
@given(given=beats())
def test_what_is_told_early_is_told_once(given: list[Beat]) -> None:
    watch = fed([[tally] for tally in tallies_of(given)])

    early = [(one.series, one.time, one.rule) for one in watch.findings("early")]

    assert len(early) == len(set(early))
