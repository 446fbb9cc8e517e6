"""Recorded usage onto the log, with the data's clock: what `spendwatch publish` and the demo do.

A clock record goes to every partition each data minute and at the end, so that event time moves
everywhere. History comes first, in time order, and its last clock says that live usage follows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import pyarrow as pa

from schemas import cloudevents, columns
from schemas.codec import Codec, write_rows
from schemas.keys import identity
from schemas.moments import EPOCH, MINUTE, micros, moment
from schemas.reasons import Refused
from schemas.records import Clock, Rejected
from streams.log import Entry, Log, LogError, Record
from streams.sources.base import Item

BATCH = 1000
END = timedelta(minutes=1)
LOOK = 200
"""Records at the end of a partition that are looked at for later usage."""


class TooEarly(LogError):
    """History can't be published behind usage that is there already."""


@dataclass(slots=True)
class Published:
    """What went onto the log."""

    usages: int = 0
    rejected: int = 0


class Publisher:
    """Turns items into entries, minute by minute of the data."""

    def __init__(self, log: Log, codec: Codec, lateness_s: int, history: bool = False) -> None:
        self._log, self._codec, self._history = log, codec, history
        self._lateness = timedelta(seconds=lateness_s)
        self._partitions = log.partitions("usage")
        self._minute, self._latest = 0, 0
        self.published = Published()

    def publish(self, items: Iterable[Item]) -> Iterator[int]:
        """Append the items; yields after each batch how many it had. Raises LogError."""
        stream = iter(items)
        first = True
        while batch := list(islice(stream, BATCH)):
            if first and self._history:
                self._refuse_behind(next((item.time for item in batch if item.time), 0))
            first = False
            self._log.append([entry for item in batch for entry in self.entries(item)])
            yield len(batch)
        if self._latest:
            self._log.append(self.clocks(*self._last()))

    def publish_batch(self, batch: pa.RecordBatch) -> int:
        """Append usage in columns, in time order, and the clock of its last; how many they were."""
        if not batch.num_rows:
            return 0
        column = pa.array([self._history] * batch.num_rows)
        at = batch.schema.get_field_index("history")
        batch = batch.set_column(at, batch.schema.field(at), column)
        prefix = self._codec.prefix(columns.USAGE)
        keys = zip(*(batch.column(name).to_pylist() for name in ("source", "id")), strict=True)
        bodies = columns.write(batch, columns.USAGE)
        usages = [
            Entry("usage", identity(*key), prefix + body)
            for key, body in zip(keys, bodies, strict=True)
        ]
        last = batch.column("time")[-1].as_py()
        self._log.append([*usages, *self.clocks(micros(last), False)])
        self.published.usages += len(usages)
        return len(usages)

    def _last(self) -> tuple[int, bool]:
        """The time of the last clock, and whether the wall clock goes on from there."""
        if self._history:
            return self._latest, True
        return self._latest + micros(EPOCH + self._lateness + END), False

    def entries(self, item: Item) -> Iterator[Entry]:
        """An item's entries: the clock, where its minute is new, then the usage."""
        if item.time // MINUTE > self._minute:
            yield from self._new_minute(item.time // MINUTE)
        if item.refused is not None:
            self.published.rejected += 1
            yield self._rejected(item, item.refused)
            return
        self._latest = max(self._latest, item.time)
        self.published.usages += 1
        yield self._usage(item)

    def _new_minute(self, minute: int) -> Iterator[Entry]:
        if self._minute:
            yield from self.clocks(minute * MINUTE, False)
        self._minute = minute

    def clocks(self, time: int, live: bool) -> list[Entry]:
        """A clock record for every partition."""
        value = self._codec.encode(Clock(time=moment(time), live=live))
        return [Entry("usage", None, value, number) for number in range(self._partitions)]

    def _usage(self, item: Item) -> Entry:
        """The usage in Avro; what can't be read goes as it is, for the meter to refuse."""
        try:
            row = cloudevents.parse(item.message)
        except Refused:
            return Entry("usage", None, item.message, 0)
        row["history"] = self._history
        body = write_rows([row], columns.USAGE)[0]
        value = self._codec.prefix(columns.USAGE) + body
        return Entry("usage", identity(row["source"], row["id"]), value)

    def _rejected(self, item: Item, why: Refused) -> Entry:
        record = Rejected(
            reason=why.reason,
            detail=why.detail,
            topic=item.file,
            partition=0,
            offset=item.line,
            time=moment(item.received or item.time),
            headers={},
            key=b"",
            original=item.original[:65_536],
            size=len(item.original),
        )
        return Entry("rejected", None, self._codec.encode(record), 0)

    def _refuse_behind(self, time: int) -> None:
        """Raises TooEarly where a partition holds usage later than the first of the history."""
        for number in range(self._partitions):
            end = self._log.end("usage", number)
            held = self._log.read("usage", number, max(0, end - LOOK))
            if any(time_of(record, self._codec) > time for record in held):
                raise TooEarly(
                    f"usage/{number} holds usage later than {moment(time).isoformat()}: history "
                    "comes before anything else"
                )


def time_of(record: Record, codec: Codec) -> int:
    """The event time of a message of the usage topic, microseconds since 1970; 0 for none."""
    value = record.value or b""
    try:
        if value.lstrip()[:1] == b"{":
            return micros(cloudevents.parse(value)["time"])
        held = codec.decode(value)
    except Refused:
        return 0
    time = held.time if isinstance(held, Clock) else isinstance(held, dict) and held.get("time")
    return micros(time) if time else 0
