"""What cached tokens save and cost beside plain input, as a sum by hand has it."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledger.caching import paid, saved
from ledger.prices import LARGEST, PROMPT
from ledger.schedules import Schedule
from schemas.columns import quantities
from tests.ledger.test_prices import WIDTH, plan, rates, row, rows_of, schedule_of

BOUND = LARGEST // 1000


def found(rows: Sequence[Sequence[int]], *schedules: Schedule) -> list[tuple[int, int]]:
    given_ = np.array(rows, dtype=np.int64).reshape(-1, WIDTH)
    which = np.arange(len(rows)) % len(schedules)
    pair = saved(given_, schedules, which), paid(given_, schedules, which)
    return list(zip(*(each.tolist() for each in pair), strict=True))


def by_hand(counts: Sequence[int], of: Schedule) -> tuple[int, int]:
    prompt = sum(counts[quantities().index(name)] for name in PROMPT)
    step = sum(prompt > above for above in of.above[1:])
    prices = dict(zip(quantities(), of.rates[step].prices, strict=True))
    held = dict(zip(quantities(), counts, strict=True))

    def beside(name: str) -> int:
        plain, own = prices["input_uncached"], prices[name]
        pico = round(plain.pico - own.pico) if plain and own else 0
        return min(max(held[name] * pico // 1000, -BOUND), BOUND)

    written = beside("cache_write_5m") + beside("cache_write_1h")
    return beside("cache_read"), -written


@given(rows_of, st.lists(schedule_of, min_size=1, max_size=3))
def test_every_usage_saves_and_pays_what_its_cached_tokens_do(
    rows: list[tuple[int, ...]], schedules: list[Schedule]
) -> None:
    expected = [by_hand(r, schedules[i % len(schedules)]) for i, r in enumerate(rows)]
    assert found(rows, *schedules) == expected


def test_a_long_prompt_is_held_against_the_input_rate_of_its_size() -> None:
    short = rates(input_uncached=3_000_000, cache_read=300_000, cache_write_5m=3_750_000)
    long = rates(input_uncached=6_000_000, cache_read=600_000, cache_write_5m=7_500_000)
    of = plan((0, short), (1000, long))
    few, many = row(cache_read=100, cache_write_5m=100), row(cache_read=900, cache_write_5m=200)
    assert found([few, many], of) == [(270_000, 75_000), (4_860_000, 300_000)]


def test_without_a_rate_nothing_is_known() -> None:
    of = plan((0, rates(input_uncached=3_000_000, output=1)))
    none = plan((0, rates(cache_read=1, cache_write_1h=Fraction(1, 3))))
    cached = row(cache_read=10, cache_write_1h=10)
    assert found([cached, cached], of, none) == [(0, 0), (0, 0)]
