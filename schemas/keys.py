"""Which partition a key belongs to: Kafka's own murmur2, so that every producer agrees.

(Apache Kafka, org.apache.kafka.common.utils.Utils.murmur2; librdkafka's `murmur2_random`.)
"""

from functools import lru_cache

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
