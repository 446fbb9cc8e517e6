"""Columns of whole numbers come back from their bytes, in as few as the widest number needs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.integers import packed, unpacked
from schemas.reasons import Refusal, Refused


@given(numbers=st.lists(st.integers(-(2**127), 2**127 - 1)))
def test_whole_numbers_come_back(numbers: list[int]) -> None:
    assert unpacked(packed(numbers)).tolist() == numbers


@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_an_array_is_packed_as_its_numbers_are(numbers: list[int]) -> None:
    column = np.array(numbers, dtype=np.int64)
    assert packed(column) == packed(numbers) == packed(column.astype(object))
    assert unpacked(packed(column)).dtype == np.int64


@pytest.mark.parametrize(
    ("numbers", "data"),
    [
        ([], b""),
        ([1, -128, 127], b"\x01\x01\x80\x7f"),
        ([128, -1], b"\x02\x80\x00\xff\xff"),
        ([-32769], b"\x04\xff\x7f\xff\xff"),
        ([2**31], b"\x08\x00\x00\x00\x80\x00\x00\x00\x00"),
        ([2**63], b"\x10" + bytes(7) + b"\x80" + bytes(8)),
    ],
)
def test_the_widest_number_says_how_many_bytes_each_has(numbers: list[int], data: bytes) -> None:
    assert packed(numbers) == data


@pytest.mark.parametrize("data", [b"\x00", b"\x03\x01\x01\x01", b"\x02\x01", b"\x10\x01", b"\xff"])
def test_bytes_that_are_no_column_are_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        unpacked(data)
    assert refused.value.reason == Refusal.NOT_AVRO
