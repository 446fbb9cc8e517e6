"""Restating a log: it ends as if the corrected rulebook had held from the first, whatever kills it.

(DESIGN, sections 3 and 4: nothing is edited, and a restatement never looks like an anomaly.)
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.moments import EPOCH, micros, minute_of
from schemas.records import Allocation, Budget, Finding, Incident
from schemas.topics import widths
from streams.embedded import EmbeddedLog
from streams.log import Entry, Fenced, Log, Ownership, Positions, Sheaf
from streams.publishing import Publisher
from streams.restate import Report, Restate, Unable
from streams.rulebooks import Rulebooks
from tests.kafka import oracle
from tests.simulation.memory_log import MemoryLog
from tests.simulation.memory_store import Around
from tests.spendwatch.first_day_kit import Steps
from tests.streams.meter_kit import ACME, event
from tests.streams.test_restating import DEARER, MOVED
from tests.streams.test_settled_view import (
    CODEC,
    DAWN,
    LATENESS,
    MINUTE,
    WATCHED,
    Events,
    days,
    end_of,
    items,
    kept,
)

BESIDE = WATCHED.removeprefix(ACME)
HOUR = timedelta(hours=1)
UNDER = WATCHED.replace("{id: chat, level: application, under: search}",
                        "{id: chat, level: application, under: desk}")  # fmt: skip
CORRECTED = {"dearer": DEARER + BESIDE, "moved": MOVED + BESIDE, "under": UNDER}


class Site:
    """A log on which usage was metered and watched to its end."""

    def __init__(
        self, events: Events, log: Log, text: str = WATCHED, first: int | None = None
    ) -> None:
        """All of it has been walked, or so many of the events: their last minutes are open."""
        self.end = end_of(events).time
        self.now, self.log = now_of(events), log
        Rulebooks(self.log, CODEC).publish(text)
        self.publisher, self.rest = Publisher(self.log, CODEC, 5), items(events)
        self.publish(len(events) if first is None else first)

    def publish(self, count: int) -> None:
        """Publish so many more events, after the last of them the clock, and walk."""
        for item in self.rest[:count]:
            self.log.append(list(self.publisher.entries(item)))
        self.rest = self.rest[count:]
        if not self.rest and count:
            self.log.append(self.publisher.clocks(micros(self.end), False))
        self.walk()

    def end_day(self) -> None:
        """Walk to the end of the day that is open."""
        midnight = self.end.replace(hour=0, minute=0, second=0) + 24 * HOUR
        self.end = midnight + LATENESS + MINUTE
        self.log.append(self.publisher.clocks(micros(self.end), False))
        self.walk()

    def walk(self) -> None:
        """Run every step until there is nothing left to do."""
        steps = Steps(self.log, now=self.now)
        steps.turn()
        steps.leave()

    def correct(self, text: str) -> None:
        Rulebooks(self.log, CODEC).publish(text, EPOCH)

    def restate(self, log: Log | None = None, portion: int = 1000, write: bool = True) -> Report:
        books = Rulebooks(self.log, CODEC)()
        return Restate(log or self.log, CODEC, books, 0, portion=portion).run(write)

    @property
    def view(self) -> Mapping[str, Any]:
        """What it comes to: days, months, budgets; and what stands of every usage."""
        state = kept(self.log, "watch-state")
        return {
            "days": oracle.closed_days(state, minute_of(self.end - LATENESS)),
            "months": months(self.allocations),
            "budgets": {
                one.name: one.spent_nano_usd
                for one in kept(self.log, "allocation").values()
                if isinstance(one, Budget) and one.spent_nano_usd
            },
        }

    @property
    def at_once(self) -> Mapping[str, Any]:
        """The same without what months hold of pools, which is provisional in an open day."""
        return {**self.view, "months": months(map(without_shared, self.allocations))}

    @property
    def allocations(self) -> list[Allocation]:
        """What is shown last of each series."""
        shown = kept(self.log, "allocation").values()
        return [one for one in shown if isinstance(one, Allocation)]

    def findings(self, *phases: str) -> list[Finding]:
        held = (CODEC.decode(one.value or b"") for one in self.log.read("docket", 0))
        return [one for one in held if isinstance(one, Finding) and one.phase in phases]

    def incidents(self) -> dict[str, Incident]:
        held = kept(self.log, "incident")
        return {one.id: one for key, one in held.items() if key[0] == "incident"}


def places(log: Log) -> dict[str, set[int]]:
    """In which partitions each series is allocated."""
    found: dict[str, set[int]] = {}
    for partition in range(log.partitions("allocation")):
        for record in log.read("allocation", partition):
            found.setdefault((record.key or b"").decode(), set()).add(partition)
    return found


def now_of(events: Events) -> int:
    return micros(end_of(events).time + timedelta(days=1))


def in_file(
    events: Events, file: Path, wide: int = 1, text: str = WATCHED, first: int | None = None
) -> Site:
    """On an embedded log."""
    log = EmbeddedLog(file, widths(wide, wide), lambda: now_of(events))
    return Site(events, log, text, first)


def without_shared(shown: Allocation) -> Allocation:
    windows = (
        replace(one, cost_nano_usd=one.cost_nano_usd - one.shared_nano_usd, shared_nano_usd=0)
        for one in shown.windows
    )
    return replace(shown, windows=tuple(windows))


def months(shown: Iterable[Allocation]) -> dict[str, tuple[int, int, Mapping[str, int]]]:
    """What each series bears in its month; nothing is left out."""
    found = {
        one.series: (w.cost_nano_usd, w.charges, {k: v for k, v in w.quantities.items() if v})
        for one in shown
        for w in one.windows
        if w.window == "month"
    }
    return {name: held for name, held in found.items() if held != (0, 0, {})}


@settings(max_examples=10, phases=[Phase.generate],
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(events=days(), text=st.sampled_from(sorted(CORRECTED.values())), wide=st.integers(1, 3),
       part=st.sampled_from((1, 0.9, 0.5)))  # fmt: skip
def test_a_restated_log_comes_to_what_the_corrected_rulebook_would_have_said(
    events: list[dict[str, Any]],
    text: str,
    wide: int,
    part: float,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("restated")
    site = in_file(events, folder / "log.db", wide, first=int(part * len(events)))
    site.correct(text)
    site.restate(portion=3)
    site.publish(len(events))
    fresh = in_file(events, folder / "fresh.db", wide, text)
    assert site.at_once == fresh.at_once
    for one in (site, fresh):
        one.end_day()
    assert site.view == fresh.view
    assert {name for name, found in places(site.log).items() if len(found) > 1} == set()
    assert site.restate().total.charges == 0


def test_of_an_open_day_pools_follow_when_it_is_over(tmp_path: Path) -> None:
    today = DAWN + 24 * HOUR
    events = [
        event("a", today + HOUR / 2, application="rank", quantities={"output": 1}),
        event("b", today + HOUR, quantities={"output": 7}),
        event("c", today + 2 * HOUR, "gpu", resource="shared", quantities={"gpu_seconds": 3600}),
        event("last", today + 3 * HOUR, quantities={"output": 1}),
    ]
    site = in_file(events, tmp_path / "log.db")
    site.correct(CORRECTED["moved"])  # all that chat did is of triage, who is no member
    site.restate()
    site.walk()
    fresh = in_file(events, tmp_path / "fresh.db", text=CORRECTED["moved"])
    assert site.at_once == fresh.at_once
    assert "application:chat" in site.view["months"]
    for one in (site, fresh):
        one.end_day()
    assert site.view == fresh.view
    assert "application:chat" not in site.view["months"]
    assert site.view["months"]["application:rank"][0] == 2_900_000_000 + 15_000


def test_cost_that_leaves_a_pool_in_an_open_day_is_taken_back_from_who_bears_it(
    tmp_path: Path,
) -> None:
    today = DAWN + 24 * HOUR
    events = [
        event("a", today + HOUR / 2, quantities={"output": 7}),
        event("b", today + HOUR, "gpu", resource="shared", quantities={"gpu_seconds": 3600}),
        event("c", today + 2 * HOUR, application="rank", quantities={"output": 1}),
        event("last", today + 3 * HOUR, application="rank", quantities={"output": 1}),
    ]
    owned = WATCHED.replace("resource: shared}, driver", "resource: other}, driver")
    site = in_file(events, tmp_path / "log.db", first=2)
    site.publish(2)  # by now it is rank who did something lately
    [chat] = [one for one in site.allocations if one.series == "application:chat"]
    assert {one.shared_nano_usd for one in chat.windows if one.window == "month"} == {2_900_000_000}
    site.correct(owned)
    site.restate()
    site.walk()
    fresh = in_file(events, tmp_path / "fresh.db", text=owned)
    assert site.view == fresh.view


class Killed(Exception):
    """The process is gone."""


@dataclass
class Killer:
    """Kills at the point that comes after so many, and counts those that came."""

    after: int | None = None
    met: int = 0

    def at(self, _: str) -> None:
        self.met += 1
        if self.after is not None and self.met > self.after:
            raise Killed


SEVERAL = [
    event("a", DAWN + HOUR, quantities={"output": 10_000, "requests": 3}),
    event("b", DAWN + 2 * HOUR, "seat"),
    event("c", DAWN + 3 * HOUR, "call", quantities={"requests": 900}),
    event("d", DAWN + 4 * HOUR, "gpu", resource="shared", quantities={"gpu_seconds": 7000}),
    event("e", DAWN + 5 * HOUR, model="new-1"),
    event("f", DAWN + 6 * HOUR, "call", application="triage", quantities={"requests": 500}),
    event("last", DAWN + 27 * HOUR + HOUR / 2, quantities={"output": 1}),
]


@pytest.mark.parametrize("text", CORRECTED)
def test_killed_at_any_effect_and_run_again_it_comes_to_the_same(text: str) -> None:
    killer = Killer()
    around = Around(clock=lambda: now_of(SEVERAL), at=killer.at, wait=lambda _: None)
    before = Site(SEVERAL, MemoryLog(widths(2, 2), around))
    before.correct(CORRECTED[text])
    vars(before.log)["_groups"].clear()  # members of the walk are not part of what is kept
    vars(before.log)["memberships"].clear()
    whole, killer.met = deepcopy(before, {id(killer): killer}), 0
    moved = whole.restate(portion=2)
    effects, killer.met = killer.met, 0
    whole.walk()
    assert moved.total.charges > 2 < effects
    for effect in range(effects):
        site = deepcopy(before, {id(killer): killer})
        killer.met, killer.after = 0, effect
        with pytest.raises(Killed):
            site.restate(portion=2)
        killer.after = None
        site.restate(portion=2)
        site.walk()
        assert site.view == whole.view
        assert site.restate().total.charges == 0


@dataclass
class Beside:
    """A log on which somebody else does something just before each commit."""

    inner: Log
    other: Callable[[], object]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def own(self, step: str, partition: int) -> "Late":
        return Late(self.inner.own(step, partition), self.other)


@dataclass
class Late:
    """An owner who is late with each commit."""

    inner: Ownership
    other: Callable[[], object]

    def commit(self, entries: Sequence[Entry | Sheaf], positions: Positions) -> None:
        self.other()
        self.inner.commit(entries, positions)

    def close(self) -> None:
        self.inner.close()


def test_who_restates_a_partition_that_another_has_taken_over_is_fenced(tmp_path: Path) -> None:
    site = in_file(SEVERAL, tmp_path / "log.db")
    site.correct(CORRECTED["dearer"])

    log = Beside(site.log, site.restate)
    with pytest.raises(Fenced):
        site.restate(log)
    assert site.restate().total.charges == 0
    kinds = Counter(CODEC.decode(one.value or b"")["kind"] for one in site.log.read("charge", 0))
    assert kinds == {"usage": 7, "reversal": 3, "rerate": 3}


@pytest.mark.parametrize("text", CORRECTED)
def test_the_steps_may_hear_of_it_charge_by_charge_while_time_goes_on(
    text: str, tmp_path: Path
) -> None:
    site = in_file(SEVERAL, tmp_path / "log.db", 2, first=6)
    site.correct(CORRECTED[text])
    site.restate(Beside(site.log, lambda: site.publish(1)), portion=1)
    site.walk()
    fresh = in_file(SEVERAL, tmp_path / "fresh.db", 2, CORRECTED[text])
    assert site.view == fresh.view
    assert site.restate().total.charges == 0


def test_a_dry_run_says_what_would_move_and_writes_nothing(tmp_path: Path) -> None:
    site = in_file(SEVERAL, tmp_path / "log.db")
    site.correct(CORRECTED["dearer"])
    ends = {name: site.log.end(name, 0) for name in widths()}
    would = site.restate(write=False)
    assert {name: site.log.end(name, 0) for name in widths()} == ends
    assert site.restate() == would
    assert would.looked_at == len(SEVERAL)
    sums = {(c.owner, c.rate_id): tuple(s) for c, s in would.moves.items()}
    # 10,000 and 100 and 1 tokens at 15.000001 and 17.5 dollars a million; a seat at 31 and 29.99
    assert sums["chat", "card/house/undated"] == (2, 150_000_010 + 15_000, 175_000_000 + 17_500)
    assert sums["chat", "card/seats/undated"] == (1, 31 * 10**9, 29_990_000_000)


def test_where_no_charges_are_kept_nothing_can_be_restated(tmp_path: Path) -> None:
    site = in_file(SEVERAL, tmp_path / "log.db", text=WATCHED + "charges: tallies-only\n")
    site.correct(CORRECTED["dearer"])
    with pytest.raises(Unable, match="tallies-only"):
        Restate(site.log, CODEC, Rulebooks(site.log, CODEC)(), 0).run()


def burning(minutes: int = 90) -> list[dict[str, Any]]:
    """An application that reaches its limit of 50 cents an hour, stops, and stays under it."""
    dear = [
        event(f"dear-{at}", DAWN + timedelta(hours=2, minutes=at), quantities={"output": 2000})
        for at in range(minutes)
    ]
    cheap = [
        event(f"cheap-{at}", DAWN + timedelta(hours=9, minutes=7 * at), quantities={"output": 2500})
        for at in range(40)
    ]
    return [*dear, *cheap, SEVERAL[-1]]


def test_a_correction_stands_beside_what_an_incident_has_accrued_and_is_no_other_incident(
    tmp_path: Path,
) -> None:
    site = in_file(burning(), tmp_path / "log.db")
    before, found = site.incidents(), site.findings("breach", "early")
    site.correct(CORRECTED["dearer"].replace("output: 17.5", "output: 30"))
    site.restate(portion=7)
    site.walk()
    after = site.incidents()
    corrected = {key: one for key, one in after.items() if one.restated_nano_usd}
    assert [one.series for one in corrected.values()] == ["application:chat"]
    for key, one in after.items():
        if one.cause != "budget":
            old = before[key]
            told = replace(one, restated_nano_usd=0, revision=old.revision)
            assert told == replace(old, revision=old.revision)
    assert [one for one in site.findings("breach", "early") if one.cause != "budget"] == [
        one for one in found if one.cause != "budget"
    ]
    [said] = {(one.series, one.opened_at) for one in site.findings("corrected")}
    assert said[0] == "application:chat"
    [one] = corrected.values()
    [episode] = [b for k, b in kept(site.log, "watch-state").items() if k[0] == "burnt"]
    inside = [
        at for at in range(90) if episode.started <= minute_of(DAWN) + 120 + at < episode.until
    ]
    assert one.restated_nano_usd == len(inside) * (2000 * 30_000 - 2000 * 15_000 - 2)


def test_a_mark_that_a_restatement_reaches_is_told_once_and_counts_in_its_own_month(
    tmp_path: Path,
) -> None:
    events, dearer = burning()[:20] + SEVERAL[-1:], DEARER.replace("output: 17.5", "output: 30")
    site = in_file(events, tmp_path / "log.db")
    before = [one.rule for one in site.findings("breach") if one.cause == "budget"]
    assert before == ["retail/1/2026-11/10", "retail/1/2026-11/50"]
    site.correct(dearer + BESIDE)
    for _ in range(2):
        site.restate(portion=7)
        site.walk()
    after = [one.rule for one in site.findings("breach") if one.cause == "budget"]
    assert after == [*before, "retail/1/2026-11/100"]
    assert site.view == in_file(events, tmp_path / "fresh.db", text=dearer + BESIDE).view
