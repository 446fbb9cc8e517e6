"""Split: each increment at once, each day exactly, nothing lost and nothing made."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import Codec
from schemas.integers import packed
from schemas.keys import partition_of
from schemas.kinds import Kind
from schemas.moments import micros, minute_of
from schemas.records import Tally
from streams.log import Record
from streams.steps import tallying
from streams.steps.rolling import KEPT_DAYS as KEPT
from streams.steps.step import Site, StepError
from streams.walk import Passing
from tests.streams.meter_kit import ACME, NOON, as_json, books, clock, event, records
from tests.streams.split_kit import FINAL, SPENT, Splitter

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DAWN = NOON.replace(hour=0)
TODAY = minute_of(DAWN) // 1440

ONE_POOL = ACME.replace(
    "  - {id: gateway, when: {type: call}, driver: calls, members: [search, triage]}\n", ""
)


def with_driver(driver: str, members: str = "[retail]") -> str:
    return ONE_POOL.replace(
        "driver: tokens, members: [retail]", f"driver: {driver}, members: {members}"
    )


def pool_cost(name: str, at: Any, seconds: int = 3600) -> bytes:
    """Usage of the pool: 2.90 dollars an hour."""
    data: dict[str, Any] = {"resource": "shared", "duration_s": 0}
    return as_json(event(name, at, "gpu", quantities={"gpu_seconds": seconds}, **data))


def work(name: str, at: Any, application: str, tokens: int, calls: int = 1) -> bytes:
    """What a member does; it costs something itself."""
    quantities = {"output": tokens, "requests": calls}
    return as_json(event(name, at, application=application, quantities=quantities))


def sent(splitter: Splitter, *messages: bytes, at: Any = None) -> Splitter:
    first = splitter.meter.progress.next if splitter.meter.progress else 0
    return splitter.feed(records(messages, at or NOON + 48 * HOUR, first))


def test_an_increment_is_divided_at_once_by_what_was_done_in_the_last_closed_minute() -> None:
    splitter = Splitter(books(ONE_POOL))
    sent(splitter, work("a", NOON, "chat", 100), work("b", NOON, "rank", 300), at=NOON)
    splitter.clock(NOON + MINUTE + 5 * SECOND)
    sent(splitter, work("c", NOON + 2 * MINUTE, "chat", 9000), at=NOON + 2 * MINUTE)
    sent(splitter, pool_cost("g", NOON + 2 * MINUTE), at=NOON + 2 * MINUTE)
    assert splitter.borne([int(Kind.USAGE)]) == {"chat": 725_000_000, "rank": 2_175_000_000}
    assert splitter.borne([FINAL, int(Kind.TRUEUP)]) == {}


def test_what_is_kept_of_a_day_names_members_in_their_order_whatever_the_hash_seed() -> None:
    splitter = Splitter(books(ONE_POOL.replace("members: [retail]", "members: [retail, ops]")))
    for hour in range(3):
        at = NOON + hour * HOUR
        names = ("triage", "rank", "chat")
        sent(splitter, *(work(f"{name}{hour}", at, name, 100) for name in names), at=at)
        splitter.clock(at + MINUTE + 5 * SECOND)
        sent(splitter, pool_cost(f"g{hour}", at + 2 * MINUTE), at=at + 2 * MINUTE)
    [day] = splitter.states[0].below(("day", "cluster")).values()
    assert [name.split("/")[1] for name in day.split] == ["chat", "rank", "triage"]


def test_an_increment_is_divided_by_the_minute_that_closes_in_the_same_batch() -> None:
    splitter = Splitter(books(ONE_POOL))
    sent(splitter, work("a", NOON, "chat", 100), pool_cost("g", NOON + 2 * MINUTE))
    assert splitter.borne([int(Kind.USAGE)]) == {"chat": 2_900_000_000}


def test_the_end_of_a_day_splits_its_cost_by_the_whole_day_and_corrects() -> None:
    splitter = Splitter(books(ONE_POOL))
    sent(splitter, work("a", NOON, "chat", 100), at=NOON)
    splitter.clock(NOON + 2 * MINUTE)
    sent(splitter, pool_cost("g", NOON + 3 * MINUTE), at=NOON + 3 * MINUTE)
    sent(splitter, work("b", NOON + HOUR, "rank", 300), at=NOON + HOUR)
    assert splitter.borne() == {"chat": 2_900_000_000}
    splitter.clock(DAWN + 24 * HOUR + 4 * SECOND)
    assert splitter.borne([FINAL]) == {}
    splitter.clock(DAWN + 24 * HOUR + 5 * SECOND)
    shares = {"chat": 725_000_000, "rank": 2_175_000_000}
    assert splitter.borne([FINAL]) == shares == splitter.borne()
    assert splitter.borne([int(Kind.TRUEUP)]) == {"chat": -2_175_000_000, "rank": 2_175_000_000}
    minutes = {m for t in splitter.tallies for _, m, k in tallying.rows(t, "minute", "kind")
               if k in (FINAL, int(Kind.TRUEUP))}  # fmt: skip
    assert minutes == {minute_of(DAWN) + 1439}


def test_cost_that_comes_late_for_a_closed_day_is_divided_as_that_day_was() -> None:
    splitter = Splitter(books(ONE_POOL))
    sent(splitter, work("a", NOON, "chat", 100), work("b", NOON, "rank", 300))
    sent(splitter, pool_cost("f", NOON))
    splitter.clock(DAWN + 25 * HOUR)
    sent(splitter, work("c", DAWN + 25 * HOUR, "rank", 7), at=DAWN + 25 * HOUR)
    splitter.clock(DAWN + 26 * HOUR)
    before = len(splitter.tallies)
    sent(splitter, pool_cost("g", NOON + MINUTE), at=DAWN + 26 * HOUR)
    rows = [row for one in splitter.tallies[before:] for row in tallying.rows(one, "kind")]
    assert {kind for _, kind in rows} == {int(Kind.LATE), FINAL}
    shares = {"chat": 1_450_000_000, "rank": 4_350_000_000}
    assert splitter.borne() == shares == splitter.borne([FINAL])


def test_the_first_cost_of_a_day_that_is_over_is_split_for_good_at_once() -> None:
    splitter = Splitter(books(ONE_POOL))
    sent(splitter, work("a", NOON, "chat", 100), work("b", NOON, "rank", 300))
    splitter.clock(DAWN + 26 * HOUR)
    sent(splitter, pool_cost("g", NOON + MINUTE), at=DAWN + 26 * HOUR)
    shares = {"chat": 725_000_000, "rank": 2_175_000_000}
    assert splitter.borne() == shares == splitter.borne([FINAL])


def test_without_driver_quantity_the_cost_is_a_line_of_its_own() -> None:
    splitter = Splitter(books(ONE_POOL))
    sent(splitter, pool_cost("g", NOON))
    splitter.clock(DAWN + 25 * HOUR)
    assert splitter.borne() == {"unallocated cluster": 2_900_000_000} == splitter.borne([FINAL])
    names = {name for one in splitter.tallies for name in one.names}
    assert names == {"unallocated:cluster"}


def test_what_was_unallocated_is_given_to_who_did_something_by_the_end_of_the_day() -> None:
    splitter = Splitter(books(ONE_POOL))
    sent(splitter, pool_cost("g", NOON))
    sent(splitter, work("a", NOON + HOUR, "chat", 1))
    splitter.clock(DAWN + 25 * HOUR)
    assert splitter.borne() == {"chat": 2_900_000_000} == splitter.borne([FINAL])


@pytest.mark.parametrize(
    ("driver", "members", "shares"),
    [
        ("even", "[retail, triage]",
         {"chat": 966_666_668, "rank": 966_666_666, "triage": 966_666_666}),
        ("fixed, percent: {chat: 90, triage: 10}", "[chat, triage]",
         {"chat": 2_610_000_000, "triage": 290_000_000}),
        ("calls", "[retail]", {"chat": 2_320_000_000, "rank": 580_000_000}),
        ("tokens", "[ops, retail]", {"chat": 2_175_000_000, "rank": 725_000_000}),
        ("tokens", "[triage]", {"unallocated cluster": 2_900_000_000}),
        ("seats", "[retail]", {"unallocated cluster": 2_900_000_000}),
    ],
)  # fmt: skip
def test_each_driver_divides_in_its_way(driver: str, members: str, shares: dict[str, int]) -> None:
    splitter = Splitter(books(with_driver(driver, members)))
    sent(splitter, work("a", NOON, "chat", 300, 4), work("b", NOON, "rank", 100, 1))
    sent(splitter, work("u", NOON, "stranger", 10**6, 99), pool_cost("g", NOON + MINUTE))
    splitter.clock(DAWN + 25 * HOUR)
    assert splitter.borne([FINAL]) == shares == splitter.borne()


def test_the_final_split_is_by_the_rulebook_at_the_end_of_the_day() -> None:
    held = books(ONE_POOL, with_driver("calls"), starts=[NOON + HOUR])
    splitter = Splitter(held)
    sent(splitter, work("a", NOON, "chat", 900, 1), work("b", NOON, "rank", 100, 3), at=NOON)
    splitter.clock(NOON + 2 * MINUTE)
    sent(splitter, pool_cost("g", NOON + 3 * MINUTE), at=NOON + 3 * MINUTE)
    assert splitter.borne() == {"chat": 2_610_000_000, "rank": 290_000_000}
    sent(splitter, pool_cost("h", NOON + 2 * HOUR), at=NOON + 2 * HOUR)
    assert splitter.borne() == {"chat": 3_335_000_000, "rank": 2_465_000_000}
    splitter.clock(DAWN + 25 * HOUR)
    assert splitter.borne() == {"chat": 1_450_000_000, "rank": 4_350_000_000}


def test_the_last_day_of_a_pool_that_the_rulebook_drops_is_split_for_good() -> None:
    dropped = ONE_POOL.replace(
        "  - {id: cluster, when: {type: gpu, resource: shared}, driver: tokens, members: [retail]}\n",  # noqa: E501
        "",
    ).replace("pools:\n", "")
    splitter = Splitter(books(ONE_POOL, dropped, starts=[DAWN + 24 * HOUR]))
    sent(splitter, work("a", NOON, "chat", 100), work("b", NOON, "rank", 300), at=NOON)
    sent(splitter, pool_cost("g", NOON), at=NOON)
    splitter.clock(DAWN + 25 * HOUR)
    shares = {"chat": 725_000_000, "rank": 2_175_000_000}
    assert splitter.borne([FINAL]) == shares == splitter.borne()
    said = len(splitter.tallies)
    splitter.clock(DAWN + 26 * HOUR)
    assert len(splitter.tallies) == said


def test_minutes_that_divide_nothing_are_not_kept() -> None:
    splitter = Splitter(books(with_driver("seats")))
    for minute in range(90):
        at = NOON + minute * MINUTE
        sent(splitter, work(f"e{minute}", at, "chat", 5), at=at)
    assert len(splitter.kept("drivers", "cluster", "minute")) <= 2
    with_tokens = Splitter(books(ONE_POOL))
    for minute in range(90):
        at = NOON + minute * MINUTE
        sent(with_tokens, work(f"e{minute}", at, "chat", 5), at=at)
    assert len(with_tokens.kept("drivers", "cluster", "minute")) <= 3


def test_days_are_kept_for_late_cost_and_then_let_go() -> None:
    splitter = Splitter(books(ONE_POOL))
    for day in range(KEPT + 5):
        at = NOON + day * 24 * HOUR
        sent(splitter, work(f"w{day}", at, "chat", 5), pool_cost(f"g{day}", at), at=at)
    last = TODAY + KEPT + 4
    assert splitter.kept("day", "cluster") == list(range(last - KEPT, last + 1))
    assert splitter.kept("drivers", "cluster", "day") == list(range(last - KEPT, last + 1))


def test_seats_of_days_long_past_are_divided_too_and_nothing_is_lost() -> None:
    text = with_driver("even").replace("{type: gpu, resource: shared}", "{type: seat}")
    splitter = Splitter(books(text))
    splitter.clock(DAWN)
    period = {"period_start": "2026-10-20T00:00:00Z", "period_end": "2026-11-10T00:00:00Z"}
    sent(splitter, as_json(event("s", NOON, "seat", **period)), at=NOON)
    splitter.clock(DAWN + 10 * 24 * HOUR)
    assert sum(splitter.borne().values()) == 31 * 10**9 == sum(splitter.borne([FINAL]).values())
    chat, rank = splitter.borne().values()
    assert abs(chat - rank) < 21 * 24 * 2


@dataclass(frozen=True, slots=True)
class Move:
    """One message: pool cost or work, so many minutes after midnight."""

    minute: int
    who: str
    amount: int


moves = st.lists(
    st.builds(
        Move,
        st.integers(0, 2 * 1440 - 1),
        st.sampled_from(["pool", "chat", "rank", "triage"]),
        st.integers(1, 10**6),
    ),
    max_size=14,
)
drivers = st.sampled_from(["tokens", "calls", "even", "gpu_hours"])


def messages(held: Sequence[Move]) -> list[bytes]:
    """In the order of time, with the clock of each minute before it."""
    found = []
    for number, move in enumerate(sorted(held, key=lambda one: one.minute)):
        at = DAWN + move.minute * MINUTE
        found.append(clock(at))
        if move.who == "pool":
            found.append(pool_cost(f"e{number}", at, move.amount))
        else:
            found.append(work(f"e{number}", at, move.who, move.amount, move.amount % 7 + 1))
    return found


def batches(held: list[bytes], cuts: set[int]) -> list[list[Record]]:
    edges = sorted({0, len(held), *(at for at in cuts if at < len(held))})
    taken = records(held, DAWN + 48 * HOUR)
    return [taken[a:b] for a, b in pairwise(edges) if a < b]


def by_hand(held: Sequence[Move], driver: str, day: int) -> dict[str, int]:
    """The final split of a day: by what was done that day, the remainder to the largest."""
    found = [one for one in held if one.minute // 1440 == day]
    cost = sum(round(one.amount * 290 * 10**7 / 3600) for one in found if one.who == "pool")
    done: Counter[str] = Counter()
    for one in found:
        if one.who in ("chat", "rank"):
            done[one.who] += {"tokens": one.amount, "calls": one.amount % 7 + 1}.get(driver, 0)
    if driver == "even":
        done = Counter({"chat": 1, "rank": 1})
    total = sum(done.values())
    if not total:
        return {"unallocated cluster": cost} if cost else {}
    parts = {name: cost * weight // total for name, weight in sorted(done.items())}
    largest = max(sorted(parts), key=lambda name: done[name])
    parts[largest] += cost - sum(parts.values())
    return {name: part for name, part in parts.items() if part}


@given(held=moves, driver=drivers, cuts=st.sets(st.integers(0, 30), max_size=6))
@settings(max_examples=60)
def test_provisional_and_correction_are_the_final_split_whatever_came_before(
    held: list[Move], driver: str, cuts: set[int]
) -> None:
    splitter = Splitter(books(with_driver(driver)), restores=True)
    splitter.feed(*batches(messages(held), cuts)).clock(DAWN + 49 * HOUR)
    for day in (0, 1):
        wanted = by_hand(held, driver, day)
        assert splitter.borne([FINAL], day=TODAY + day) == wanted
        assert splitter.borne(SPENT, day=TODAY + day) == wanted
    moved = splitter.borne([int(Kind.TRUEUP)])
    assert sum(moved.values()) == 0
    for level in ("service", "business_unit"):
        assert sum(splitter.borne(SPENT, level).values()) == sum(splitter.borne().values())
    assert sum(splitter.borne().values()) == splitter.meter.of("pool:cluster")


@given(held=moves, cuts=st.sets(st.integers(0, 30), max_size=6), wide=st.integers(1, 4))
@settings(max_examples=40)
def test_pool_tallies_tile_and_each_series_is_told_to_its_own_partition(
    held: list[Move], cuts: set[int], wide: int
) -> None:
    splitter = Splitter(books(ACME), wide).feed(*batches(messages(held), cuts))
    splitter.clock(DAWN + 49 * HOUR)
    book = splitter.books.versions[0]
    for partition, said in enumerate(splitter.said):
        due: dict[str, int] = {}
        for tally in said:
            assert tally.first == due.get(tally.source, 0) and tally.parts == 1
            due[tally.source] = tally.next
            for name in tally.names:
                assert partition_of(book.root(name).encode(), wide) == partition
        assert set(due) == {"pool/cluster", "pool/gateway"}
    assert sum(splitter.borne([FINAL]).values()) == sum(splitter.borne().values())


def test_a_tally_that_was_taken_already_is_passed_over_and_one_that_lacks_stops_the_step() -> None:
    splitter = Splitter(books(ONE_POOL))
    sent(splitter, pool_cost("g", NOON), at=NOON)
    sent(splitter, work("a", NOON, "chat", 5), at=NOON)
    first, second = splitter.meter.tallies[0]
    said = list(splitter.tallies)
    site = Site(codec=Passing())
    hear(splitter, site, first, second)
    assert splitter.tallies == said
    later = Tally(source="usage/0", first=second.next + 1, next=second.next + 2)
    with pytest.raises(StepError, match="usage/0: 2 part 0 is due, but the tally begins at 3"):
        hear(splitter, site, later)


def hear(splitter: Splitter, site: Site, *tallies: Tally) -> None:
    held = [Record("tally", 0, 0, None, one, 0) for one in tallies]  # type: ignore[arg-type]
    splitter.hear(0, held, site)


def test_no_day_closes_before_every_partition_of_usage_has_passed_it() -> None:
    splitter = Splitter(books(with_driver("even")))
    site = Site(codec=Passing())
    end = micros(DAWN + 24 * HOUR)
    cost: Mapping[str, Any] = {
        "series": "pool:cluster", "at": packed([0]), "minute": packed([minute_of(NOON)]),
        "kind": packed([0]), "cost": packed([10]), "charges": packed([1]),
        "unpriced": packed([0]), "unowned": packed([0]),
    }  # fmt: skip
    hear(splitter, site, Tally(source="usage/0", first=0, next=1, sources=2, watermark=end, **cost))
    assert splitter.borne() == {"chat": 5, "rank": 5} and splitter.borne([FINAL]) == {}
    hear(splitter, site, Tally(source="usage/1", first=0, next=1, sources=2, watermark=end - 1))
    assert splitter.borne([FINAL]) == {}
    hear(splitter, site, Tally(source="usage/1", first=1, next=2, sources=2, watermark=end))
    assert splitter.borne([FINAL]) == {"chat": 5, "rank": 5}


def test_the_tallies_of_a_wide_pool_come_in_parts_that_a_log_takes() -> None:
    names = [f"app{number}" for number in range(400)]
    placed = "".join(f"  - {{id: {name}, level: application, under: search}}\n" for name in names)
    text = with_driver("even").replace("rules:\n", placed + "rules:\n", 1)
    splitter = Splitter(books(text))
    sent(splitter, *(pool_cost(f"g{n}", NOON + n * MINUTE) for n in range(20)))
    largest = max(len(Codec().encode(tally)) for tally in splitter.tallies)
    assert largest < 512 * 1024
    cut = [tally for tally in splitter.tallies if tally.parts > 1]
    assert len(cut) > 2 and [one.part for one in cut] == list(range(len(cut)))
    assert {(one.first, one.next) for one in cut} == {(cut[0].first, cut[0].next)}
    assert sum(splitter.borne().values()) == splitter.meter.cost
    assert len({name for one in cut for name in one.names}) == 402 + 2


def test_a_member_may_be_an_owner_of_any_level_and_counts_once() -> None:
    book = books(with_driver("even", "[retail, search, chat]"))
    [pool] = book.versions[0].rulebook.pools
    assert book.versions[0].members(pool, DAWN.date()) == ("chat", "rank")
