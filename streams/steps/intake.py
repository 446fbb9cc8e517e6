"""Messages of the usage topic to columns: Avro in one go, JSON and poison one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas import cloudevents, columns, contracts
from schemas.codec import Codec, read_row
from schemas.moments import micros
from schemas.reasons import Refusal, Refused
from streams.bundle import Bundle, bundled
from streams.log import Record

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Usages:
    """Usage in columns; `at` says which message of the batch each row was."""

    batch: pa.RecordBatch
    at: Ints

    def __len__(self) -> int:
        return len(self.at)

    def keep(self, mask: Bools) -> "Usages":
        """The rows for which the mask holds."""
        if mask.all():
            return self
        return Usages(self.batch.filter(pa.array(mask)), self.at[mask])

    def cut(self, rows: slice) -> "Usages":
        """The rows of a slice, without a copy."""
        start, stop, _ = rows.indices(len(self))
        return Usages(self.batch.slice(start, stop - start), self.at[rows])

    @cached_property
    def _asked(self) -> dict[tuple[str, str], Any]:
        return {}

    def _once(self, what: str, name: str, work: Callable[[pa.Array], Any]) -> Any:
        """What is asked of a column, worked out once."""
        if (what, name) not in self._asked:
            self._asked[what, name] = work(self.batch.column(name))
        return self._asked[what, name]

    def lengths(self, name: str) -> Ints:
        """How many bytes each text of a column has."""
        lengths: Ints = self._once("lengths", name, lambda column: whole(pc.binary_length(column)))
        return lengths

    def texts(self, name: str) -> tuple[Ints, list[str]]:
        """A text column as codes and the values that they stand for."""
        texts: tuple[Ints, list[str]] = self._once("texts", name, coded)
        return texts

    def numbers(self, name: str) -> Ints:
        """A number or time column."""
        numbers: Ints = self._once("numbers", name, lambda column: whole(column.cast(pa.int64())))
        return numbers

    @cached_property
    def time(self) -> Ints:
        """Event times, microseconds since 1970."""
        return self.numbers("time")

    @cached_property
    def history(self) -> Bools:
        """Which rows teach but never tell."""
        return np.asarray(self.batch.column("history").to_numpy(zero_copy_only=False), dtype=bool)

    @cached_property
    def quantities(self) -> Ints:
        """One row a usage, one column a quantity in the contract's order; column-major."""
        held = self.batch.column("quantities").flatten()
        return np.array([np.asarray(column, dtype=np.int64) for column in held]).T

    @cached_property
    def keys(self) -> list[bytes]:
        """Identities, `source|id`."""
        names = (self.batch.column(name).cast(pa.binary()) for name in ("source", "id"))
        joined: list[bytes] = pc.binary_join_element_wise(*names, b"|").to_pylist()
        return joined


def whole(column: pa.Array) -> Ints:
    """A column of whole numbers as numpy has it."""
    return np.asarray(column, dtype=np.int64)


def coded(column: pa.Array) -> tuple[Ints, list[str]]:
    """A text column as codes and the values that they stand for."""
    encoded = column.dictionary_encode()
    return whole(encoded.indices), encoded.dictionary.to_pylist()


@dataclass(frozen=True)
class Intake:
    """What a batch of messages held. `clocks` are (message, microseconds since 1970, live)."""

    usages: Usages
    clocks: Sequence[tuple[int, int, bool]] = ()
    refused: Mapping[int, Refused] = field(default_factory=dict)

    def without(self, faults: Mapping[int, Refused]) -> "Intake":
        """The same without some rows, which are refused."""
        if not faults:
            return self
        mask = np.ones(len(self.usages), dtype=bool)
        mask[list(faults)] = False
        named = {int(self.usages.at[row]): why for row, why in faults.items()}
        return Intake(self.usages.keep(mask), self.clocks, {**self.refused, **named})


@dataclass(slots=True)
class _Sorted:
    """Messages by what they are: places in the batch, and rows that are decoded already."""

    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    bodies: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """By contract and where the body begins: framing may change while messages are kept."""

    clocks: list[tuple[int, int, bool]] = field(default_factory=list)
    refused: dict[int, Refused] = field(default_factory=dict)

    def put(self, at: int, message: bytes, codec: Codec) -> None:
        """Put one message where it belongs. Raises Refused."""
        if len(message) > cloudevents.LARGEST:
            raise Refused(Refusal.RECORD_TOO_LARGE, f"{len(message)} bytes")
        if message.lstrip()[:1] == b"{":
            self.rows.append((at, cloudevents.parse(message)))
            return
        name, start = codec.contract(message)
        record = contracts.record_of(name)
        if record == "clock":
            clock = codec.decode(message)
            self.clocks.append((at, micros(clock.time), clock.live))
        elif record == "usage":
            self.bodies.setdefault((name, start), []).append(at)
        else:
            raise Refused(Refusal.UNKNOWN_TYPE, f"{name} is no usage")


def take(given: Sequence[Record], codec: Codec) -> Intake:
    """Decode a batch; what can't be decoded is refused with its reason."""
    records = bundled(given)
    if records.rows is not None:
        return Intake(Usages(records.rows, np.arange(len(records))))
    found, usual = _Sorted(), _usual(records.values, codec.prefix(columns.USAGE))
    if usual.any():
        prefix = len(codec.prefix(columns.USAGE))
        found.bodies[columns.USAGE, prefix] = np.flatnonzero(usual).tolist()
    for at in np.flatnonzero(~usual).tolist():
        try:
            found.put(at, records.values[at] or b"", codec)
        except Refused as why:
            found.refused[at] = why
    parts = [_one_by_one(found.rows)] if found.rows else []
    for (name, start), places in found.bodies.items():
        parts.append(_avro(records, places, (name, start), found.refused))
    return Intake(_joined(parts), found.clocks, found.refused)


def _usual(values: Sequence[bytes | None], prefix: bytes) -> Bools:
    """Which messages need no closer look: Avro of the newest contract, and no larger than any."""
    begins, most = len(prefix), cloudevents.LARGEST
    known = [value or b"" for value in values]
    if max(map(len, known)) <= most and {value[:begins] for value in known} == {prefix}:
        return np.ones(len(known), dtype=bool)
    fits = [value.startswith(prefix) and len(value) <= most for value in known]
    return np.array(fits, dtype=bool)


def _avro(
    records: Bundle, places: Sequence[int], framed: tuple[str, int], refused: dict[int, Refused]
) -> Usages:
    """Messages of one contract in one go, or row by row where one of them is poison.

    `framed` is the contract and where a message's body begins.
    """
    name, start = framed
    whole = len(places) == len(records)
    bodies = [
        (value or b"")[start:]
        for value in (records.values if whole else map(records.values.__getitem__, places))
    ]
    try:
        batch = columns.read(bodies, name, int(records.offsets[places[0]]))
        return Usages(batch, np.array(places, dtype=np.int64))
    except columns.Unreadable:
        rows = []
        for at, body in zip(places, bodies, strict=True):
            try:
                rows.append((at, read_row(body, name)))
            except Refused as why:
                refused[at] = why
        return _one_by_one(rows)


def _one_by_one(rows: Sequence[tuple[int, dict[str, Any]]]) -> Usages:
    batch = columns.from_rows([row for _, row in rows])
    return Usages(batch, np.array([at for at, _ in rows], dtype=np.int64))


def _joined(parts: Sequence[Usages]) -> Usages:
    """All rows in the order of their messages."""
    if not parts:
        return _one_by_one(())
    if len(parts) == 1:
        return parts[0]
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at, kind="stable")
    table = pa.Table.from_batches([part.batch for part in parts]).combine_chunks()
    return Usages(table.to_batches()[0].take(pa.array(order)), at[order])
