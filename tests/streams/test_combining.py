"""Columns combined are told apart, and ordered, as their rows are."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.steps.combining import combined, distinct, grouped

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


@given(st.lists(numbers, max_size=40))
def test_numbers_are_grouped_as_when_they_are_sorted(given_: list[int]) -> None:
    asked = np.array(given_, dtype=np.int64)
    found, which = grouped(asked)
    assert found.tolist() == sorted(set(given_)) and found[which].tolist() == given_


@given(tables)
def test_of_each_combination_the_first_row_is_found(rows: list[tuple[int, ...]]) -> None:
    which, first = distinct(list(np.array(rows, dtype=np.int64).T))
    assert [rows[at] for at in first[which].tolist()] == rows
    assert sorted(first.tolist()) == sorted({row: rows.index(row) for row in rows}.values())
