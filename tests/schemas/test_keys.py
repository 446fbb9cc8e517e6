"""Which partition a key belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.keys import identity, murmur2, partition_of, partitions_of

VECTORS = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]
"""Apache Kafka, clients/src/test/.../utils/UtilsTest.java, testMurmur2."""


@pytest.mark.parametrize(("key", "signed"), VECTORS)
def test_murmur2_is_kafkas(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed & 0xFFFFFFFF


@pytest.mark.parametrize(("key", "signed"), VECTORS)
def test_a_partition_is_kafkas_positive_hash_by_their_number(key: bytes, signed: int) -> None:
    assert partition_of(key, 12) == (signed & 0x7FFFFFFF) % 12


@given(keys=st.lists(st.binary(max_size=40)), partitions=st.integers(1, 1024))
def test_columns_of_keys_are_placed_as_single_ones(keys: list[bytes], partitions: int) -> None:
    assert partitions_of(keys, partitions).tolist() == [partition_of(k, partitions) for k in keys]


def test_an_identity_is_source_and_id() -> None:
    assert identity("/svc/chat", "e1") == b"/svc/chat|e1"
    assert identity("/Größe", "ü") == "/Größe|ü".encode()
