"""What a step did, as the entries that its shell commits together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas import bulk
from schemas.codec import Codec
from streams.log import Entry, Sheaf
from streams.steps.step import Key, Output, key_bytes


def written(outputs: Iterable[Output | Sheaf], codec: Codec) -> Iterator[Entry | Sheaf]:
    """Outputs, in their order; bytes are as they are."""
    given = list(outputs)
    records = (one.record for one in given if isinstance(one, Output))
    values = iter(bulk.encode([one for one in records if not isinstance(one, bytes)], codec))
    for one in given:
        if isinstance(one, Sheaf):
            yield one
        else:
            value = one.record if isinstance(one.record, bytes) else next(values)
            yield Entry(one.topic, one.key, value, one.partition, one.headers)


def remembered(
    changes: Mapping[Key, Any], codec: Codec, topic: str, partition: int
) -> Iterator[Entry]:
    """Changes of a state, as its topic holds them; None is a tombstone."""
    values = iter(bulk.encode([one for one in changes.values() if one is not None], codec))
    for key, value in changes.items():
        data = None if value is None else next(values)
        yield Entry(topic, key_bytes(key), data, partition)
