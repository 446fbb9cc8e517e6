"""Which partition a key belongs to: Kafka's own murmur2, so that every producer agrees.

(Apache Kafka, org.apache.kafka.common.utils.Utils.murmur2; librdkafka's `murmur2_random`.)
"""

from collections.abc import Sequence
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


def partitions_of(keys: Sequence[bytes], partitions: int) -> npt.NDArray[np.int64]:
    """The partitions of many keys: `partition_of` in columns."""
    if not keys:
        return np.zeros(0, dtype=np.int64)
    return (_murmur2(keys) & np.uint32(0x7FFFFFFF)).astype(np.int64) % partitions


def _murmur2(keys: Sequence[bytes]) -> npt.NDArray[np.uint32]:
    """`murmur2` of each key, word by word of all keys; unsigned 32-bit numbers wrap by themselves.

    The longest come first, so that those which have a word are the first ones.
    """
    lengths = np.fromiter(map(len, keys), dtype=np.int64, count=len(keys))
    order = np.argsort(-lengths, kind="stable")
    lengths = lengths[order]
    words = lengths // 4
    width = int(words[0]) + 1
    padded = np.array(keys, dtype=f"S{4 * width}").view("<u4").reshape(-1, width)
    table = np.ascontiguousarray(padded[order].T)
    m, h = np.uint32(M), lengths.astype(np.uint32) ^ np.uint32(SEED)
    for word, have in zip(table, np.searchsorted(-words, -np.arange(width - 1)), strict=False):
        k = word[:have] * m
        h[:have] = (h[:have] * m) ^ ((k ^ (k >> np.uint32(24))) * m)
    h ^= table[words, np.arange(len(keys))]  # what is left of the last word
    h[lengths % 4 > 0] *= m
    h = (h ^ (h >> np.uint32(13))) * m
    found = np.empty_like(h)
    found[order] = h ^ (h >> np.uint32(15))
    return found
