"""`charges: tallies-only`: no record of each usage, and every sum as before."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.log import Sheaf
from streams.walk import Walk
from tests.streams.meter_cases import Case, cases
from tests.streams.meter_kit import ACME, BOOKS, NOON, Meter, as_json, books, event, records

NONE = ACME + "charges: tallies-only\n"


@given(case=cases(), at=st.lists(st.integers(0, 100), max_size=6))
@settings(max_examples=40)
def test_only_the_charges_are_missing(case: Case, at: list[int]) -> None:
    every = Meter(BOOKS).feed(*case.cut(at))
    none = Meter(books(NONE)).feed(*case.cut(at))
    assert not none.charges
    assert none.tallies == every.tallies
    assert none.rejected == every.rejected
    assert none.counts == every.counts


def test_each_usage_is_kept_or_not_by_the_version_of_its_own_time() -> None:
    known = books(ACME, NONE, starts=[NOON])
    before, after = event("before", NOON - timedelta(seconds=1)), event("after", NOON)
    meter = Meter(known).feed(records([as_json(before), as_json(after)]))
    assert [charge["id"] for charge in meter.charges] == ["before"]
    assert meter.counts["charges"] == 2


def test_a_replay_has_every_charge_all_the_same() -> None:
    walked = Walk(books(NONE)).feed(records([as_json(event())]))
    [charges] = [one for one in walked.metered.outputs if isinstance(one, Sheaf)]
    assert charges.keys == [b"/svc|e1"]
