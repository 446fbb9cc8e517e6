"""What a replay says of usage, in the form in which it is compared with what live says."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from schemas import columns, series
from schemas.codec import Codec
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, micros, minute_of
from schemas.records import Clock, Finding, Incident
from schemas.states import Block, Bucket
from schemas.unsettled import Told
from streams.book import Books
from streams.log import Record, Sheaf
from streams.steps.amounts import borne, direct
from streams.steps.docket import TOLD
from streams.steps.resting import CLOCK
from streams.steps.step import Key
from streams.walk import Walk, Walked

Charge = tuple[int, str, str, int, str, str]
"""Time, source, id, nano-dollars, owner, price state."""

SUMMED = {series.UNALLOCATED, *series.TREE}


class Replayed:
    """A replay of batches of usage, with everything it said."""

    def __init__(self, books: Books) -> None:
        self.walk = Walk(books)
        self.charges: list[Charge] = []
        self.breaches: set[tuple[Any, ...]] = set()
        self.incidents: dict[str, Incident] = {}
        self._offset = 0

    def feed(self, batches: Iterable[pa.RecordBatch], end: Clock) -> "Replayed":
        """Take the batches and a last clock through the walk."""
        codec = Codec()
        prefix = codec.prefix(columns.USAGE)
        for batch in batches:
            bodies = columns.write(batch, columns.USAGE)
            self._take([prefix + body for body in bodies], micros(end.time))
        self._take([codec.encode(end)], micros(end.time))
        return self

    def _take(self, messages: Sequence[bytes], received: int) -> None:
        records = [
            Record("usage", 0, self._offset + at, None, message, received)
            for at, message in enumerate(messages)
        ]
        self._offset += len(records)
        self._hear(self.walk.feed(records))

    def _hear(self, walked: Walked) -> None:
        for output in walked.metered.outputs:
            if isinstance(output, Sheaf) and output.bodies:
                self.charges += charges(columns.read(output.bodies, columns.CHARGE))
        findings = [one.record for one in walked.docket if isinstance(one.record, Finding)]
        self.breaches |= breaches(findings)
        self.incidents |= {incident.id: incident for incident in walked.incidents}

    def state(self) -> Mapping[Key, Any]:
        """What watch remembers, by key."""
        return dict(self.walk.watching.items())


def charges(batch: pa.RecordBatch) -> list[Charge]:
    """Charges as they are compared."""
    return [
        (
            micros(row["time"]),
            row["source"],
            row["id"],
            row["cost_nano_usd"],
            row["owner"],
            row["price_state"],
        )
        for row in batch.to_pylist()
    ]


def breaches(findings: Iterable[Finding]) -> set[tuple[Any, ...]]:
    """Series, bucket and rule of what breached, and why."""
    return {
        (one.series, one.bucket, one.bucket_start, one.rule, *map(_sorted, (one.parts, one.counts)))
        for one in findings
        if one.phase == "breach"
    }


def _sorted(found: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(found.items()))


def settled(state: Mapping[Key, Any]) -> list[Incident]:
    """The incidents that judge holds, without what was told early of minutes that are still open.

    That may be an incident of its own, or may reopen, grow or end one that is settled. Where
    nothing waits to be settled, all that is published has to be.
    """
    told = state.get(TOLD) or Told()
    waits = any(key[0] == "pending" for key in state)
    last = ("incident", "settled") if waits else ("incident",)
    held = {key[1]: one for group in last for key, one in state.items() if key[0] == group}
    return [one for name, one in held.items() if name not in told.early]


def incidents(found: Iterable[Incident]) -> set[tuple[Any, ...]]:
    """What is promised of incidents; one that another explains is none of its own."""
    return {
        (one.id, one.series, one.causes, one.opened_at, one.resolved_at, one.accrued_nano_usd)
        for one in found
        if one.state != "merged" and one.cause != "catching_up"
    }


def closed_days(state: Mapping[Key, Any], until: int) -> dict[Key, int]:
    """What each owner bore on each UTC day that ended before a minute, nano-dollars, if anything.

    A provisional split that was taken back whole leaves nothing.
    """
    return {
        key: borne(value)
        for key, value in state.items()
        if isinstance(value, Bucket)
        and key[2] == "day"
        and borne(value)
        and (int(key[3]) + 1) * DAY_MINUTES <= until
        and series.split(str(key[1]))[0] in SUMMED
    }


def closed_buckets(state: Mapping[Key, Any]) -> dict[Key, tuple[int, ...]]:
    """First-closed costs of every series, by block, with the minutes in which it rests."""
    found = {
        key: value.costs
        for key, value in state.items()
        if isinstance(value, Block) and key[0] == "block"
    }
    end = minute_of(state[CLOCK].time) if CLOCK in state else 0
    for (kind, *names), value in state.items():
        if kind == "series":
            for minute in range(value.closed, end):
                key = ("block", *names, "minute", minute // HOUR_MINUTES)
                held = state.get(("bucket", *names, "minute", minute)) or Bucket()
                known = found.get(key, (0,) * (minute % HOUR_MINUTES))
                found[key] = (*known, held.cost)
    return {key: costs for key, costs in found.items() if any(costs)}


def allocated(state: Mapping[Key, Any]) -> int:
    """What the units bear, what nobody owns and what stays with pools, over all that is kept."""
    level = (series.UNIT, series.UNALLOCATED)
    buckets = standing(state)
    return sum(borne(bucket) for name, bucket in buckets if series.split(name)[0] in level)


def spent(state: Mapping[Key, Any]) -> Counter[str]:
    """What each series itself cost over all that is kept, nano-dollars; splits do not count."""
    found = Counter[str]()
    for name, bucket in standing(state):
        found[name] += direct(bucket)
    return found


def standing(state: Mapping[Key, Any]) -> Iterator[tuple[str, Bucket]]:
    """Each series' buckets that do not overlap.

    Days hold their closed hours; the hour that is not over and open minutes stand beside them.
    """
    for key, value in state.items():
        if key[0] == "bucket":
            name, grain, index = str(key[1]), str(key[2]), int(key[3])
            closed = state["series", name].closed
            if index >= {"day": 0, "hour": closed // 60, "minute": closed}[grain]:
                yield name, value
