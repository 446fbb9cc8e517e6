"""The records that travel: one frozen value for each kind of message, equal to its Avro contract.

Money is integer nano-dollars, time aware UTC. Usage and charges are columns (`schemas.columns`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.series import parted


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A data clock: event time has got this far; `live`, the wall clock takes over from here."""

    time: datetime
    live: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Partial sums of the charges in `[first, next)` of one source, in packed columns.

    `schemas.integers` packs them, `schemas.series` joins the names of `series`. `cost` is
    nano-dollars, `minute` minutes since 1970, `at` an index into `series`. `known` is the
    minute in which an amount became known, empty where that is its own for all. `watermark`,
    `history_until` and `since` are microseconds since 1970, 0 for none yet.
    """

    source: str
    first: int
    next: int
    part: int = 0
    parts: int = 1
    watermark: int = 0
    clocked: bool = False
    live: bool = False
    sources: int = 1
    history_until: int = 0
    since: int = 0
    series: str = ""
    at: bytes = b""
    minute: bytes = b""
    kind: bytes = b""
    known: bytes = b""
    cost: bytes = b""
    charges: bytes = b""
    unpriced: bytes = b""
    unowned: bytes = b""
    quantities: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Its series, one by one."""
        return parted(self.series)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """An allocation over `[start, end)`; `cost_nano_usd` holds direct and shared cost.

    `late_nano_usd` and `restated_nano_usd` are what has corrected it since its minutes closed.
    """

    window: str
    start: datetime
    end: datetime
    cost_nano_usd: int
    shared_nano_usd: int
    charges: int
    unpriced: int
    quantities: Mapping[str, int]
    late_nano_usd: int = 0
    restated_nano_usd: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What an owner bears in each rolling window, as of the watermark `time`."""

    series: str
    owner: str
    level: str
    time: datetime
    windows: tuple[Window, ...]
    learning_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Where a budget stands in its period `[start, end)`, with its forecast and that one's band."""

    name: str
    series: str
    owner: str
    start: datetime
    end: datetime
    amount_nano_usd: int
    spent_nano_usd: int
    shared_nano_usd: int
    forecast_nano_usd: int
    low_nano_usd: int
    high_nano_usd: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a detector or a policy says of a bucket, with its reason in numbers."""

    series: str
    owner: str
    dimensions: Mapping[str, str]
    rule: str
    cause: str
    phase: str
    bucket: str
    bucket_start: datetime
    bucket_end: datetime
    time: datetime
    window: int
    observed: int
    expected: int
    low: int
    high: int
    excess_nano_usd: int
    accrued_nano_usd: int
    hourly_nano_usd: int
    opened_at: datetime
    reason: str
    history: bool
    rulebook: str
    late_nano_usd: int = 0
    restated_nano_usd: int = 0
    parts: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """Watch has said all it will say of buckets that end by `time`."""

    partition: int
    partitions: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person or a ticket system said back; a second one with its id changes nothing."""

    id: str
    incident: str
    action: str
    by: str
    time: datetime
    until: datetime | None = None
    cap_nano_usd_per_hour: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time as an event: the minute that has begun."""

    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """An answer that teaches: what the series cost in `[start, end)` was expected."""

    series: str
    start: datetime
    end: datetime
    effective_from: datetime
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The latest that one rule said of one series, with the numbers of the breach that began it."""

    series: str
    rule: str
    cause: str
    phase: str
    bucket_start: datetime
    opened_at: datetime
    accrued_nano_usd: int
    hourly_nano_usd: int
    observed: int
    expected: int
    reason: str
    parts: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An overrun with a life. `quiet` names why nobody is told; empty, it is told.

    `accrued_nano_usd` is what its minutes came to when they closed; what came late and what was
    restated of them since stands beside it, as its correction.
    """

    id: str
    revision: int
    generation: int
    series: str
    owner: str
    dimensions: Mapping[str, str]
    cause: str
    causes: tuple[str, ...]
    severity: str
    state: str
    opened_at: datetime
    resolved_at: datetime | None
    updated_at: datetime
    accrued_nano_usd: int
    projected_nano_usd: int
    hourly_nano_usd: int
    evidence: tuple[Evidence, ...]
    news: str
    places: tuple[str, ...]
    rulebook: str
    merged_into: str | None = None
    quiet: str = ""
    by: str = ""
    until: datetime | None = None
    cap_nano_usd_per_hour: int = 0
    carried_nano_usd: int = 0
    late_nano_usd: int = 0
    restated_nano_usd: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One revision of an incident, to be shown in one place."""

    incident: str
    revision: int
    place: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far one place has been brought towards one incident."""

    incident: str
    place: str
    desired: int
    delivered: int
    generation: int
    phase: str
    remote: Mapping[str, str]
    attempt: int
    intent_at: datetime | None = None
    due_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to show one revision in one place."""

    incident: str
    place: str
    revision: int
    outcome: str
    reason: str
    at: datetime
    latency_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """One version of everything that a user may change, as YAML text."""

    hash: str
    text: str
    effective_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Input that could not be used; `original` holds at most its first 65,536 bytes."""

    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    time: datetime
    headers: Mapping[str, bytes]
    key: bytes
    original: bytes
    size: int
