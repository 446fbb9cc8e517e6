"""Columns combined are told apart, and ordered, as their rows are."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.steps.combining import combined

numbers = st.one_of(st.integers(-3, 3), st.integers(-(2**40), 2**40))
tables = st.integers(1, 5).flatmap(lambda wide: st.lists(st.tuples(*[numbers] * wide), min_size=1))


@given(tables)
def test_rows_are_the_same_and_in_order_where_their_keys_are(rows: list[tuple[int, ...]]) -> None:
    found = combined(list(np.array(rows, dtype=np.int64).T)).tolist()
    ordered = sorted(zip(rows, found, strict=True))
    for (row, number), (next_row, next_number) in pairwise(ordered):
        assert number < next_number if row < next_row else number == next_number


def test_no_rows_combine_to_none() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert combined([none, none]).tolist() == []
