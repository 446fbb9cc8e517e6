"""Nothing counts twice: duplicates, the horizon behind which nothing is known, wrong partitions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from schemas.codec import Codec
from schemas.keys import partition_of
from schemas.moments import micros
from schemas.states import Seen
from streams.log import Record
from streams.steps import identities, metering
from streams.steps.identities import MeterState, fingerprints
from streams.steps.known import NEVER, ids_of
from streams.steps.step import Output, Site
from tests.streams.meter_kit import (
    NOON,
    Meter,
    as_avro,
    as_json,
    entries,
    event,
    records,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
Sent = tuple[str, datetime]
"""An id and an event time."""


def batch(*sent: Sent, first: int = 0) -> list[Record]:
    """Usages that arrive ten seconds after the latest of their times."""
    received = max(at for _, at in sent) + timedelta(seconds=10)
    return records([as_json(event(name, at)) for name, at in sent], received, first)


def charged(meter: Meter) -> list[str]:
    return [charge["id"] for charge in meter.charges]


def test_the_same_identity_is_charged_once_within_a_batch_and_across_batches() -> None:
    meter = Meter().feed(batch(("a", NOON), ("a", NOON)))
    meter.feed(batch(("b", NOON), ("a", NOON), first=2), batch(("a", NOON + MINUTE), first=4))
    assert charged(meter) == ["a", "b"]
    assert meter.counts["duplicates"] == 3


def test_one_id_of_two_sources_is_two_usages() -> None:
    sent = [as_json(event("a", source=source)) for source in ("/one", "/two")]
    assert len(Meter().feed(records(sent)).charges) == 2


def test_the_first_of_an_identity_counts_whatever_the_others_say() -> None:
    sent = [as_json(event("a", quantities={"output": amount})) for amount in (100, 900)]
    [charge] = Meter().feed(records(sent)).charges
    assert charge["quantities"]["output"] == 100


def test_json_and_avro_of_one_usage_are_one_usage() -> None:
    meter = Meter().feed(records([as_json(event()), as_avro(event())]))
    assert (len(meter.charges), meter.counts["duplicates"]) == (1, 1)


def test_what_was_refused_may_come_again_after_the_fix() -> None:
    wrong = as_json(event("a", quantities={"output": -1}))
    meter = Meter().feed(records([wrong]), records([as_json(event("a"))], first=1))
    assert charged(meter) == ["a"]


def test_usage_older_than_the_identities_that_are_known_is_refused() -> None:
    horizon = NOON - timedelta(seconds=5) - DAY
    meter = Meter().feed(batch(("now", NOON)))
    meter.feed(records([as_json(event("old", horizon - MINUTE))], first=1))
    meter.feed(records([as_json(event("just", horizon))], first=2))
    assert meter.reasons == ["too_late"] and charged(meter) == ["now", "just"]


@pytest.mark.parametrize("together", [True, False])
def test_usage_is_too_late_from_the_message_on_that_moved_the_watermark(together: bool) -> None:
    sent = [("early", NOON - 2 * DAY), ("now", NOON), ("again", NOON - 2 * DAY)]
    meter = fed(sent, together)
    assert charged(meter) == ["early", "now"] and meter.reasons == ["too_late"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("restores", [True, False])
def test_an_id_that_is_used_again_behind_the_horizon_is_charged_wherever_batches_end(
    together: bool, restores: bool
) -> None:
    sent = [
        ("seat-7", NOON),
        ("seat-7", NOON + MINUTE),
        ("other", NOON + 2 * DAY),
        ("seat-7", NOON + 2 * DAY),
        ("seat-7", NOON + 2 * DAY + MINUTE),
    ]
    meter = fed(sent, together, restores)
    again = batch(("seat-7", NOON + 2 * DAY + 2 * MINUTE), first=5)
    assert charged(meter.feed(again)) == ["seat-7", "other", "seat-7"]
    assert meter.counts["duplicates"] == 3


def fed(sent: Sequence[Sent], together: bool, restores: bool = False) -> Meter:
    meter = Meter(restores=restores)
    times = [micros(at) for _, at in sent]
    held = [
        Record("usage", 0, at, None, as_json(event(*one)), max(times[: at + 1]))
        for at, one in enumerate(sent)
    ]
    return meter.feed(held) if together else meter.feed(*([one] for one in held))


def test_identities_are_kept_for_a_day_and_then_let_go() -> None:
    meter = Meter()
    for hour in range(60):
        meter.feed(batch((f"e{hour}", NOON + timedelta(hours=hour)), first=hour))
        kept = {key[1] for key in entries(meter.state) if key[0] == "seen"}
        horizon = meter.progress.watermark // 60_000_000 - 1440
        assert all(int(minute) >= horizon for minute in kept)
        assert len(meter.state.known) == len(kept) == min(hour + 1, 25)


def test_all_identities_come_back_from_the_state_and_only_those() -> None:
    meter = Meter().feed(batch(("a", NOON), ("b", NOON), ("c", NOON + MINUTE)))
    again = MeterState(entries(meter.state).items())
    asked = fingerprints([b"/svc|a", b"/svc|b", b"/svc|c", b"/svc|d"])
    for state in (meter.state, again):
        minute = micros(NOON) // 60_000_000
        assert state.known.minutes(ids_of(asked)).tolist() == [minute, minute, minute + 1, NEVER]
        assert len(state.known) == 3


def test_a_partition_with_too_many_identities_draws_its_horizon_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identities, "MOST", 3)
    meter = Meter()
    for number in range(5):
        meter.feed(batch((f"e{number}", NOON + number * MINUTE), first=number))
    late = records([as_json(event("e0", NOON))], NOON + 5 * MINUTE, 5)
    assert meter.feed(late).reasons == ["too_late"]
    assert len(meter.state.known) == 3
    assert meter.progress.horizon == micros(NOON) // 60_000_000 + 2


def test_identities_are_of_16_bytes_that_no_two_usages_share() -> None:
    known = {fingerprints([f"/svc|{number}".encode()]) for number in range(20_000)}
    assert len(known) == 20_000 and {len(one) for one in known} == {16}
    assert fingerprints([b"/svc|1"]).hex() == "60f73aff37183697b3734dbbbdefaf14"  # b2sum -l 128


SITE = Site(partition=1, usages=4, tallies=2)


def elsewhere(prefix: str, partition: int) -> str:
    """An id that belongs to a partition."""
    names = (f"{prefix}{number}" for number in range(1000))
    return next(name for name in names if partition_of(f"/svc|{name}".encode(), 4) == partition)


def test_usage_in_a_wrong_partition_is_sent_once_to_its_right_one_and_not_charged() -> None:
    name = elsewhere("e", 3)
    message = as_json(event(name))
    meter = Meter(site=SITE).feed(records([message], partition=1, headers=(("trace", b"7"),)))
    assert meter.charges == [] and meter.counts["misplaced"] == 1
    [sent] = meter.sent_on
    marks = (("trace", b"7"), (metering.REPUBLISHED, b"1"))
    key = f"/svc|{name}".encode()
    assert sent == Output("usage", key, message, 3, marks)
    assert meter.tallies[0][0].series == "" == meter.tallies[1][0].series


def test_usage_that_was_sent_on_is_charged_where_it_arrives_even_if_that_is_wrong() -> None:
    message = as_json(event(elsewhere("e", 3)))
    marked = records([message, message], partition=1, headers=((metering.REPUBLISHED, b"1"),))
    meter = Meter(site=SITE).feed(marked)
    assert (len(meter.charges), len(meter.sent_on), meter.counts["duplicates"]) == (1, 0, 1)


def test_usage_that_was_sent_on_twice_is_charged_once_where_it_belongs() -> None:
    message = as_json(event(elsewhere("e", 1)))
    marked = records([message], partition=1, headers=((metering.REPUBLISHED, b"1"),))
    own = records([message], partition=1, first=1)
    meter = Meter(site=SITE).feed(marked, own)
    assert (len(meter.charges), meter.counts["duplicates"]) == (1, 1)


def test_what_can_not_be_used_is_refused_where_it_lies_and_not_sent_on() -> None:
    message = as_json(event(elsewhere("e", 3), quantities={"output": -1}))
    meter = Meter(site=SITE).feed(records([message], partition=1))
    assert meter.reasons == ["negative_quantity"] and meter.sent_on == []


def test_a_record_of_identities_is_what_a_restart_needs() -> None:
    meter = Meter().feed(batch(("a", NOON), ("b", NOON)))
    [(key, seen)] = [(k, v) for k, v in entries(meter.state).items() if k[0] == "seen"]
    assert key == ("seen", micros(NOON) // 60_000_000, 0)
    assert seen == Seen(minute=int(key[1]), ids=fingerprints([b"/svc|a", b"/svc|b"]))
    assert Codec().decode(Codec().encode(seen)) == seen
