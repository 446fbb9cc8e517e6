"""Watch and judge together: live on any number of partitions tells what a replay tells."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Watermark
from streams.steps.step import Output
from tests.streams.judge_kit import PLACES, Court, Docketed, agreed
from tests.streams.watch_kit import ACME, BUSY, Beat, beats, beside, books_of, part

BOOKS = books_of(ACME, BUSY, PLACES)
randoms = st.randoms(use_true_random=False)


def docketed(said: Sequence[Output]) -> list[Docketed]:
    """What watch said to judge, in order."""
    return [one.record for one in said if one.topic == "docket"]


def replayed(given: Sequence[Beat]) -> Court:
    """One partition of everything, a beat at a time; judge hears each minute with its watermark."""
    (meter,), (watch,) = beside()
    watch.books = BOOKS
    court = Court(books=BOOKS)
    for uses, reached in given:
        watch.said.clear()
        watch.feed(meter.tally(uses, reached))
        *said, last = docketed(watch.said)
        for time in sorted({one.time for one in said if one.time <= last.time}):
            now = [one for one in said if one.time == time]
            court.hear(*now, Watermark(partition=0, partitions=1, time=time))
        court.hear(*(one for one in said if one.time > last.time), last)
    return court


def lived(given: Sequence[Beat], wide: int, sources: int, draw: Random) -> Court:
    """Many partitions, each at its own pace; judge hears what is there, in batches of any size."""
    meters, watches = beside(wide, sources)
    lanes: list[list[Any]] = [[] for _ in watches]
    for uses, reached in given:
        for number, meter in enumerate(meters):
            for lane, tally in zip(lanes, meter.tallies(part(uses, number, sources), reached),
                                   strict=True):  # fmt: skip
                lane.append(tally)
    docket: list[Docketed] = []
    while any(lanes):
        number = draw.choice([n for n, lane in enumerate(lanes) if lane])
        size = draw.randint(1, 4)
        watch, lane = watches[number], lanes[number]
        watch.books = BOOKS
        watch.said.clear()
        watch.feed(*lane[:size])
        lanes[number] = lane[size:]
        docket += docketed(watch.said)
    court = Court(books=BOOKS)
    while docket:
        size = draw.randint(1, 60)
        court.hear(*docket[:size])
        docket = docket[size:]
    return court


@settings(max_examples=15, deadline=None)
@given(given=beats(), draw=randoms)
def test_live_on_many_partitions_is_what_a_replay_says(given: list[Beat], draw: Random) -> None:
    replay = replayed(given)

    live = lived(given, draw.randint(1, 3), draw.randint(1, 2), draw)

    assert agreed(live.ever.values()) == agreed(replay.ever.values())


@settings(max_examples=15, deadline=None)
@given(given=beats())
def test_what_was_told_early_is_settled_or_ended(given: list[Beat]) -> None:
    court = replayed(given)

    phantoms = [one for one in court.incidents() if one.id not in court.ever]
    assert {one.state for one in phantoms} <= {"resolved", "merged"}
    assert all(one.merged_into in court.ever for one in phantoms if one.merged_into)


@settings(max_examples=15, deadline=None)
@given(given=beats())
def test_each_series_has_at_most_one_open_incident_of_its_dollars(given: list[Beat]) -> None:
    court = replayed(given)

    alone = ("budget", "silence")
    burning = [
        one.series
        for one in court.incidents()
        if one.state in ("firing", "stale") and one.cause not in alone
    ]
    assert len(burning) == len(set(burning))
