"""Which partition a key belongs to: Kafka's own murmur2, so that every producer agrees.

(Apache Kafka, org.apache.kafka.common.utils.Utils.murmur2; librdkafka's `murmur2_random`.)
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

SEED = 0x9747B28C
M = 0x5BD1E995
MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """The 32-bit hash of a key."""
    length = len(data)
    h = SEED ^ length
    for at in range(0, length - 3, 4):
        k = int.from_bytes(data[at : at + 4], "little") * M & MASK
        k = (k ^ k >> 24) * M & MASK
        h = (h * M & MASK) ^ k
    tail = data[length - length % 4 :]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * M & MASK
    h = (h ^ h >> 13) * M & MASK
    return h ^ h >> 15


@lru_cache(maxsize=65536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key; the sign bit is dropped, as Kafka does."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def identity(source: str, event_id: str) -> bytes:
    """The key of a usage: CloudEvents source and id."""
    return f"{source}|{event_id}".encode()


def partitions_of(keys: list[bytes], partitions: int) -> npt.NDArray[np.int64]:
    """The partitions of many keys: `partition_of` in columns, keys of one length at a time."""
    lengths = np.array([len(key) for key in keys], dtype=np.int64)
    found = np.zeros(len(keys), dtype=np.int64)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        together = b"".join(keys[row] for row in rows)
        table = np.frombuffer(together, dtype=np.uint8).reshape(len(rows), int(length))
        found[rows] = (_murmur2(table) & np.uint32(0x7FFFFFFF)).astype(np.int64) % partitions
    return found


def _murmur2(table: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """`murmur2` of each row; unsigned 32-bit numbers wrap by themselves."""
    length = table.shape[1]
    m = np.uint32(M)
    h = np.full(len(table), SEED ^ length, dtype=np.uint32)
    blocks = np.ascontiguousarray(table[:, : length - length % 4]).view("<u4")
    for column in blocks.T:
        k = column * m
        h = (h * m) ^ ((k ^ (k >> np.uint32(24))) * m)
    for shift, at in enumerate(range(length - length % 4, length)):
        h ^= table[:, at].astype(np.uint32) << np.uint32(8 * shift)
    if length % 4:
        h = h * m
    h = (h ^ (h >> np.uint32(13))) * m
    return h ^ (h >> np.uint32(15))
