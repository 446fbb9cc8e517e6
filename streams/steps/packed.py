"""Watch's memory: what is seldom read of a series is kept as bytes, at a third of the memory.

A series that has lived for long has hundreds of closed hours, days and blocks of costs, of which a
minute's closing reads three or four. An object of Python's takes ten times what its numbers do.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import msgspec

from schemas import contracts
from schemas.codec import CONFLUENT
from schemas.rules import Grain
from schemas.states import Block, Bucket
from streams.steps.step import Changes, Decode, Group, Key, State, decoded, gathered, grouped

BLOCKS = ("block", "learnt")
GRAINS = (Grain.HOUR, Grain.DAY)
"""Of buckets: those of minutes are read again and again."""

FIELDS = Bucket.__struct_fields__

MESSAGE = (contracts.SINGLE_OBJECT[0], CONFLUENT[0])
"""First bytes of messages; an array in msgpack begins with another."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode


def packs(prefix: Key) -> bool:
    """Whether the values of a group are kept as bytes."""
    return len(prefix) == 3 and (
        prefix[0] in BLOCKS or (prefix[0] == "bucket" and prefix[2] in GRAINS)
    )


def pack(value: Block | Bucket) -> bytes:
    """A value as bytes (msgpack)."""
    if isinstance(value, Block):
        return _pack(value.costs)
    return _pack([getattr(value, name) for name in FIELDS])


def unpack(data: bytes, kind: str | int) -> Block | Bucket:
    """The way back; `kind` is the first part of its key."""
    held = _unpack(data)
    if kind in BLOCKS:
        return Block(costs=tuple(held))
    return Bucket(**dict(zip(FIELDS, held, strict=True)))


class WatchState(State):
    """All that watch remembers of one partition."""

    __slots__ = ("_decode",)

    _decode: Decode

    @classmethod
    def restored(cls, entries: Iterable[tuple[bytes, bytes]], decode: Decode) -> Self:
        """What is kept packed stays as its topic holds it until it is asked for."""
        made = cls()
        made._decode = decode
        for prefix, group in gathered(entries):
            kept = group if packs(prefix) else decoded(group, decode)
            State.apply(made, Changes({prefix: kept}))
        return made

    def get(self, key: Key) -> Any:
        """The value of a key, or None."""
        value = super().get(key)
        return self._unpacked(value, key[0]) if value.__class__ is bytes else value

    def below(self, prefix: Key) -> Group:
        """The values of a group."""
        group = super().below(prefix)
        if not group or not packs(prefix):
            return group
        return {last: self._unpacked(value, prefix[0]) for last, value in group.items()}

    def _unpacked(self, data: bytes, kind: str | int) -> Any:
        if data[0] in MESSAGE:
            return self._decode(data)
        return unpack(data, kind)

    def apply(self, changes: Mapping[Key, Any]) -> None:
        """Let committed changes in."""
        super().apply(Changes(dict(map(_packed, grouped(changes).items()))))


def _packed(group: tuple[Key, Group]) -> tuple[Key, Group]:
    prefix, values = group
    if not packs(prefix):
        return group
    return prefix, {last: _pack_once(value) for last, value in values.items()}


def _pack_once(value: Any) -> bytes | None:
    return value if value is None or isinstance(value, bytes) else pack(value)
