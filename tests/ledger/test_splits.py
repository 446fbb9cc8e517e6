"""Dividing a pool's cost: whatever the weights, nothing is lost and nothing is made."""

from collections.abc import Mapping
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.splits import UNALLOCATED, correction, split

costs = st.integers(-(10**18), 10**18) | st.integers(-5, 5)
weights = st.dictionaries(
    st.sampled_from([f"m{number}" for number in range(12)]),
    st.integers(0, 3) | st.integers(0, 10**15),
    max_size=8,
)


@given(costs, weights)
@settings(max_examples=10_000, deadline=None)
def test_parts_sum_to_the_cost(cost: int, held: Mapping[str, int]) -> None:
    assert sum(split(cost, held).values()) == cost


@given(costs, weights)
@settings(max_examples=200)
def test_each_part_is_its_share_but_for_the_remainder_of_the_largest(
    cost: int, held: Mapping[str, int]
) -> None:
    parts, total = split(cost, held), sum(held.values())
    if not total:
        assert parts == ({UNALLOCATED: cost} if cost else {})
        return
    largest = min(held, key=lambda name: (-held[name], name))
    for name, weight in held.items():
        off = parts.get(name, 0) - Fraction(cost * weight, total)
        assert 0 <= off < len(held) if name == largest else -1 < off <= 0
    assert all(held[name] and part for name, part in parts.items())


@given(costs, weights)
@settings(max_examples=200)
def test_the_order_of_the_members_decides_nothing(cost: int, held: Mapping[str, int]) -> None:
    assert split(cost, dict(sorted(held.items(), reverse=True))) == split(cost, held)


@given(costs, weights, weights)
@settings(max_examples=200)
def test_a_correction_turns_the_one_into_the_other_and_sums_to_zero(
    cost: int, before: Mapping[str, int], after: Mapping[str, int]
) -> None:
    provisional, final = split(cost, before), split(cost, after)
    moved = correction(final, provisional)
    assert sum(moved.values()) == 0 and 0 not in moved.values()
    names = {*final, *provisional}
    assert {n: provisional.get(n, 0) + moved.get(n, 0) for n in names} == {
        n: final.get(n, 0) for n in names
    }


@given(st.lists(st.tuples(costs, weights), max_size=6), weights)
@settings(max_examples=100)
def test_many_provisional_splits_are_corrected_together(
    increments: list[tuple[int, Mapping[str, int]]], last: Mapping[str, int]
) -> None:
    provisional: dict[str, int] = {}
    for cost, held in increments:
        for name, part in split(cost, held).items():
            provisional[name] = provisional.get(name, 0) + part
    final = split(sum(cost for cost, _ in increments), last)
    assert sum(correction(final, provisional).values()) == 0


def test_the_remainder_goes_to_the_largest_and_between_equals_to_the_first_name() -> None:
    assert split(10, {"b": 1, "a": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert split(10, {"a": 1, "b": 2}) == {"a": 3, "b": 7}
    assert split(-10, {"a": 1, "b": 2}) == {"a": -4, "b": -6}


def test_the_example_of_the_design() -> None:
    provisional = split(1_000_000_001, {"A": 1, "B": 1})
    final = split(1_000_000_001, {"A": 1, "B": 2})
    assert provisional == {"A": 500_000_001, "B": 500_000_000}
    assert final == {"A": 333_333_333, "B": 666_666_668}
    assert correction(final, provisional) == {"A": -166_666_668, "B": 166_666_668}


def test_without_any_weight_the_cost_is_unallocated() -> None:
    assert split(7, {}) == split(7, {"a": 0}) == {UNALLOCATED: 7}
    assert split(0, {}) == {} == split(0, {"a": 1})
