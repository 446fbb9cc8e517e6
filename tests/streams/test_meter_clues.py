"""Clues of the meter: failed calls, what caches save and cost, rates that are others in a week."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.clues import CLUES, UNCOUNTED
from tests.streams.meter_kit import ACME, NOON, Meter, as_json, books, event, records

CACHING = ACME.replace("cache_read: 0.3,", "cache_read: 0.3, cache_write_5m: 3.75,")
RAISED = CACHING.replace("output: 15.000001", "output: 20.000001")
DATED = CACHING.replace(
    "rates:\n",
    'rates:\n  - {name: spring, when: {model: "m-*"}, from: 2026-11-03, per: million,'
    " usd: {input_uncached: 3, cache_read: 0.3, output: 20.000001}}\n",
)
DAY = timedelta(days=1)


def metered(*events: dict[str, Any], at: datetime = NOON, text: str = CACHING) -> Meter:
    sent = [as_json(one) for one in events]
    return Meter(books(text)).feed(records(sent, at + timedelta(seconds=30)))


def clues(meter: Meter, name: str = "application:chat") -> dict[str, int]:
    """All clues of a series that are not 0, but for calls that nobody counted."""
    found = {clue: meter.of(name, clue) for clue in CLUES if clue != UNCOUNTED}
    return {clue: amount for clue, amount in found.items() if amount}


def test_usage_without_anything_to_explain_has_no_clues() -> None:
    meter = metered(event(quantities={"output": 100, "requests": 1}))
    held = [tally.quantities.keys() for one in meter.tallies for tally in one]
    assert not clues(meter) and all(not names & set(CLUES) for names in held)


def test_usage_of_a_model_that_counts_no_requests_is_one_call() -> None:
    many = event("b", quantities={"output": 1, "requests": 7})
    others = [event(kind, kind=kind) for kind in ("gpu", "seat", "feature")]
    meter = metered(event("a"), many, event("c"), *others)
    assert (meter.of("application:chat", UNCOUNTED), meter.of("application:chat", "requests")) == (
        2,
        7,
    )


def test_a_seat_has_no_clues_as_its_hours_are_told_of_late() -> None:
    dearer = ACME.replace("seats: 31", "seats: 30")
    held = books(ACME, dearer, starts=[NOON - DAY])
    seat = event(kind="seat", outcome="error")
    meter = Meter(held).feed(records([as_json(seat)]))
    assert meter.cost and not clues(meter)


@pytest.mark.parametrize("outcome", ["error", "retry", "OK?"])
def test_what_did_not_end_well_is_counted_with_its_cost(outcome: str) -> None:
    lone = event("a", outcome=outcome)
    many = event("b", outcome=outcome, quantities={"output": 100, "requests": 40})
    meter = metered(lone, many, event("c", outcome="ok"), event("d", outcome=""))
    assert clues(meter) == {"failed": 41, "wasted": meter.cost // 2}


def test_cached_tokens_are_held_against_plain_input() -> None:
    read = event("a", quantities={"cache_read": 1000, "output": 5})
    written = event("b", quantities={"cache_write_5m": 2000})
    assert clues(metered(read, written)) == {"cache_saved": 2_700_000, "cache_paid": 1_500_000}


def test_every_series_of_a_usage_has_its_clues_but_not_what_drives_a_pool() -> None:
    meter = metered(event(outcome="error"))
    for name in ("organisation:acme", "business_unit:retail", "keys:chat|key-1"):
        assert clues(meter, name)["failed"] == 1
    driver = "driver:cluster|chat"
    assert meter.of(driver, "output") == 100 and not clues(meter, driver)


def test_a_usage_can_claim_no_clue() -> None:
    for clue in CLUES:
        meter = metered(event(quantities={"output": 1, clue: 5}))
        assert (meter.reasons, meter.charges) == (["unknown_quantity"], [])


@pytest.mark.parametrize("text", ["dated", "edited"])
def test_a_raised_rate_is_told_for_a_week_whether_dated_or_edited(text: str) -> None:
    raised = 100 * 5000
    for days, repriced in ((-1, 0), (0, raised), (6, raised), (7, 0), (30, 0)):
        at = datetime(2026, 11, 3, 12, tzinfo=NOON.tzinfo) + days * DAY
        edited = books(CACHING, RAISED, starts=[NOON.replace(hour=0)])
        held = books(DATED) if text == "dated" else edited
        meter = Meter(held).feed(records([as_json(event(at=at))], at + timedelta(seconds=30)))
        assert clues(meter).get("repriced", 0) == repriced, days


def test_a_lowered_rate_is_told_below_zero() -> None:
    held = books(RAISED, CACHING, starts=[NOON])
    meter = Meter(held).feed(records([as_json(event())]))
    assert clues(meter) == {"repriced": -100 * 5000}


def test_what_had_no_price_before_was_not_repriced() -> None:
    unknown = ACME.replace('model: "m-*"', 'model: "other-*"')
    meter = Meter(books(unknown, ACME, starts=[NOON])).feed(records([as_json(event())]))
    assert meter.cost and not clues(meter)


def test_clues_of_long_usage_are_spread_to_the_last_nano_dollar() -> None:
    dearer = ACME.replace("gpu_seconds: 2.90", "gpu_seconds: 2.00")
    held = books(ACME, dearer, starts=[NOON - DAY])
    job = event(kind="gpu", outcome="error", duration_s=330, quantities={"gpu_seconds": 331})
    meter = Meter(held).feed(records([as_json(job)]))
    expected = {"failed": 1, "wasted": meter.cost, "repriced": -331 * 9 * 10**8 // 3600}
    assert clues(meter) == pytest.approx(expected, abs=1)
    held_in = [held for (name, *_), held in meter.sums.items() if name == "application:chat"]
    assert len(held_in) == 6 and all(held["repriced"] < 0 for held in held_in)
