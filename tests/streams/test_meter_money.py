"""Money in the meter: price states, owners and pools, amounts too large, sums that stay exact."""

from datetime import datetime
from typing import Any

import pytest

from schemas import contracts
from schemas.codec import Codec
from schemas.reasons import Refusal
from schemas.records import Rejected
from streams import pipeline
from streams.log import Record, Sheaf
from streams.steps import spreading
from streams.steps.identities import MeterState
from streams.steps.step import Outcome, Output, Site
from tests.streams.meter_kit import (
    ACME,
    BOOKS,
    NANO,
    NOON,
    Meter,
    as_avro,
    as_json,
    books,
    dollars,
    event,
    records,
)

LARGEST = 1_048_576
"""Bytes of a message: what logs take."""


def charge(**data: Any) -> dict[str, Any]:
    [found] = Meter().feed(records([as_json(event(**data))])).charges
    return found


@pytest.mark.parametrize(
    ("data", "state", "rate", "lacks"),
    [
        ({}, "resolved", "card/house/undated", ""),
        ({"model": "free-1"}, "resolved", "card/gratis/undated", ""),
        ({"model": "new-1"}, "estimated", "card/guess/undated", ""),
        ({"model": "house-1"}, "unpriced", "", "output"),
        ({"quantities": {"output": 1, "audio_in": 2, "image_in": 0}}, "unpriced",
         "card/house/undated", "audio_in"),
        ({"quantities": {"output": 1, "requests": 5}}, "resolved", "card/house/undated", ""),
        ({"kind": "gpu", "resource": "a100"}, "unpriced", "", "gpu_seconds"),
        ({"kind": "call"}, "resolved", "card/calls/undated", ""),
    ],
)  # fmt: skip
def test_the_price_state_is_the_worst_of_the_billable_quantities(
    data: dict[str, Any], state: str, rate: str, lacks: str
) -> None:
    found = charge(**data)
    assert (found["price_state"], found["rate_id"], found["unpriced"]) == (state, rate, lacks)
    assert found["cost_nano_usd"] == dollars(event(**data))


def test_what_is_unpriced_is_counted_apart_and_what_is_priced_of_it_is_charged() -> None:
    data: dict[str, Any] = {"quantities": {"output": 1000, "audio_in": 2}}
    meter = Meter().feed(records([as_json(event("a", **data)), as_json(event("b"))]))
    assert meter.cost == dollars(event("a", **data)) + dollars(event("b")) > 0
    for name in ("application:chat", "business_unit:retail", "organisation:acme"):
        assert (meter.of(name, "unpriced"), meter.of(name, "charges")) == (1, 2)
    assert meter.counts["charges_unpriced"] == 1


def test_usage_without_an_owner_is_nobodys_and_its_cost_is_named_so() -> None:
    meter = Meter().feed(
        records([as_json(event("a", application="stranger")), as_json(event("b"))])
    )
    nobodys = dollars(event("a"))
    for level in ("business_unit", "service", "application"):
        assert meter.of(f"{level}:unowned") == meter.of(f"{level}:unowned", "unowned") == nobodys
    assert meter.of("organisation:acme", "unowned") == nobodys
    assert meter.of("organisation:acme") == 2 * nobodys
    assert meter.of("application:chat", "unowned") == 0
    assert meter.of("keys:stranger|key-1") == nobodys
    [first, _] = meter.charges
    assert (first["owner"], first["rule"], first["application"]) == ("unowned", "", "stranger")


def test_the_usage_of_a_pool_is_the_pools_and_no_members() -> None:
    meter = Meter().feed(records([as_json(event(kind="gpu", resource="shared"))]))
    names = {name for name, _, _ in meter.sums}
    assert names == {"pool:cluster", "organisation:acme"}
    assert meter.of("pool:cluster") == meter.cost == dollars(event(kind="gpu", resource="shared"))
    assert meter.charges[0]["owner"] == "pool/cluster" == meter.charges[0]["business_unit"]


def test_what_members_do_is_told_to_their_pools_beside_what_they_cost() -> None:
    meter = Meter().feed(records([as_json(event(quantities={"output": 70, "requests": 2}))]))
    drivers = {name for name, _, _ in meter.sums if name.startswith("driver:")}
    assert drivers == {"driver:cluster|chat", "driver:gateway|chat"}
    for name in drivers:
        assert (meter.of(name, "output"), meter.of(name, "requests")) == (70, 2)
    assert "driver:gateway|triage" not in drivers


def test_a_pool_goes_before_every_rule_and_the_first_rule_that_matches_owns() -> None:
    text = ACME.replace("rules:\n", "rules:\n  - {owner: triage, when: {feature: sum*}}\n")
    meter = Meter(books(text)).feed(
        records([as_json(event("a", feature="summary")), as_json(event("b", kind="call"))])
    )
    assert [one["owner"] for one in meter.charges] == ["triage", "pool/gateway"]


def test_a_seat_counts_in_full_in_each_of_its_hours_for_drivers_and_once_for_its_owner() -> None:
    text = ACME.replace("driver: calls", "driver: seats")
    period: dict[str, Any] = {
        "period_start": "2026-11-03T00:00:00Z",
        "period_end": "2026-11-03T06:00:00Z",
    }
    seats = as_json(event(kind="seat", quantities={"seats": 4}, **period))
    meter = Meter(books(text)).feed(records([seats]))
    assert meter.of("application:chat", "seats") == 4
    assert meter.of("driver:gateway|chat", "seats") == 4 * 6


def test_the_rulebook_of_a_charge_is_the_one_in_force_at_its_time() -> None:
    dearer = ACME.replace("seats: 31", "seats: 40").replace("{uses: 0.05}", "{uses: 0.06}")
    held = books(ACME, dearer, starts=[NOON])
    before, after = NOON.replace(hour=11, minute=59), NOON
    sent = [as_json(event("a", before, "feature")), as_json(event("b", after, "feature"))]
    meter = Meter(held).feed(records(sent))
    assert [one["cost_nano_usd"] for one in meter.charges] == [50_000_000, 60_000_000]
    assert [one["rulebook"] for one in meter.charges] == [f"{n:016x}" for n in (0, 1)]


NINE = ACME.replace("{uses: 0.05}", "{uses: 0.009}")
"""A thousand million uses are nine million dollars."""


def test_an_amount_above_nine_million_dollars_is_refused_and_nine_million_are_charged() -> None:
    sent = [
        as_json(event(str(uses), kind="feature", quantities={"uses": 10**9, "output": uses}))
        for uses in (0, 1)
    ]
    text = NINE.replace("{uses: 0.009}", "{uses: 0.009, output: 1}")
    meter = Meter(books(text)).feed(records(sent))
    assert [one["cost_nano_usd"] for one in meter.charges] == [9_000_000 * NANO]
    assert meter.reasons == [Refusal.AMOUNT_TOO_LARGE]
    assert meter.of("organisation:acme", "charges") == 1


def test_an_amount_that_was_refused_may_come_again_and_is_no_duplicate() -> None:
    sent = as_json(event("a", kind="feature", quantities={"uses": 10**9}))
    wrong = books(NINE.replace("0.009", "0.01"))
    meter = Meter(wrong).feed(records([sent]))
    meter.books = books(NINE)
    assert len(meter.feed(records([sent], first=1)).charges) == 1


def test_sums_that_64_bits_do_not_hold_are_exact_all_the_same() -> None:
    sent = [
        as_json(event(str(number), kind="feature", quantities={"uses": 10**9}))
        for number in range(1100)
    ]
    meter = Meter(books(NINE)).feed(records(sent))
    assert meter.of("organisation:acme") == 1100 * 9_000_000 * NANO > 2**63
    assert meter.counts["nano_usd"] == meter.cost == 1100 * 9_000_000 * NANO


def test_many_seats_are_added_up_in_pieces_to_the_same_sums(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = [as_json(event(str(number), kind="seat")) for number in range(7)]
    sent += [as_json(event("x")), as_json(event("y", kind="gpu", duration_s=4000))]
    whole = Meter().feed(records(sent))
    for piece in (1, 800, 10**9):
        monkeypatch.setattr(spreading, "PIECE", piece)
        parts = Meter().feed(records(sent))
        assert parts.sums == whole.sums and parts.tallies == whole.tallies
    assert whole.of("organisation:acme") == whole.cost


def step(*messages: bytes, text: str = ACME, **of: Any) -> Outcome:
    return pipeline.meter(MeterState(), records(messages, **of), books(text), Site(tallies=2))


def longest(outcome: Outcome) -> int:
    """Bytes of the largest record that would be written."""
    sizes = [0]
    for output in outcome.outputs:
        if isinstance(output, Sheaf):
            sizes += map(len, output.bodies)
        elif isinstance(output, Output):
            sizes.append(len(Codec().encode(output.record)) + len(output.key or b""))
    return max(sizes)


def test_no_tally_outgrows_a_log_however_long_the_names_of_its_series_are() -> None:
    text = ACME.replace("by: [application, principal]", "by: [principal, feature, environment]")
    names: dict[str, Any] = {"feature": "%" * 512, "environment": "é" * 512}
    sent = [
        as_json(event(str(number), principal=f"{number}".rjust(512, "%"), **names))
        for number in range(600)
    ]
    outcome = step(*sent, text=text)
    assert longest(outcome) < LARGEST / 2
    tallies = [o.record for o in outcome.outputs if isinstance(o, Output) and o.topic == "tally"]
    cut = [tally for tally in tallies if tally.parts > 1]
    assert len(cut) > 2 and [one.part for one in cut] == list(range(cut[0].parts))
    keys = [name for tally in tallies for name in tally.names if name.startswith("keys:")]
    assert len(set(keys)) == len(keys) == 600


@pytest.mark.parametrize("name", ["principal", "model", "application", "source", "id", "outcome"])
def test_a_text_of_more_than_512_characters_is_refused_in_avro_as_in_json(name: str) -> None:
    for letter in ("x", "é", "𝄞"):
        longer, fits = ({name: letter * length} for length in (513, 512))
        outcome = step(as_avro(event("a")), as_avro(event("b"), None, **longer))
        assert outcome.counts["charges"] == 1 and outcome.counts["rejected_bad_field"] == 1
        assert step(as_avro(event("b"), None, **fits)).counts["charges"] == 1


def test_a_refused_message_is_kept_in_part_however_large_its_key_and_headers_are() -> None:
    headers = tuple((f"h{number}", b"z" * 30_000) for number in range(20))
    record = Record("usage", 0, 4, b"k" * 900_000, b"x" * 900_000, 7, headers)
    outcome = pipeline.meter(MeterState(), [record], BOOKS, Site())
    assert longest(outcome) < LARGEST / 2
    said = [output.record for output in outcome.outputs if isinstance(output, Output)]
    [rejected] = [one for one in said if isinstance(one, Rejected)]
    assert (rejected.size, len(rejected.original)) == (900_000, 65_536)
    assert (rejected.offset, list(rejected.headers)) == (4, ["h0", "h1"])
    assert rejected.original == b"x" * 65_536 and rejected.key == b"k" * 65_536


@pytest.mark.parametrize("size", [LARGEST, LARGEST + 1])
def test_a_message_larger_than_a_log_takes_is_refused_by_its_size(size: int) -> None:
    message = as_json(event()) + b" " * (size - len(as_json(event())))
    reasons = [] if size == LARGEST else ["rejected_record_too_large"]
    assert [name for name in step(message).counts if name.startswith("rejected")] == reasons


def test_messages_framed_for_a_registry_and_without_one_are_read_side_by_side() -> None:
    registry = Codec({name: number for number, name in enumerate(contracts.names(), start=7)})
    sent = [as_avro(event("a")), as_avro(event("b"), registry), as_json(event("c"))]
    meter = Meter(site=Site(codec=registry, tallies=3)).feed(records(sent))
    assert [one["id"] for one in meter.charges] == ["a", "b", "c"]
    assert {one["cost_nano_usd"] for one in meter.charges} == {dollars(event())}
    plain = Meter().feed(records(sent))
    assert plain.reasons == ["unknown_schema"] and len(plain.charges) == 2


def test_a_day_on_which_an_owner_moves_charges_before_and_after_to_its_places() -> None:
    text = ACME.replace(
        "rules:\n",
        "  - {id: search, level: service, under: ops, from: 2026-11-04}\nrules:\n",
        1,
    )
    later = datetime.fromisoformat("2026-11-04T00:00:00+00:00")
    meter = Meter(books(text)).feed(
        records([as_json(event("a")), as_json(event("b", later))], later)
    )
    assert [one["business_unit"] for one in meter.charges] == ["retail", "ops"]
    assert meter.of("business_unit:retail") == meter.of("business_unit:ops") == dollars(event())
    assert meter.of("service:search") == meter.of("application:chat") == 2 * dollars(event())
    places = {name: where for where, held in enumerate(meter.tallies) for tally in held
              for name in tally.names}  # fmt: skip
    assert places["service:search"] == places["business_unit:retail"]
