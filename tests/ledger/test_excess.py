"""An excess split into its parts: they sum to it, and each cause lands in its own part."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.excess import split_excess
from ledger.makeup import UNITS, Amounts, counts
from schemas.clues import CLUES, PARTS
from schemas.columns import quantities
from schemas.states import Bucket

USUAL = {
    "requests": 1000, "input_uncached": 400_000, "cache_read": 600_000, "output": 90_000,
    "cache_saved": 900_000_000, "failed": 10, "wasted": 20_000_000,
}  # fmt: skip
COST = 2_000_000_000

amount = st.integers(0, 10**6) | st.just(0) | st.integers(0, 10**13)
signed = amount | amount.map(lambda value: -value)
names = [*quantities(), *CLUES]
held = st.dictionaries(st.sampled_from(names), amount, max_size=8) | st.dictionaries(
    st.sampled_from(names), signed, max_size=8
)
buckets = st.builds(
    lambda cost, late, charges, held: Bucket(
        cost=cost, late=late, charges=charges, quantities=held
    ),
    amount, signed, amount, held,
)  # fmt: skip


def bucket(cost: int = COST, **changed: int) -> Bucket:
    return Bucket(cost=cost, charges=1, quantities={**USUAL, **changed})


def times(factor: int, of: Mapping[str, int] = USUAL) -> dict[str, int]:
    return {name: factor * amount for name, amount in of.items()}


def parts(seen: Bucket, usual: Bucket | None = None) -> dict[str, int]:
    known = usual or bucket()
    return split_excess(known, seen, Amounts(known.cost, seen.cost))


@given(buckets, buckets, signed, signed, st.booleans())
def test_the_parts_sum_to_the_excess_whatever_is_known(
    usual: Bucket, seen: Bucket, expected: int, observed: int, per_call: bool
) -> None:
    found = split_excess(usual, seen, Amounts(expected, observed, per_call))
    assert sum(found.values()) == observed - expected
    assert set(found) <= set(PARTS) and all(found.values())
    known = counts(usual, seen, Amounts(expected, observed, per_call))
    assert all(abs(value) < 2**63 for value in (*found.values(), *known.values()))


@given(buckets, buckets, st.integers(1, 10**12), st.integers(1, 10**12), st.integers(2, 99))
def test_the_length_of_what_is_usual_is_no_matter(
    usual: Bucket, seen: Bucket, expected: int, observed: int, weeks: int
) -> None:
    longer = Bucket(
        cost=weeks * usual.cost,
        late=weeks * usual.late,
        charges=weeks * usual.charges,
        quantities=times(weeks, usual.quantities),
    )
    amounts = Amounts(expected, observed)
    assert split_excess(longer, seen, amounts) == split_excess(usual, seen, amounts)


@given(st.integers(2, 50), st.integers(1, 50))
def test_only_more_calls_is_all_volume(more: int, weeks: int) -> None:
    usual = bucket(weeks * COST, **times(weeks))
    seen = bucket(more * COST, **times(more))
    found = split_excess(usual, seen, Amounts(COST, seen.cost))
    assert found == {"volume": seen.cost - COST}


@given(st.integers(1, 10**6))
def test_only_more_failures_is_all_retries(more: int) -> None:
    failing = {
        "requests": 1000 + more,
        "failed": 10 + more,
        "wasted": 20_000_000 + 2_000_000 * more,
    }
    grown = {name: USUAL[name] * (1000 + more) // 1000 for name in ("input_uncached", "output")}
    assert all(USUAL[name] * more % 1000 == 0 for name in grown)
    seen = bucket(COST + 2_000_000 * more, **failing, **grown, cache_read=600 * (1000 + more))
    assert parts(seen) == {"retries": 2_000_000 * more}


def test_failures_that_cost_nothing_explain_nothing() -> None:
    seen = bucket(
        2 * COST,
        **times(2),
    )
    free = {"requests": seen.quantities["requests"] + 5000, "failed": 20 + 5000}
    assert parts(bucket(2 * COST, **{**times(2), **free})) == {"volume": COST}


@given(st.integers(2, 50))
def test_only_longer_calls_is_all_tokens_per_call(longer: int) -> None:
    seen = bucket(longer * COST, **{**times(longer), "requests": 1000, "failed": 10})
    assert parts(seen) == {"tokens_per_call": seen.cost - COST}


@given(st.integers(0, 600_000))
def test_only_a_worse_cache_is_all_cache_rate(left: int) -> None:
    lost = 600_000 - left
    seen = bucket(
        COST + 1500 * lost,
        cache_read=left, input_uncached=400_000 + lost, cache_saved=1500 * left,
    )  # fmt: skip
    assert parts(seen) == ({"cache_rate": 1500 * lost} if lost else {})


def test_reads_from_a_cache_that_became_writes_are_all_cache_rate() -> None:
    seen = bucket(
        COST + 600_000 * (1500 + 400),
        cache_read=0, cache_write_5m=600_000, cache_saved=0, cache_paid=400 * 600_000,
    )  # fmt: skip
    assert parts(seen) == {"cache_rate": 600_000 * 1900}


def test_a_cache_that_is_new_takes_from_the_excess() -> None:
    usual = bucket(cache_read=0, cache_saved=0, input_uncached=1_000_000)
    seen = bucket(2 * COST - 2 * 900_000_000, **times(2))
    assert parts(seen, usual) == {"volume": COST, "cache_rate": -2 * 900_000_000}


@given(st.integers(1, 10**9))
def test_only_a_raised_rate_is_all_price(raised: int) -> None:
    assert parts(bucket(COST + raised, repriced=raised, cache_saved=1)) == {"price": raised}


def test_a_rate_raised_days_ago_is_price_only_as_far_as_it_is_not_usual_yet() -> None:
    usual = bucket(COST + 300_000_000, repriced=300_000_000)
    seen = bucket(COST + 700_000_000, repriced=700_000_000)
    assert parts(seen, usual) == {"price": 400_000_000}
    old = bucket(COST + 700_000_000, repriced=700_000_000)
    grown = bucket(2 * (COST + 700_000_000), **times(2))
    assert parts(grown, old) == {"volume": COST + 700_000_000}, "a week later nothing is repriced"


@given(st.integers(2, 50))
def test_only_a_dearer_model_is_all_model_mix(dearer: int) -> None:
    seen = bucket(dearer * COST, cache_saved=dearer * 900_000_000, wasted=dearer * 20_000_000)
    assert parts(seen) == {"model_mix": seen.cost - COST}


@pytest.mark.parametrize("unit", UNITS)
def test_what_has_no_tokens_is_volume_by_its_units_and_price(unit: str) -> None:
    usual = Bucket(cost=1000, charges=3, quantities={unit: 50})
    more = Bucket(cost=3000, charges=1, quantities={unit: 150})
    assert split_excess(usual, more, Amounts(500, 1500)) == {"volume": 1000}
    dearer = Bucket(cost=1400, charges=3, quantities={unit: 50, "repriced": 300})
    assert split_excess(usual, dearer, Amounts(1000, 1400)) == {"model_mix": 100, "price": 300}


@pytest.mark.parametrize("usual", [
    Bucket(),
    Bucket(cost=7, charges=1),
    Bucket(charges=1, quantities=USUAL),
    Bucket(cost=7, charges=1, quantities={"seats": 2}),
    Bucket(cost=7, charges=1, quantities={"requests": 2, "failed": 2, "wasted": 7, "output": 1}),
])  # fmt: skip
def test_where_nothing_like_it_is_known_all_is_new_volume(usual: Bucket) -> None:
    seen = Bucket(cost=900, charges=1, quantities={"output": 5})
    assert split_excess(usual, seen, Amounts(100, 900)) == {"volume": 800}


def test_what_calls_may_cost_is_held_against_as_many_calls() -> None:
    usual, seen = bucket(100 * COST, **times(100)), bucket(2 * COST, **times(2))
    longer = Bucket(
        cost=seen.cost, charges=1, quantities={**seen.quantities, "requests": 1000, "failed": 10}
    )
    fair = COST + COST // 2
    found = split_excess(usual, longer, Amounts(fair, longer.cost, per_call=True))
    assert "volume" not in found and found["tokens_per_call"] == fair
    assert found["model_mix"] == longer.cost - 2 * fair, "a call may cost more than is usual"


def told(usual: Bucket, seen: Bucket, **amounts: Any) -> dict[str, int]:
    return counts(usual, seen, Amounts(**amounts))


def test_what_is_so_unlike_that_no_column_holds_its_parts_is_new_volume() -> None:
    one = Bucket(cost=10**12, quantities={"output": 1, "requests": 1})
    many = Bucket(cost=10**12, quantities={"output": 1, "requests": 10**12})
    assert split_excess(one, many, Amounts(10**11, 10**12)) == {"volume": 9 * 10**11}
    cheap = Bucket(cost=1, quantities=many.quantities)
    assert "usual_calls" in counts(many, one, Amounts(10**18, 10**18))
    assert "usual_calls" not in counts(cheap, one, Amounts(10**18, 10**18))


def test_what_counts_no_requests_is_one_call_each() -> None:
    uncounted = {"output": 50, "uncounted": 2}
    usual = Bucket(cost=100, quantities={"output": 100, "requests": 4})
    seen = Bucket(cost=200, quantities={**uncounted, "output": 200, "requests": 6})
    assert split_excess(usual, seen, Amounts(100, 200)) == {"volume": 100}
    assert told(usual, seen, expected=100, observed=200)["calls"] == 8


def test_seats_are_no_measure_whatever_came_late_of_them() -> None:
    usual, seen = (Bucket(cost=n, late=9, quantities={"seats": n}) for n in (1, 2))
    assert split_excess(usual, seen, Amounts(500, 600)) == {"volume": 100}


def test_counts_are_as_seen_and_as_usual_for_the_expected_cost() -> None:
    usual, seen = bucket(10 * COST, **times(10)), bucket(3 * COST, **times(3))
    assert told(usual, seen, expected=COST // 2, observed=3 * COST) == {
        "calls": 3000, "failed": 30, "tokens_per_call": 1090, "cached_percent": 60,
        "usual_calls": 500, "usual_failed": 5, "usual_tokens_per_call": 1090,
        "usual_cached_percent": 60,
    }  # fmt: skip
    per_call = told(usual, seen, expected=COST, observed=3 * COST, per_call=True)
    assert per_call["usual_calls"] == 3000
    assert not told(Bucket(), Bucket(), expected=5, observed=9)
