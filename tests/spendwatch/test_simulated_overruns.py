"""Overruns stand where the demo and the fortnight want them and show what they are."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from spendwatch.simulated import Kind, Overrun, demo_overruns, fortnight_overruns, simulate
from spendwatch.simulated.organisation import APPROVED, CALLERS, TREE

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SERVICE = {
    application: service
    for services in TREE.values()
    for service, applications in services.items()
    for application in applications
}


def demo(kind: Kind) -> Overrun:
    """The demo's overrun of that kind."""
    return next(one for one in demo_overruns(START) if one.kind is kind)


def during(overrun: Overrun, *hurting: Overrun) -> list[Mapping[str, Any]]:
    """The owner's events in the time of an overrun."""
    events = simulate(7, overrun.start, overrun.end, hurting)
    return [event for event in events if event["data"]["application"] == overrun.owner]


def test_the_demo_has_its_four_kinds_on_four_services() -> None:
    found = demo_overruns(START)
    assert [one.kind for one in found] == [
        Kind.RUNAWAY_LOOP, Kind.SILENT_FEED, Kind.UNAPPROVED_MODEL, Kind.PILOT,
    ]  # fmt: skip
    assert len({SERVICE[one.owner] for one in found}) == 4


def test_the_demo_begins_at_once_and_leaves_time_to_calm_down() -> None:
    found = demo_overruns(START)
    assert START + 2 * MINUTE <= found[0].start <= START + 4 * MINUTE
    assert all(one.start < START + 45 * MINUTE for one in found)
    assert all(one.end <= START + 55 * MINUTE for one in found)


def test_the_fortnight_has_every_kind_within_it() -> None:
    found = fortnight_overruns(MONDAY)
    assert {one.kind for one in found} == set(Kind)
    assert all(MONDAY < one.start < one.end <= MONDAY + timedelta(days=14) for one in found)
    assert len({SERVICE[one.owner] for one in found}) >= 4


def test_a_runaway_loop_is_the_work_of_one_key() -> None:
    loop = demo(Kind.RUNAWAY_LOOP)
    usual = {event["id"] for event in during(loop)}
    extra = [event for event in during(loop, loop) if event["id"] not in usual]
    assert len(extra) > 100
    assert {event["data"]["principal"] for event in extra} == {loop.names["principal"]}
    assert {event["data"]["model"] for event in extra} == {loop.victim.model}


def test_a_pilot_grows_team_by_team_until_it_is_stopped() -> None:
    pilot = demo(Kind.PILOT)
    usual = {event["id"] for event in during(pilot)}
    extra = [event for event in during(pilot, pilot) if event["id"] not in usual]
    keys = [event["data"]["principal"] for event in extra]
    assert len(set(keys)) == 5
    calls = [0] * 5
    for event in extra:
        part = (datetime.fromisoformat(event["time"]) - pilot.start) / (pilot.end - pilot.start)
        calls[int(5 * part)] += event["data"]["quantities"]["requests"]
    assert all(one < next_one for one, next_one in pairwise(calls[:4]))
    assert calls[3] > 5 * calls[0]


def test_an_unapproved_model_appears_in_production_alone() -> None:
    bad = demo(Kind.UNAPPROVED_MODEL)
    models = {(e["data"].get("model"), e["data"]["environment"]) for e in during(bad, bad)}
    assert {(bad.names["model"], "production")} == {
        one for one in models if one[0] == "claude-opus-4-1"
    }
    assert bad.names["model"] not in APPROVED
    assert all(event["data"].get("model", "") in (*APPROVED, "") for event in during(bad))


def test_a_silent_feed_says_nothing_and_then_returns() -> None:
    mute = demo(Kind.SILENT_FEED)
    events = simulate(7, mute.start - 5 * MINUTE, mute.end + 5 * MINUTE, [mute])
    heard = [
        datetime.fromisoformat(e["time"]) for e in events if e["source"] == mute.names["source"]
    ]
    assert min(heard) < mute.start
    assert max(heard) >= mute.end
    assert not [time for time in heard if mute.start <= time < mute.end]
    assert timedelta(minutes=15) <= mute.end - mute.start <= timedelta(minutes=20)


def test_creep_lengthens_prompts_and_nothing_else() -> None:
    creep = next(one for one in fortnight_overruns(MONDAY) if one.kind is Kind.CREEP)
    last = creep.end - timedelta(hours=12)
    usual, grown = (list(simulate(7, last, creep.end, hurting)) for hurting in ([], [creep]))
    assert [event["id"] for event in usual] == [event["id"] for event in grown]
    pairs = [(a, b) for a, b in zip(usual, grown, strict=True) if a != b]
    assert {a["data"]["application"] for a, _ in pairs} == {creep.owner}
    for before, after in pairs:
        assert {**before["data"], "quantities": 0} == {**after["data"], "quantities": 0}
        assert answer(before) == answer(after)
    ratio = sum(prompt(b) for _, b in pairs) / sum(prompt(a) for a, _ in pairs)
    assert 1.1**8.5 * 0.98 < ratio < 1.1**9


def prompt(event: Mapping[str, Any]) -> int:
    """Tokens of the prompt."""
    of = event["data"]["quantities"]
    return sum(of.get(name, 0) for name in ("input_uncached", "cache_read", "cache_write_5m"))


def answer(event: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens of the answer, and calls."""
    of = event["data"]["quantities"]
    return of.get("output", 0), of["requests"]


def test_an_incident_must_name_the_owner_of_the_caller() -> None:
    for overrun in fortnight_overruns(MONDAY):
        assert overrun.names["application"] == overrun.owner == CALLERS[overrun.caller].application
