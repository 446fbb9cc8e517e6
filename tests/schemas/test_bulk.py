"""Many records at once are written as each of them is."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import bulk, columns, contracts
from schemas.codec import Codec, classes
from schemas.moments import EPOCH
from schemas.records import Clock
from schemas.states import Block
from tests.schemas.avro_values import rows_of

MANY = sorted(kind.__name__.lower() for kind in bulk.MANY)


@pytest.mark.parametrize("record", MANY)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_they_are_the_bytes_of_one_by_one(record: str, data: Any) -> None:
    name = contracts.newest()[record]
    rows = data.draw(st.lists(rows_of(name), min_size=1, max_size=4))
    made: list[Any] = [msgspec.convert(row, classes()[record]) for row in rows] * bulk.FEW
    codec = Codec()

    assert bulk.encode(made, codec) == [codec.encode(one) for one in made]


def test_they_stay_in_their_order_among_others() -> None:
    blocks = [Block(costs=(number,)) for number in range(bulk.FEW)]
    mixed = [one for block in blocks for one in (Clock(time=EPOCH), block)]
    codec = Codec()

    assert bulk.encode(mixed, codec) == [codec.encode(one) for one in mixed]
    assert bulk.encode([], codec) == []


def test_without_the_fast_codec_they_are_written_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(columns, "fast", None)
    blocks = [Block(costs=(number,)) for number in range(bulk.FEW)]

    assert [Codec().decode(one) for one in bulk.encode(blocks, Codec())] == blocks
