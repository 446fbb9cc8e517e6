"""Watch's memory: what is seldom read of a series is kept as bytes, at a third of the memory.

A series that has lived for long has hundreds of closed hours, days and blocks of costs, of which a
minute's closing reads three or four. An object of Python's takes ten times what its numbers do.
Its minutes come and go with nearly every batch: the topic holds them as `minutes` says.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, Self

import msgspec
import numpy as np

from schemas import contracts
from schemas.codec import CONFLUENT
from schemas.rules import Grain
from schemas.states import Block, Bucket
from streams.steps import minute_rows, minutes, resting
from streams.steps.minute_rows import Columns
from streams.steps.minutes import Kept, Turn
from streams.steps.opened import GROWN, SERIES, Opened
from streams.steps.step import Changes, Decode, Group, Key, decoded, gathered, grouped
from streams.steps.tables import Table

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


class WatchState(Opened):
    """All that watch remembers of one partition."""

    __slots__ = ("_decode", "kept")

    _decode: Decode

    def __init__(self, entries: Iterable[tuple[Key, Any]] = ()) -> None:
        self.kept: dict[int, Kept] = {}
        """How each minute stands in the topic."""

        super().__init__(entries)

    @classmethod
    def restored(cls, entries: Iterable[tuple[bytes, bytes]], decode: Decode) -> Self:
        """What is kept packed stays as its topic holds it until it is asked for."""
        made, apart = cls(), dict[int, Group]()
        made._decode = decode
        for prefix, group in gathered(entries):
            if prefix[:1] == ("minute",):
                apart[int(prefix[1])] = group
            else:
                kept = group if packs(prefix) else decoded(group, decode)
                Opened.apply(made, Changes({prefix: kept}))
        made._refill(apart)
        Opened.apply(made, dict(resting.restored(made)))
        return made

    def _refill(self, records: Mapping[int, Group]) -> None:
        """Take minutes in, in the order of their records' numbers."""
        found = dict.fromkeys(records, Kept())
        for at, group in records.items():
            for number in sorted(map(int, group)):
                rows = list(minute_rows.rows(self._decode(group[number])))
                held: dict[Key, Bucket | None] = {
                    ("bucket", name, Grain.MINUTE, at): bucket for name, bucket in rows
                }
                Opened.apply(self, held)
                found[at] = found[at].and_record(number, len(rows))
        count = minutes.held(self.groups)
        self.kept = {at: found.get(at, Kept())._replace(series=count[at]) for at in count}

    def _part(self, table: Table, minute: int, names: Iterable[str]) -> None:
        if minute in self.kept:
            super()._part(table, minute, names)

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

    def written(self, changes: Mapping[Key, Any]) -> Mapping[Key, Any]:
        """Changes as the topic is to hold them: minutes by the batch."""
        groups = grouped(changes)
        found = {prefix: group for prefix, group in groups.items() if not _apart(prefix)}
        for minute, turn in self._turns(groups).items():
            old = self.kept.get(minute, Kept())
            new = old.after(turn, self._most)
            anew = new.records.start != old.records.start
            rows = self._all(minute, turn, groups) if anew else self._changed(minute, turn)
            found["minute", minute] = minutes.numbered(old, new, rows if new.series else Columns())
        return Changes(found)

    def _turns(self, groups: Mapping[Key, Group]) -> Mapping[int, Turn]:
        """What changes by minute."""
        found = minutes.turns(groups, self.names)
        for minute, rows in groups.get(GROWN, {}).items():
            turn = found.setdefault(int(minute), Turn())
            turn.added = rows
            turn.grown += int((~self.table(int(minute)).held[rows.numbers]).sum())
        return found

    def _changed(self, minute: int, turn: Turn) -> Columns:
        """What a batch changes of a minute, as it then stands."""
        found = Columns.of(turn.rows.items())
        if turn.added is None:
            return found
        added = self.table(minute).after(turn.added)
        return Columns.of_table(added, self.numbers.names).joined(found)

    def _all(self, minute: int, turn: Turn, groups: Mapping[Key, Group]) -> Columns:
        """All that is held of a minute after a batch."""
        table = deepcopy(self.open.get(minute, Table(self.numbers.room)))
        for name in turn.rows.keys() & self.numbers.of.keys():
            table.drop(self.numbers.of[name], apart=True)
        if turn.added is not None:
            table.add(turn.added)
        held = table.rows(np.flatnonzero(table.held))
        found = Columns.of_table(held, self.numbers.names)
        if len(held) == self.kept.get(minute, Kept()).series + turn.grown:
            return found  # no series has it elsewhere
        return found.joined(Columns.of(minutes.all_rows(minute, groups, self.groups)))

    @property
    def _most(self) -> int:
        """Rows of a minute that are worth keeping."""
        return minutes.TWICE * len(super().names(SERIES))

    def apply(self, changes: Mapping[Key, Any]) -> None:
        """Let committed changes in."""
        groups = grouped(changes)
        for minute, turn in self._turns(groups).items():
            self.kept[minute] = self.kept.get(minute, Kept()).after(turn, self._most)
            if not self.kept[minute].series:
                del self.kept[minute]
        super().apply(Changes(dict(map(_packed, groups.items()))))


def _apart(prefix: Key) -> bool:
    """Whether the topic holds a group in another form, or not at all."""
    return prefix in (resting.LEFT, GROWN) or minutes.holds(prefix)


def _packed(group: tuple[Key, Group]) -> tuple[Key, Group]:
    prefix, values = group
    if not packs(prefix):
        return group
    return prefix, {last: _pack_once(value) for last, value in values.items()}


def _pack_once(value: Any) -> bytes | None:
    return value if value is None or isinstance(value, bytes) else pack(value)
