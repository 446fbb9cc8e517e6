"""The shape that all steps share: step(state, records, rulebooks) -> Outcome.

`state` is read, never changed; `changes` are the new values by key; a shell commits both with the
outputs or drops them together.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, Self

from schemas.codec import Codec
from streams.log import Sheaf

Key = tuple[str | int, ...]
"""A state key: its kind first, then what it is of: `("bucket", "application:chat", "hour", 1)`."""

SEPARATOR = " "
"""Between the parts of a key on the wire; series escape it."""


def key_bytes(key: Key) -> bytes:
    """A key as a topic holds it."""
    return SEPARATOR.join(str(part) for part in key).encode()


def key_of(data: bytes) -> Key:
    """The way back from `key_bytes`: parts that are whole numbers are numbers."""
    return tuple(_part(part) for part in data.decode().split(SEPARATOR))


def _part(text: str) -> str | int:
    return int(text) if text.removeprefix("-").isdigit() else text


GROUPS = 100
"""Groups of keys that are restored at once."""


@dataclass(frozen=True, slots=True)
class Output:
    """A record for a topic; without a partition, its key decides."""

    topic: str
    key: bytes | None
    record: Any
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did: new values by key (None: forget it), outputs in order, counts."""

    changes: Mapping[Key, Any] = field(default_factory=dict)
    outputs: Sequence[Output | Sheaf] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


Group = Mapping[str | int, Any]
"""The values whose keys differ in the last part alone, by that part."""


Decode = Callable[[bytes], Any]
"""From a message to its record; raises Refused."""


class State:
    """All that a step remembers of one partition, in groups: keys that share all but the last."""

    __slots__ = ("groups",)

    def __init__(self, entries: Iterable[tuple[Key, Any]] = ()) -> None:
        self.groups: dict[Key, dict[str | int, Any]] = {}
        self.apply(dict(entries))

    @classmethod
    def restored(cls, entries: Iterable[tuple[bytes, bytes]], decode: Decode) -> Self:
        """What a state topic says, by its keys. Raises Refused."""
        made = cls()
        coming = ((prefix, decoded(group, decode)) for prefix, group in gathered(entries))
        while some := dict(islice(coming, GROUPS)):
            made.apply(Changes(some))
        return made

    def get(self, key: Key) -> Any:
        """The value of a key, or None."""
        group = self.groups.get(key[:-1])
        return None if group is None else group.get(key[-1])

    def below(self, prefix: Key) -> Group:
        """The values of a group."""
        return self.groups.get(prefix, {})

    def names(self, prefix: Key) -> Collection[str | int]:
        """The last parts of a group's keys."""
        return self.groups.get(prefix, {})

    def items(self) -> Iterator[tuple[Key, Any]]:
        """All keys and their values."""
        for prefix in self.groups:
            for last, value in self.below(prefix).items():
                yield (*prefix, last), value

    def written(self, changes: Mapping[Key, Any]) -> Mapping[Key, Any]:
        """Changes as the state's topic is to hold them."""
        return changes

    def apply(self, changes: Mapping[Key, Any]) -> None:
        """Let committed changes in; only the shell calls this, after the commit."""
        for prefix, new in grouped(changes).items():
            group = self.groups.setdefault(prefix, {})
            group.update(new)
            for last in [last for last, value in new.items() if value is None]:
                del group[last]
            if not group:
                del self.groups[prefix]


def grouped(changes: Mapping[Key, Any]) -> Mapping[Key, Group]:
    """Values by key, in groups."""
    if isinstance(changes, Changes):
        return changes.groups
    found: dict[Key, dict[str | int, Any]] = {}
    for key, value in changes.items():
        found.setdefault(key[:-1], {})[key[-1]] = value
    return found


def gathered(
    entries: Iterable[tuple[bytes, bytes]],
) -> Iterator[tuple[Key, Mapping[str | int, bytes]]]:
    """A state topic's entries in groups: what its keys share is looked at once."""
    found: defaultdict[bytes, dict[bytes, bytes]] = defaultdict(dict)
    separator = SEPARATOR.encode()
    for key, value in entries:
        prefix, parted, last = key.rpartition(separator)
        found[prefix + parted][last] = value
    for prefix, group in found.items():
        names = key_of(separator.join(group))
        yield key_of(prefix)[:-1], dict(zip(names, group.values(), strict=True))


def decoded(group: Mapping[str | int, bytes], decode: Decode) -> Group:
    """A group's values from their messages. Raises Refused."""
    return {last: decode(value) for last, value in group.items()}


class Remembered(Protocol):
    """What a draft asks of what it is of: a state, another draft, or a state with more."""

    def get(self, key: Key) -> Any:
        """The value of a key, or None."""
        ...

    def below(self, prefix: Key) -> Group:
        """The values of a group."""
        ...

    def names(self, prefix: Key) -> Collection[str | int]:
        """The last parts of a group's keys."""
        ...


class Draft:
    """A state as a step is about to change it: reads through, keeps what is new to itself.

    Of another draft it is a trial: whoever makes it throws it away.
    """

    __slots__ = ("_new", "_state")

    def __init__(self, state: Remembered) -> None:
        self._state = state
        self._new: dict[Key, dict[str | int, Any]] = {}

    def get(self, key: Key) -> Any:
        """The new value of a key, else the state's, else None."""
        new = self._new.get(key[:-1])
        if new is not None and key[-1] in new:
            return new[key[-1]]
        return self._state.get(key)

    def put(self, key: Key, value: Any) -> None:
        """A new value; None forgets the key."""
        self._new.setdefault(key[:-1], {})[key[-1]] = value

    def below(self, prefix: Key) -> Group:
        """The values of a group, new ones included, in no order."""
        old, new = self._state.below(prefix), self._new.get(prefix)
        if new is None:
            return old
        return {last: value for last, value in {**old, **new}.items() if value is not None}

    def pair(self, prefix: Key) -> tuple[Group, dict[str | int, Any]]:
        """A group's values as they were, and its new ones, to be read and written by many."""
        return self._state.below(prefix), self._new.setdefault(prefix, {})

    def names(self, prefix: Key) -> Collection[str | int]:
        """The last parts of a group's keys."""
        return self.below(prefix)

    @property
    def changes(self) -> "Changes":
        """All that is new, by key; what came and went within the step is neither."""
        found = {}
        for prefix, group in self._new.items():
            old = self._state.names(prefix)
            some = {at: new for at, new in group.items() if new is not None or at in old}
            if some:
                found[prefix] = some
        return Changes(found)


class Changes(Mapping[Key, Any]):
    """New values by key, in groups as a state keeps them."""

    __slots__ = ("groups",)

    def __init__(self, groups: Mapping[Key, Group]) -> None:
        self.groups = groups

    def __getitem__(self, key: Key) -> Any:
        return self.groups[key[:-1]][key[-1]]

    def __iter__(self) -> Iterator[Key]:
        for prefix, group in self.groups.items():
            for last in group:
                yield (*prefix, last)

    def __len__(self) -> int:
        return sum(map(len, self.groups.values()))


class StepError(Exception):
    """The step can't go on without guessing: nothing is committed and the partition stops."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a step must know of where it runs: how wide the topics are, how messages are framed."""

    partition: int = 0
    """The partition that the step works on."""

    usages: int = 1
    """Partitions of `usage`."""

    tallies: int = 1
    """Partitions of `tally`."""

    codec: Codec = field(default_factory=Codec)

    every_charge: bool = False
    """Whether charges are wanted also where the rulebook keeps none, as in a replay."""

    shows: bool = True
    """Whether somebody looks at allocations while they grow."""
