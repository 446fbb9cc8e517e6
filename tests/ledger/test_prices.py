from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.prices import LARGEST, PROMPT, SAFE, STATES, Priced, price
from ledger.schedules import Price, PriceState, Rates, Schedule
from ledger.validity import FIRST, LAST
from schemas.cloudevents import MOST
from schemas.columns import quantities

WIDTH = len(quantities())
RESOLVED = PriceState.RESOLVED


def rates(**pico: Fraction | int) -> Rates:
    prices = {name: Price(Fraction(of), RESOLVED, (name,)) for name, of in pico.items()}
    return Rates(tuple(prices.get(name) for name in quantities()))


def plan(*steps: tuple[int, Rates]) -> Schedule:
    above, each = zip(*steps, strict=True)
    return Schedule(above, each, FIRST, LAST)


def row(**counts: int) -> list[int]:
    return [counts.get(name, 0) for name in quantities()]


def priced(rows: Sequence[Sequence[int]], *schedules: Schedule) -> Priced:
    which = np.arange(len(rows)) % max(len(schedules), 1)
    return price(np.array(rows, dtype=np.int64).reshape(-1, WIDTH), schedules, which)


def by_hand(counts: Sequence[int], of: Schedule) -> tuple[int, bool]:
    """The definition: one exact sum, one rounding half to even."""
    prompt = sum(counts[quantities().index(name)] for name in PROMPT)
    step = sum(prompt > above for above in of.above[1:])
    pairs = zip(counts, of.rates[step].prices, strict=True)
    pico = sum((count * each.pico for count, each in pairs if each), Fraction(0))
    return (0, True) if pico > LARGEST else (round(pico / 1000), False)


whole = st.integers(0, 10**9) | st.integers(0, LARGEST) | st.just(0)
ratio = st.builds(Fraction, whole, st.sampled_from([1, 7, 3600, 10**6, 10**11, 10**19]))
price_of = st.none() | st.builds(
    Price, whole.map(Fraction) | ratio, st.sampled_from(STATES[:2]), st.just(("entry",))
)
rates_of = st.builds(Rates, st.tuples(*[price_of] * WIDTH))
step_of = st.tuples(st.integers(1, 3 * MOST), rates_of)
schedule_of = st.builds(
    lambda first, steps: plan((0, first), *sorted(steps, key=lambda step: step[0])),
    rates_of,
    st.lists(step_of, max_size=2, unique_by=lambda step: step[0]),
)
count = st.just(0) | st.integers(0, 10**4) | st.integers(0, MOST)
rows_of = st.lists(st.tuples(*[count] * WIDTH), min_size=1, max_size=8)


@given(rows_of, st.lists(schedule_of, min_size=1, max_size=3))
def test_every_usage_costs_its_exact_sum_rounded_once(
    rows: list[tuple[int, ...]], schedules: list[Schedule]
) -> None:
    found = priced(rows, *schedules)
    pairs = zip(found.cost.tolist(), found.too_large.tolist(), strict=True)
    expected = [by_hand(r, schedules[i % len(schedules)]) for i, r in enumerate(rows)]
    assert list(pairs) == expected


@given(rows_of, st.lists(schedule_of, min_size=1, max_size=3))
def test_a_batch_costs_what_its_usages_cost_alone(
    rows: list[tuple[int, ...]], schedules: list[Schedule]
) -> None:
    found = priced(rows, *schedules)
    for index, counts in enumerate(rows):
        alone = priced([counts], schedules[index % len(schedules)])
        assert alone.cost[0] == found.cost[index] and alone.state[0] == found.state[index]
        assert alone.rate_ids[0] == found.rate_ids[found.rate[index]]
        assert alone.lacks[0] == found.lacks[found.lacking[index]]


@given(rows_of, schedule_of)
def test_a_usage_with_a_billable_quantity_without_a_rate_is_unpriced(
    rows: list[tuple[int, ...]], of: Schedule
) -> None:
    first = plan((0, of.rates[0]))
    found = priced(rows, first)
    for index, counts in enumerate(rows):
        each = zip(quantities(), counts, of.rates[0].prices, strict=True)
        here = [(name, each_price) for name, number, each_price in each if number]
        lacks = [n for n, p in here if p is None and n not in ("requests", "uses")]
        guess = any(p is not None and p.state is PriceState.ESTIMATED for _, p in here)
        state = "unpriced" if lacks else "estimated" if guess else "resolved"
        assert found.lacks[found.lacking[index]] == ",".join(lacks)
        assert STATES[found.state[index]] == state


@pytest.mark.parametrize(
    ("pico", "nano"),
    [(499, 0), (500, 0), (501, 1), (1499, 1), (1500, 2), (2500, 2), (3500, 4)],
)
def test_half_a_nano_dollar_goes_to_the_even_one(pico: int, nano: int) -> None:
    assert priced([row(output=pico)], plan((0, rates(output=1)))).cost[0] == nano


def test_the_least_part_above_a_half_rounds_up() -> None:
    of = plan((0, rates(output=1, gpu_seconds=Fraction(1, 3600))))
    found = priced([row(output=500), row(output=500, gpu_seconds=1)], of)
    assert found.cost.tolist() == [0, 1]


def test_parts_of_a_nano_dollar_are_summed_before_they_are_rounded() -> None:
    of = plan((0, rates(output=400, input_uncached=400)))
    assert priced([row(output=1, input_uncached=1)], of).cost[0] == 1


def test_gpu_hours_are_exact() -> None:
    of = plan((0, rates(gpu_seconds=Fraction(3_500_000_000_000, 3600))))
    found = priced([row(gpu_seconds=seconds) for seconds in (3600, 1, 3600 * 24 * 365)], of)
    assert found.cost.tolist() == [3_500_000_000, 972_222, 30_660_000_000_000]


def test_a_prompt_beyond_a_threshold_costs_the_higher_price_for_all_of_it() -> None:
    of = plan((0, rates(input_uncached=1000, cache_read=100)), (200, rates(input_uncached=2000)))
    rows = [row(input_uncached=200), row(input_uncached=201), row(input_uncached=1, cache_read=199)]
    assert priced(rows, of).cost.tolist() == [200, 402, 21]


def test_nine_million_dollars_are_the_most() -> None:
    of = plan((0, rates(seats=9 * 10**12, gpu_seconds=Fraction(1, 3600))))
    most = 10**6 - 1
    counts = [row(seats=most, output=9), row(seats=most, output=10), row(seats=10**6)]
    exact = plan((0, rates(seats=9 * 10**12, output=10**12)))
    found = priced(counts, exact)
    assert found.too_large.tolist() == [False, True, False]
    assert found.cost.tolist() == [9 * 10**15, 0, 9 * 10**15]
    wide = plan((0, rates(uses=LARGEST, output=10**19)))
    assert priced([row(uses=1)], wide).cost.tolist() == [9 * 10**15]
    found = priced([row(seats=10**6), row(seats=10**6, gpu_seconds=1), row(seats=MOST)], of)
    assert found.too_large.tolist() == [False, True, True]
    assert found.cost.tolist() == [9 * 10**15, 0, 0]


def test_what_is_not_done_in_python_fits_int64() -> None:
    """SAFE leaves far more than the error of one conversion and one product in doubles."""
    error = SAFE * 2**-51
    assert LARGEST < SAFE < np.iinfo(np.int64).max - error


@given(st.integers(1, MOST), st.integers(-2, 2))
def test_nothing_wraps_where_int64_ends(count: int, off: int) -> None:
    edge = min(max((2**63 + off) // count, 1), LARGEST)
    of = plan((0, rates(output=edge, seats=edge)))
    rows = [row(output=count), row(output=count, seats=1)]
    found = priced(rows, of)
    assert found.too_large.tolist() == [count * edge > LARGEST, (count + 1) * edge > LARGEST]
    assert (found.cost >= 0).all()


def test_no_usage_is_no_charge() -> None:
    assert len(priced([]).cost) == len(priced([], plan((0, rates()))).state) == 0


@pytest.mark.parametrize("wrong", [-1, MOST + 1])
def test_a_quantity_that_the_contract_excludes_is_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match="quantity"):
        priced([row(output=wrong)], plan((0, rates(output=1))))


def test_arguments_are_left_as_they_were() -> None:
    counts = np.array([row(seats=MOST), row(output=3)], dtype=np.int64)
    which = np.array([0, 0], dtype=np.int64)
    before = counts.copy(), which.copy()
    price(counts, [plan((0, rates(seats=LARGEST, output=3)))], which)
    assert (counts == before[0]).all() and (which == before[1]).all()
