"""The records that steps remember: values of the compacted state topics."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a step goes on reading: input topic to next offset."""

    next: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a usage partition's meter has got; times in microseconds since 1970, 0 none."""

    watermark: int = 0
    clocked: bool = False
    live: bool = False
    history_until: int = 0
    since: int = 0
    next: int = 0
    horizon: int = 0
    """The first event minute for which every identity is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Identities accepted in one batch for one event minute: 16 bytes each, one after another."""

    minute: int
    ids: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a reader of tallies has applied of one source; see `Tally` for the fields."""

    next: int = 0
    part: int = 0
    watermark: int = 0
    clocked: bool = False
    live: bool = False
    sources: int = 0
    history_until: int = 0
    since: int = 0


class Bucket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one minute, hour or day of a series holds; money in nano-dollars.

    `cost` is of kind usage only: detectors and ceilings see nothing else. A struct and no
    dataclass, because millions are made: 0.1 against 1.5 microseconds.
    """

    cost: int = 0
    late: int = 0
    restated: int = 0
    shared: int = 0
    charges: int = 0
    unpriced: int = 0
    unowned: int = 0
    quantities: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One minute's buckets of many series in packed columns; those that are 0 for all are empty.

    `gone` are series that hold nothing of it any more.
    """

    series: str = ""
    gone: str = ""
    cost: bytes = b""
    late: bytes = b""
    restated: bytes = b""
    shared: bytes = b""
    charges: bytes = b""
    unpriced: bytes = b""
    unowned: bytes = b""
    quantities: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """Sums of a series' closed hours: the 23 and 167 before the current one, and its month's."""

    hour: int
    day: Bucket
    week: Bucket
    month: Bucket
    month_start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """First-closed costs in order: the minutes of an hour or the hours of a day, nano-dollars."""

    costs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A rule that has found something and has not calmed down; minutes count since 1970.

    `pace` is its greatest excess over `window` minutes so far; money in nano-dollars.
    """

    rule: str
    grain: str
    opened: int
    started: int
    accrued: int
    pace: int
    window: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Burnt:
    """The minutes `[started, until)` since 1970 of an episode that is over, told from `opened`."""

    rule: str
    started: int
    opened: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Where watch stands with one series; `first`, `last` and `closed` are minutes since 1970."""

    first: int
    last: int
    closed: int
    ceilings: Mapping[str, int] = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    breached: Mapping[str, int] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    episodes: tuple[Episode, ...] = ()
    rests: int = 0
    """What its minutes from `closed` on may cost less than, together, for none to be looked at
    before the last of the hour, nano-dollars; 0: each is looked at."""

    rulebook: str = ""
    """Hash of the rulebook by which it rests and by which its ceilings are; empty where none is
    known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One part of what a detector has learnt of a series."""

    longs: tuple[int, ...] = ()
    doubles: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a budget has spent in one period, nano-dollars, and the marks told, in percent."""

    cost: int = 0
    shared: int = 0
    marks: tuple[int, ...] = ()
    end: int = 0
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """What the members of a pool did in one minute or day: member to quantity name to sum."""

    quantities: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poolday:
    """One day of a pool: its cost and what was split so far, by `HASH/MEMBER`; see its contract."""

    cost: int = 0
    split: Mapping[str, int] = field(default_factory=dict)
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Where split stands with one pool."""

    sequence: int = 0
    minute: int = 0
    watermark: int = 0
