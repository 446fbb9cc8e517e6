"""Tables in Parquet: one usage a row, columns named as the fields of a usage or by a mapping.

Cells that need a closer look are looked at row by row, as those of a table of texts are, and
refused with their reason; everything else goes on in columns.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas import columns
from schemas.cloudevents import LLM, TEXTS
from schemas.reasons import Refusal, Refused
from streams.sources import cells, mapping
from streams.sources.base import Item, Origin, Unreadable, opened
from streams.sources.mapping import FIELDS, TOTAL
from streams.sources.mapping import Mapping as Columns
from streams.sources.rows import BATCH, Rows, Stretch, beside, carried, items, parsed
from streams.sources.times import MICROS
from streams.steps.intake import Bools, Ints

STRUCT = "quantities"
"""The column that may hold all quantities of a row."""

PERIOD = ("period_start", "period_end")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the columns of one file mean."""

    file: str
    mapping: Columns
    """Quantities within a struct are named as `quantities.output`."""

    unknown: tuple[str, ...] = ()
    """Quantities within a struct that are none of ours."""

    typed: bool = False
    """Whether a column says the type of each row."""

    @property
    def wanted(self) -> list[str]:
        """The columns that have to be read."""
        held = [STRUCT if name.startswith(f"{STRUCT}.") else name
                for name in self.mapping.columns.values()]  # fmt: skip
        more = [STRUCT] * bool(self.unknown) + ["type"] * self.typed
        return list(dict.fromkeys([*held, *more]))


def read(path: Path, columns: Columns | None = None) -> Iterator[Item]:
    """The rows of a file, numbered from 1. Raises Unreadable."""
    for found in rows(path, columns):
        yield from items(found)


def rows(path: Path, columns: Columns | None = None) -> Iterator[Rows]:
    """The same in columns. Raises Unreadable."""
    try:
        with pq.ParquetFile(opened(path)) as table:
            plan = _plan(path, table.schema_arrow, columns)
            number, time = 1, 0
            for batch in table.iter_batches(BATCH, columns=plan.wanted):
                if batch.num_rows:
                    found = Given.of(batch, plan, number).rows(time)
                    number, time = number + len(found), int(found.time[-1])
                    yield found
    except (pa.ArrowException, OSError) as wrong:
        raise Unreadable(f"{path}: {' '.join(str(wrong).split())}") from wrong


def _plan(path: Path, schema: pa.Schema, given: Columns | None) -> Plan:
    """What a file's columns mean. Raises Unreadable where some are missing."""
    wanted = {"time"} if given is None else set(given.columns.values())
    missing = sorted(wanted - set(schema.names))
    if missing:
        raise Unreadable(f"{path}: no column {', '.join(missing)}")
    if given is not None:
        plain = not pa.types.is_string(schema.field(given.columns["time"]).type)
        return Plan(path.name, given.model_copy(update={"time_format": ""}) if plain else given)
    inner = _inner(path, schema)
    held = {name: name for name in schema.names if name in FIELDS}
    held |= {name: f"{STRUCT}.{name}" for name in inner if name in FIELDS}
    unknown = tuple(name for name in inner if name not in (*columns.quantities(), TOTAL))
    return Plan(path.name, Columns(type=LLM, columns=held), unknown, "type" in schema.names)


def _inner(path: Path, schema: pa.Schema) -> list[str]:
    """The names within the struct of quantities. Raises Unreadable."""
    if STRUCT not in schema.names:
        return []
    kind = schema.field(STRUCT).type
    if not pa.types.is_struct(kind):
        raise Unreadable(f"{path}: column {STRUCT} is {kind}, not a struct")
    return [part.name for part in kind]


@dataclass(frozen=True, slots=True)
class Given:
    """Rows of a file that come together; `first` is the number of the first."""

    plan: Plan
    held: Mapping[str, Any]
    """By column, those within the struct too."""

    count: int
    first: int

    @classmethod
    def of(cls, batch: pa.RecordBatch, plan: Plan, first: int) -> "Given":
        """A batch as it is read."""
        held = {name: batch.column(name) for name in batch.schema.names}
        if STRUCT in held:
            kind = batch.schema.field(STRUCT).type
            parts = zip(kind, held.pop(STRUCT).flatten(), strict=True)
            held |= {f"{STRUCT}.{part.name}": column for part, column in parts}
        return cls(plan, held, batch.num_rows, first)

    def rows(self, before: int) -> Rows:
        """All of them; `before` is the time of the row before the first."""
        usage, received, odd = self._usage()
        at, others = np.flatnonzero(~odd), np.flatnonzero(odd)
        rest = parsed([self._item(place) for place in others.tolist()])
        fast = usage.filter(pa.array(~odd)) if len(others) else usage
        made, where = beside([fast], at, rest, others)
        time = np.array(usage.column("time").cast(pa.int64()))
        time[others], received[others] = rest.time, rest.received
        refused = {int(others[row]): why for row, why in rest.refused.items()}
        told = [Stretch(0, 0, self.origin)]
        return Rows(made, where, carried(time, before), received, refused, told)

    def _column(self, field: str) -> Any:
        """The cells of a field, whether a column holds them or they are all alike."""
        name = self.plan.mapping.columns.get(field)
        if name is not None:
            return self.held[name]
        if field == "type":
            return self.held["type"] if self.plan.typed else self._alike(self.plan.mapping.type)
        return self._alike(self.plan.mapping.constants.get(field))

    def _alike(self, value: str | int | None) -> Any:
        return pa.nulls(self.count) if value is None else pa.repeat(value, self.count)

    def _usage(self) -> tuple[pa.RecordBatch, Ints, Bools]:
        """As usage, when each was received, and which need a closer look."""
        odd = self._strange()
        made: dict[str, Any] = {"history": pa.repeat(False, self.count)}
        for name in ("type", "source", "id", *TEXTS):
            held, wrong = cells.texts(self._column(name))
            made[name], odd = _filled(held, TEXTS.get(name, "")), odd | wrong
        made["source"] = _or(made["source"], self.plan.file)
        made["id"] = _or(made["id"], self._numbers())
        times = {}
        for name in ("time", "received", *PERIOD):
            times[name], wrong = cells.times(self._column(name))
            odd |= wrong
        made |= {name: pa.array(times[name]).cast(MICROS) for name in ("time", *PERIOD)}
        counts: list[Any] = []
        for name in ("duration_s", *columns.quantities()):
            held, wrong = cells.counts(self._column(name))
            counts, odd = [*counts, pa.array(held)], odd | wrong
        shape = columns.arrow(columns.USAGE)
        made["duration_s"] = counts[0]
        made[STRUCT] = pa.StructArray.from_arrays(counts[1:], fields=list(shape.field(STRUCT).type))
        arrays = [made[name] for name in shape.names]
        usage = pa.RecordBatch.from_arrays(arrays, schema=shape)
        return usage, times["received"], odd | (times["time"] == 0)

    def _strange(self) -> Bools:
        """Rows that hold what only a closer look can tell: a total, or unknown quantities."""
        names = [self.plan.mapping.columns.get(TOTAL), *self._unknown()]
        found = np.zeros(self.count, dtype=bool)
        for held in (self.held[name] for name in names if name is not None):
            found |= np.asarray(held.is_valid())
        return found | (TOTAL in self.plan.mapping.constants)

    def _unknown(self) -> list[str]:
        return [f"{STRUCT}.{name}" for name in self.plan.unknown]

    def _numbers(self) -> Any:
        return pa.array(np.arange(self.first, self.first + self.count)).cast(pa.string())

    def _item(self, place: int) -> Item:
        """A row after the closer look, as an event."""
        row = {name: cells.said(held[place]) for name, held in self.held.items()}
        file, number, original = self.origin(place)
        unknown = [name for name in self._unknown() if row[name] != ""]
        if unknown:
            why = Refused(Refusal.UNKNOWN_QUANTITY, ", ".join(unknown))
            return Item(file, number, original, b"", refused=why)
        given = self.plan.mapping
        kind = given.model_copy(update={"type": row["type"]}) if self.plan.typed else given
        return mapping.item(kind, row, Origin(file, number, original), 0)

    def origin(self, place: int) -> Origin:
        """Where a row stands, and what it holds."""
        row = {name: cells.said(held[place]) for name, held in self.held.items()}
        said = json.dumps({name: value for name, value in row.items() if value != ""})
        return Origin(self.plan.file, self.first + place, said.encode())


def _filled(texts: Any, default: str) -> Any:
    """A text column; null and the empty text are the default."""
    if default:
        texts = pc.if_else(pc.equal(texts, ""), default, texts)
    return texts.fill_null(default) if texts.null_count else texts


def _or(texts: Any, others: Any) -> Any:
    """The texts, and where they are empty the others."""
    empty = pc.equal(texts, "")
    return pc.if_else(empty, others, texts) if pc.any(empty).as_py() else texts
