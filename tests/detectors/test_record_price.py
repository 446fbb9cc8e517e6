"""The price of a record against exact order statistics, and the limits laid on it."""

from math import exp, isclose, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.price import chance, guarded, limit

records = st.lists(st.floats(0.01, 1e12), min_size=1, max_size=56)
whole = st.lists(st.integers(0, 10**16), min_size=1, max_size=56)


@given(records=records)
def test_at_the_largest_record_the_chance_is_one_in_a_day_more_than_there_are(
    records: list[float],
) -> None:
    assert isclose(chance(records, max(records)), 1 / (len(records) + 1))


@given(records=records, once_in=st.integers(58, 10_000))
def test_the_limit_is_the_value_that_has_its_chance(records: list[float], once_in: int) -> None:
    value = limit(records, once_in)

    if value < max(records) * exp(39):
        assert isclose(chance(records, value), 1 / once_in, rel_tol=1e-6)


@given(records=whole, once_in=st.integers(2, 10_000), more=st.integers(1, 1000))
def test_a_longer_return_period_is_never_a_lower_limit(
    records: list[int], once_in: int, more: int
) -> None:
    assert max(records) * (1 - 1e-12) <= limit(records, once_in) <= limit(records, once_in + more)


@given(records=records, once_in=st.integers(2, 1000), factor=st.integers(1, 10**6))
def test_limits_do_not_depend_on_the_currency(
    records: list[float], once_in: int, factor: int
) -> None:
    scaled = [factor * record for record in records]

    assert isclose(limit(scaled, once_in), factor * limit(records, once_in), rel_tol=1e-9)


@pytest.mark.parametrize("name", ["gauss", "expovariate", "paretovariate"])
def test_whatever_the_distribution_a_day_beats_all_others_as_often_as_the_price_says(
    name: str,
) -> None:
    random, days, trials = Random(3), 19, 20_000
    arguments = {"gauss": (100, 10), "expovariate": (1,), "paretovariate": (2,)}[name]

    def draw() -> float:
        return float(getattr(random, name)(*arguments))

    beaten = sum(draw() > max(draw() for _ in range(days)) for _ in range(trials))

    assert isclose(beaten / trials, chance([1.0] * days, 1.0), rel_tol=0.1)


def test_days_with_the_prior_tail_pass_the_limit_once_in_so_many_days() -> None:
    random, days, once_in, trials = Random(5), 30, 90, 30_000

    def passes() -> bool:
        past = [random.paretovariate(5) for _ in range(days)]
        return random.paretovariate(5) > limit(past, once_in)

    passed = sum(passes() for _ in range(trials))

    assert isclose(passed / trials, 1 / once_in, rel_tol=0.15)


def test_with_many_records_of_a_known_tail_the_chance_is_that_of_the_frechet_law() -> None:
    index, days = 5.0, 56
    past = [(days / rank) ** (1 / index) for rank in range(1, days + 1)]
    beyond = 1.3
    rate = beyond**-index

    told = chance(past, beyond * max(past))

    assert isclose(told, rate / (days + rate), rel_tol=0.1)


def test_one_day_of_history_asks_for_six_times_its_record_once_in_120_days() -> None:
    assert isclose(limit([1.0], 120), 6.3, rel_tol=0.01)
    assert isclose(limit([1.0], 300), 12.5, rel_tol=0.01)


def test_spacings_weigh_by_their_rank() -> None:
    records = [8.0, 4.0, 2.0, 1.0]
    spread = 0.8 + 1 * log(2) + 2 * log(2)
    rate = (1 + log(3) / spread) ** -6

    assert isclose(chance(records, 24.0), rate / (4 + rate))


def test_days_without_cost_say_nothing_of_the_tail_and_none_is_no_scale() -> None:
    assert limit([0, 0, 5, 0, 0, 0], 90) == limit([5, 0, 0, 0, 0, 0], 90) > 5
    assert limit([0, 0], 90) == 0
    assert chance([0, 0], 1) == 0


@given(records=st.lists(st.integers(1, 10**12), min_size=7, max_size=56))
def test_a_wild_day_is_kept_as_once_in_500_days(records: list[int]) -> None:
    most = limit(records, 500)

    assert guarded(records, int(most * 100)) == most
    assert guarded(records, max(records)) == max(records)


def test_the_guard_waits_for_seven_records_and_for_a_scale() -> None:
    assert guarded([1] * 6, 10**15) == 10**15
    assert guarded([0] * 20, 10**15) == 10**15
    assert guarded([1] * 7, 10**15) < 100
