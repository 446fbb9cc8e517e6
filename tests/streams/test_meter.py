"""The meter: every message is charged once, dropped, refused or sent on, and all sums agree."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import Codec
from schemas.keys import partition_of
from schemas.records import Tally
from streams import pipeline
from streams.steps.identities import MeterState
from streams.steps.step import Output, Site
from tests.streams.meter_cases import CONFLUENT, Case, cases
from tests.streams.meter_kit import BOOKS, PLACES, Meter, dollars, entries, records

ALONE = Site(usages=1, tallies=3, codec=CONFLUENT)
ONE_OF_THREE = Site(usages=3, tallies=2, codec=CONFLUENT)
sites = st.sampled_from([ALONE, ONE_OF_THREE])
cuts = st.lists(st.integers(0, 100), max_size=6)


@given(case=cases(), at=cuts, site=sites)
@settings(max_examples=60)
def test_every_message_is_charged_or_dropped_or_refused_or_sent_on(
    case: Case, at: list[int], site: Site
) -> None:
    meter = Meter(site=site).feed(*case.cut(at))
    done = len(meter.charges) + meter.counts["duplicates"] + len(meter.rejected)
    assert done + len(meter.sent_on) + case.clocks == len(case.records)
    assert meter.counts["charges"] == len(meter.charges)
    assert meter.counts["misplaced"] == len(meter.sent_on)
    assert sum(meter.counts[f"rejected_{why}"] for why in set(meter.reasons)) == len(meter.rejected)
    assert meter.counts["nano_usd"] == meter.cost


@given(case=cases(), at=cuts)
@settings(max_examples=60)
def test_nothing_but_poison_and_what_is_too_late_is_refused(case: Case, at: list[int]) -> None:
    meter = Meter(site=ALONE).feed(*case.cut(at))
    assert len(meter.rejected) - meter.reasons.count("too_late") == case.poison


def charged(meter: Meter, case: Case) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each charge with the usage that it is of."""
    return [(one, case.events[f"{one['source']}|{one['id']}".encode()]) for one in meter.charges]


def expected_owner(one: Mapping[str, Any]) -> tuple[str, str, str]:
    """Business unit, service and owner, by hand."""
    kind, data = one["type"].split(".")[2], one["data"]
    pool = {
        "gpu": "pool/cluster" if data.get("resource") == "shared" else "",
        "call": "pool/gateway",
    }
    if pool.get(kind):
        return (pool[kind],) * 3
    owner = data["application"]
    return (*PLACES[owner], owner) if owner in PLACES else ("unowned",) * 3


@given(case=cases(), at=cuts)
@settings(max_examples=60)
def test_each_charge_is_what_the_card_says_and_whose_the_rules_say(
    case: Case, at: list[int]
) -> None:
    meter = Meter(site=ALONE).feed(*case.cut(at))
    for charge, one in charged(meter, case):
        assert charge["cost_nano_usd"] == dollars(one)
        owner = (charge["business_unit"], charge["service"], charge["owner"])
        assert owner == expected_owner(one)
        held = {name: amount for name, amount in charge["quantities"].items() if amount}
        assert held == {name: n for name, n in one["data"]["quantities"].items() if n}


@given(case=cases(), at=cuts)
@settings(max_examples=60)
def test_each_level_of_the_tree_sums_to_the_charges(case: Case, at: list[int]) -> None:
    meter = Meter(site=ALONE).feed(*case.cut(at))
    pairs = charged(meter, case)
    for level, index in (("business_unit", 0), ("service", 1), ("application", 2)):
        wanted: Counter[str] = Counter()
        for _, one in pairs:
            owner = expected_owner(one)[index]
            name = f"pool:{owner[5:]}" if owner.startswith("pool/") else f"{level}:{owner}"
            wanted[name] += dollars(one)
        found: Counter[str] = Counter()
        for (name, _, _), held in meter.sums.items():
            if name.partition(":")[0] in (level, "pool"):
                found[name] += held["cost"]
        assert +found == +wanted
    assert meter.of("organisation:acme") == sum(dollars(one) for _, one in pairs)
    assert meter.of("organisation:acme", "charges") == len(pairs)
    for name in ("output", "gpu_seconds", "seats", "requests", "uses"):
        wanted_amount = sum(one["data"]["quantities"].get(name, 0) for _, one in pairs)
        assert meter.of("organisation:acme", name) == wanted_amount


@given(case=cases(), at=cuts)
@settings(max_examples=60)
def test_a_declared_cut_has_a_series_for_each_of_its_values(case: Case, at: list[int]) -> None:
    meter = Meter(site=ALONE).feed(*case.cut(at))
    wanted: Counter[str] = Counter()
    for _, one in charged(meter, case):
        principal = one["data"].get("principal")
        if one["type"] == "ai.usage.llm.v1" and principal:
            escaped = principal.replace("%", "%25").replace(" ", "%20").replace("|", "%7C")
            wanted[f"keys:{one['data']['application']}|{escaped}"] += 1
    found: Counter[str] = Counter()
    for (name, _, _), held in meter.sums.items():
        if name.startswith("keys:"):
            found[name] += held["charges"]
    assert found == wanted


@given(case=cases(), at=cuts, site=sites)
@settings(max_examples=60)
def test_where_batches_end_changes_nothing_not_even_after_a_restore_from_what_was_written(
    case: Case, at: list[int], site: Site
) -> None:
    whole = Meter(site=site).feed(case.records)
    parts = Meter(site=site, restores=True).feed(*case.cut(at))
    assert parts.charges == whole.charges
    assert parts.sums == whole.sums
    assert parts.rejected == whole.rejected
    assert parts.sent_on == whole.sent_on
    assert parts.progress == whole.progress
    assert parts.counts == whole.counts
    one_by_one = Meter(site=site).feed(*([record] for record in case.records))
    assert one_by_one.charges == whole.charges and one_by_one.sums == whole.sums


@given(case=cases(), at=cuts, again=cuts)
@settings(max_examples=40)
def test_what_comes_again_is_never_charged_again(
    case: Case, at: list[int], again: list[int]
) -> None:
    meter = Meter(site=ALONE, restores=True).feed(*case.cut(at))
    before = list(meter.charges)
    meter.feed(*case.cut(again))
    identities = Counter((charge["source"], charge["id"]) for charge in meter.charges)
    assert set(identities.values()) <= {1}
    assert meter.charges[: len(before)] == before


@given(case=cases(), at=cuts)
@settings(max_examples=40)
def test_a_step_changes_nothing_that_it_was_given_and_says_the_same_again(
    case: Case, at: list[int]
) -> None:
    meter = Meter(site=ALONE)
    for batch in case.cut(at):
        before, known = entries(meter.state), len(meter.state.known)
        first = pipeline.meter(meter.state, batch, BOOKS, ALONE)
        assert entries(meter.state) == before and len(meter.state.known) == known
        assert pipeline.meter(meter.state, batch, BOOKS, ALONE) == first
        fresh = MeterState(before.items())
        assert pipeline.meter(fresh, batch, BOOKS, ALONE) == first
        meter.hear(first)


@given(case=cases(), at=cuts, idles=st.sets(st.integers(0, 7)))
@settings(max_examples=60)
def test_tallies_tile_the_log_in_every_partition(
    case: Case, at: list[int], idles: set[int]
) -> None:
    meter, now = Meter(site=ALONE), case.records[-1].received
    for number, batch in enumerate(case.cut(at)):
        meter.feed(batch)
        if number in idles:
            meter.hear(pipeline.idle(meter.state, now + number * 10**8, BOOKS, ALONE))
    for held in meter.tallies:
        assert tiles(held) == (0, len(case.records))
        marks = [tally.watermark for tally in held]
        assert marks == sorted(marks)
    starts = [
        [(tally.first, tally.next) for tally in held if not tally.part] for held in meter.tallies
    ]
    assert starts[0] == starts[1] == starts[2]


def tiles(held: list[Tally]) -> tuple[int, int]:
    """Where the ranges begin and end, if each part follows the one before."""
    first, part, expected = held[0].first, 0, held[0].first
    for tally in held:
        assert (tally.first, tally.part) == (expected, part)
        assert 0 <= tally.part < tally.parts and tally.next >= tally.first
        last = tally.part == tally.parts - 1
        expected, part = (tally.next, 0) if last else (tally.first, tally.part + 1)
    assert part == 0
    return first, expected


@given(case=cases())
@settings(max_examples=40)
def test_a_series_has_one_partition_and_all_of_a_root_have_the_same(case: Case) -> None:
    meter = Meter(site=ALONE).feed(case.records)
    for partition, held in enumerate(meter.tallies):
        for tally in held:
            for name in tally.names:
                assert partition_of(BOOKS.versions[0].root(name).encode(), 3) == partition
    tree = ("business_unit:retail", "service:search", "application:chat")
    assert {BOOKS.versions[0].root(name) for name in tree} == {"retail"}


@given(case=cases())
@settings(max_examples=30)
def test_everything_that_is_said_can_be_written_and_read_back(case: Case) -> None:
    outcome = pipeline.meter(MeterState(), case.records, BOOKS, ALONE)
    for output in outcome.outputs:
        if isinstance(output, Output) and not isinstance(output.record, bytes):
            assert Codec().decode(Codec().encode(output.record)) == output.record
    for value in outcome.changes.values():
        assert value is None or Codec().decode(Codec().encode(value)) == value


@pytest.mark.parametrize("tallies", [1, 2, 5])
def test_a_batch_of_nothing_but_poison_tallies_its_offsets_all_the_same(tallies: int) -> None:
    meter = Meter(site=Site(usages=1, tallies=tallies)).feed(records([b"x", b"", b"{"]))
    assert [[(one.first, one.next, one.series) for one in held] for held in meter.tallies] == [
        [(0, 3, "")]
    ] * tallies
    assert meter.reasons == ["not_avro", "not_avro", "not_json"]
