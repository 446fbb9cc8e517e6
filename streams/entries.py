"""What a step did, as the entries that its shell commits together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.codec import Codec
from streams.log import Entry, Sheaf
from streams.steps.step import Key, Output, key_bytes


def written(outputs: Iterable[Output | Sheaf], codec: Codec) -> Iterator[Entry | Sheaf]:
    """Outputs, in their order; bytes are as they are."""
    for output in outputs:
        if isinstance(output, Sheaf):
            yield output
        else:
            value = output.record
            if not isinstance(value, bytes):
                value = codec.encode(value)
            yield Entry(output.topic, output.key, value, output.partition, output.headers)


def remembered(
    changes: Mapping[Key, Any], codec: Codec, topic: str, partition: int
) -> Iterator[Entry]:
    """Changes of a state, as its topic holds them; None is a tombstone."""
    for key, value in changes.items():
        data = None if value is None else codec.encode(value)
        yield Entry(topic, key_bytes(key), data, partition)
