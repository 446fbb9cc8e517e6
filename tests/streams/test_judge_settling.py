"""What is settled is a fact of findings and answers in order of event time, and of nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Answer, Finding, Watermark
from tests.policies.test_incidents import episodes, findings_of
from tests.streams.judge_kit import (
    CHAT,
    KEY,
    STOREFRONT,
    Court,
    Docketed,
    after,
    agreed,
    answer,
    burning,
    found,
    mark,
    tick,
)
from tests.streams.watch_kit import DOLLAR

END = 420
"""Minutes from NOON that judge hears of."""
randoms = st.randoms(use_true_random=False)
few = settings(max_examples=15, deadline=None)
Drawn = list[tuple[str, str, int, int, int]]


def ordered(drawn: Drawn) -> list[Finding]:
    return sorted(findings_of(drawn), key=lambda one: (one.time, one.series, one.rule))


def partition(one: Finding, of: int) -> int:
    """Which watch partition says it: one for each series."""
    return sum(one.series.encode()) % of


def mixed(said: Sequence[Finding], of: int, draw: Random) -> list[Docketed]:
    """A docket of several watch partitions: each in its own order, each with its watermarks."""
    queues = [_queue([one for one in said if partition(one, of) == n], n, of) for n in range(of)]
    docket: list[Docketed] = []
    while any(queues):
        queue = draw.choice([one for one in queues if one])
        docket += queue.pop(0)
    return docket


def _queue(said: Sequence[Finding], number: int, of: int) -> list[list[Docketed]]:
    batches: list[list[Docketed]] = []
    for begin in range(0, END, 7):
        end = min(begin + 7, END)
        held = [one for one in said if after(begin) < one.time <= after(end)]
        batches.append([*held, mark(end, number, of)])
    return batches


def heard(docket: Sequence[Docketed], draw: Random | None = None, restarts: bool = False) -> Court:
    """Judge, in batches of any length."""
    court, rest = Court(restarts=restarts), list(docket)
    while rest:
        size = draw.randint(1, 40) if draw else len(rest)
        court.hear(*rest[:size])
        rest = rest[size:]
    return court


@few
@given(drawn=episodes, draw=randoms)
def test_the_order_among_partitions_changes_nothing(drawn: Drawn, draw: Random) -> None:
    said = ordered(drawn)

    live = Court().minutes(said, END)
    one, other = (heard(mixed(said, of, draw), draw) for of in (2, 3))

    assert agreed(live.ever.values()) == agreed(one.ever.values())
    assert agreed(live.ever.values()) == agreed(other.ever.values())


@few
@given(drawn=episodes, draw=randoms)
def test_what_is_published_at_last_is_what_is_settled(drawn: Drawn, draw: Random) -> None:
    court = heard(mixed(ordered(drawn), 2, draw), draw)

    assert agreed(court.ever.values()) <= agreed(court.incidents())
    assert all(one.id in court.ever or one.resolved_at for one in court.incidents())


@few
@given(drawn=episodes, draw=randoms)
def test_a_restart_changes_nothing(drawn: Drawn, draw: Random) -> None:
    docket, seed = mixed(ordered(drawn), 2, draw), draw.randint(0, 10**6)

    straight, stopped = (
        heard(docket, Random(seed), restarts=restarts) for restarts in (False, True)
    )

    assert straight.published == stopped.published
    assert straight.state.groups == stopped.state.groups


@few
@given(drawn=episodes, draw=randoms)
def test_revisions_grow_by_one_and_only_with_a_change(drawn: Drawn, draw: Random) -> None:
    court = heard(mixed(ordered(drawn), 2, draw), draw)

    for name in {one.id for one in court.published}:
        revisions = [one for one in court.published if one.id == name]
        assert [one.revision for one in revisions] == list(range(1, len(revisions) + 1))
        contents = [replace(one, revision=0) for one in revisions]
        assert all(one != other for one, other in pairwise(contents))


def test_hearing_nothing_new_publishes_nothing() -> None:
    court = Court().minutes(burning(0, 30), 60)
    before = len(court.published)

    court.hear(mark(60)).hear(mark(59)).hear(tick(60))

    assert len(court.published) == before


def answered(drawn: Drawn) -> list[Answer]:
    """Somebody calls the first incident expected, between two minutes."""
    incidents = Court().minutes(ordered(drawn), END).incidents()
    first = incidents[0]
    return [answer(first.id, "expected", (first.opened_at - after(0)).seconds / 60 + 9.5)]


@few
@given(drawn=episodes, draw=randoms)
def test_an_answer_takes_its_place_among_findings_by_its_time(drawn: Drawn, draw: Random) -> None:
    said, (answer_,) = ordered(drawn), answered(drawn)
    live = Court()
    for minute in range(END):
        early: list[Docketed] = (
            [answer_] if after(minute) <= answer_.time < after(minute + 1) else []
        )
        now = [one for one in said if one.time == after(minute + 1)]
        live.hear(*early, *now, mark(minute + 1))

    whole = heard([answer_, *said])
    for minute in range(60, END + 1, 60):
        whole.hear(mark(minute))
    docket = mixed(said, 2, draw)
    passed = (isinstance(one, Watermark) and one.time > answer_.time for one in docket)
    docket.insert(draw.randint(0, list(passed).index(True)), answer_)
    random = heard(docket, draw)

    known = agreed(live.ever.values())
    assert known == agreed(whole.ever.values()) == agreed(random.ever.values())


def test_nothing_is_settled_before_every_partition_has_passed() -> None:
    court = Court().hear(*burning(0, 3, series=CHAT), mark(10, 0, 2))
    waits = court.settled()

    court.hear(mark(2, 1, 2))

    assert waits == {}
    assert [one.state for one in court.settled().values()] == ["firing"]
    assert court.incident().state == "resolved"


def test_the_narrowest_settles_it_whoever_came_first() -> None:
    wide, narrow = burning(0, 30, series=CHAT), burning(0, 30, series=KEY)

    one = Court().hear(*wide, mark(40, 0, 2)).hear(*narrow, mark(40, 1, 2))
    other = Court().hear(*narrow, mark(40, 1, 2)).hear(*wide, mark(40, 0, 2))

    assert agreed(one.settled().values()) == agreed(other.settled().values())
    assert [incident.series for incident in one.settled().values()] == [KEY]
    assert one.incident(CHAT).merged_into == one.incident(KEY).id


@pytest.mark.parametrize("kept", [179, 180])
def test_what_is_over_is_kept_for_as_long_as_it_may_come_back(kept: int) -> None:
    court = Court().minutes(burning(0, 10), 11)

    court.hear(mark(11 + kept))

    assert bool(court.settled()) == (kept < 180)
    assert court.incident().state == "resolved"


def test_an_incident_can_be_looked_at_for_five_weeks() -> None:
    court = Court().minutes(burning(0, 10), 11)

    court.hear(mark(11 + 35 * 1440 - 1)).hear(mark(11 + 35 * 1440 - 1))
    there = len(court.incidents())
    court.hear(mark(11 + 35 * 1440))

    assert (there, len(court.incidents())) == (1, 0)


def test_two_days_of_one_overrun_are_one_incident() -> None:
    length = 2 * 1440
    said = burning(0, length, pace=DOLLAR)

    court = Court().hear(*said[:1000], mark(1000)).hear(*said[1000:], mark(length + 9))

    incident = court.incident()
    assert (incident.generation, incident.resolved_at) == (1, after(length + 1))
    assert incident.accrued_nano_usd == 3 * DOLLAR + (length - 1) * DOLLAR


def test_findings_wait_in_order_of_time_series_and_rule() -> None:
    one, other = found(0, series=STOREFRONT), found(0, series=CHAT)

    assert Court().hear(one, other).hear(mark(1)).settled() == (
        Court().hear(other).hear(one).hear(mark(1)).settled()
    )
