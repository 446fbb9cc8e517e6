"""Lines of CloudEvents to columns: the usual ones at once, the odd ones by `cloudevents.parse`.

What is read at once has the very values that `parse` finds. Arrow's reader is of one mind with
Python's on plain JSON alone; a line that holds anything else is odd, and so are the lines of a
small block that Arrow refuses.
"""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

from schemas import columns
from schemas.cloudevents import LONGEST_TEXT, MOST, REQUIRED, TEXTS
from streams.sources.base import micros_of
from streams.sources.times import MICROS, micros_in
from streams.steps.intake import Bools, Ints

LONG = 4096
"""Bytes; a longer line may hold a number of more digits than Python takes."""

DEEP = 600
"""Brackets in a line: what Python's recursion does not reach has far more."""

SMALL = 64
"""Lines of a block that is not cut in two any more."""

NAMES = columns.quantities()
COUNTS = pa.struct([(name, pa.int64()) for name in NAMES])
PERIOD = ("period_start", "period_end")
DATA = pa.struct([
    *((name, pa.string()) for name in (*TEXTS, *PERIOD)),
    ("duration_s", pa.int64()),
    ("quantities", COUNTS),
])  # fmt: skip
ATTRIBUTES = ("type", "source", "id", "time", "received")
EVENT = pa.schema([*((name, pa.string()) for name in ATTRIBUTES), ("data", DATA)])
PARSING = arrow_json.ParseOptions(explicit_schema=EVENT, unexpected_field_behavior="infer")
READING = arrow_json.ReadOptions(block_size=1 << 20)

NULL = re.compile(rb'"([a-z_]+)"\s*:\s*null\b')
NEVER_NULL = {name.encode() for name in (*NAMES, "duration_s")}
"""Arrow does not tell null from absent; of these alone that makes a difference."""

REQUIRES = ("source", "id", *sorted({name for names in REQUIRED.values() for name in names}))


class Usual(NamedTuple):
    """Lines that were read at once: which, when each was received, and the usage."""

    at: Ints
    received: Ints
    usage: pa.RecordBatch


def usual(lines: Sequence[bytes], at: Ints) -> list[Usual]:
    """The usual lines among those `at`, in order."""
    if not len(at):
        return []
    found = _block([lines[place] for place in at.tolist()], at)
    if found is not None:
        return [found]
    if len(at) <= SMALL:
        return []
    half = len(at) // 2
    return usual(lines, at[:half]) + usual(lines, at[half:])


def plain(lines: Sequence[bytes]) -> Ints:
    """The lines that Arrow and Python read alike if both read them at all."""
    fits = [
        line.startswith(b"{") and line.endswith(b"}") and (len(line) < DEEP or _shallow(line))
        for line in lines
    ]
    together = b"\n".join(lines)
    if not together.isascii() or any(sign in together for sign in SUSPECT):
        fits = [fit and _innocent(line) for fit, line in zip(fits, lines, strict=True)]
    return np.flatnonzero(fits)


def _shallow(line: bytes) -> bool:
    return len(line) <= LONG and line.count(b"[") + line.count(b"{") <= DEEP


SUSPECT = (b"null", b"\0", b"\\ud", b"\\uD")
"""What makes a closer look at each line worth while: the last two may be half a character."""


def _innocent(line: bytes) -> bool:
    if any(sign in line for sign in SUSPECT[1:]) or not _is_text(line):
        return False
    names = NULL.findall(line)
    return len(names) == line.count(b"null") and NEVER_NULL.isdisjoint(names)


def _is_text(held: bytes) -> bool:
    try:
        held.decode()
    except UnicodeDecodeError:
        return False
    return True


def _block(lines: list[bytes], at: Ints) -> Usual | None:
    """Lines that begin and end with a brace; None where Arrow makes something else of them.

    As many objects as lines are one a line: none can go on after the end of such a line.
    """
    try:
        table = arrow_json.read_json(io.BytesIO(b"\n".join(lines)), READING, PARSING)
    except pa.ArrowException:
        return None
    if (
        len(table) != len(lines)
        or table.schema.field("data").type.field("quantities").type != COUNTS
    ):
        return None
    [event] = table.combine_chunks().to_batches()
    data = dict(zip((part.name for part in event.schema.field("data").type),
                    event.column("data").flatten(), strict=True))  # fmt: skip
    made, odd = _usage({**data, **{name: event.column(name) for name in ATTRIBUTES}})
    received = _received(event.column("received"))
    if odd.any():
        return Usual(at[~odd], received[~odd], made.filter(pa.array(~odd)))
    return Usual(at, received, made)


def _usage(given: Mapping[str, Any]) -> tuple[pa.RecordBatch, Bools]:
    """Columns of events as usage, and which rows need a closer look: they are of no use here."""
    made, odd = {}, np.asarray(given["quantities"].is_null())
    for name in ("type", "source", "id", *TEXTS):
        made[name] = _text(given[name], TEXTS.get(name, ""))
        odd |= _too_long(made[name])
    odd |= _lacking(made)
    for name in ("time", *PERIOD):
        micros = micros_in(given[name])
        odd |= (micros == 0) & np.asarray(given[name].is_valid() if name in PERIOD else True)
        made[name] = pa.array(micros).cast(MICROS)
    counts = [_count(part) for part in (given["duration_s"], *given["quantities"].flatten())]
    for one in counts:
        odd |= _beyond(one)
    kind = columns.arrow(columns.USAGE).field("quantities").type
    made["duration_s"] = counts[0]
    made["quantities"] = pa.StructArray.from_arrays(counts[1:], fields=list(kind))
    made["history"] = pa.repeat(False, len(odd))
    shape = columns.arrow(columns.USAGE)
    return pa.RecordBatch.from_arrays([made[name] for name in shape.names], schema=shape), odd


def _text(held: Any, default: str) -> Any:
    """A text column; null and the empty text are the default."""
    if default:
        held = pc.if_else(pc.equal(held, ""), default, held)
    return held.fill_null(default) if held.null_count else held


def _count(held: Any) -> Any:
    return held.fill_null(0) if held.null_count else held


def _too_long(texts: Any) -> Bools | bool:
    """Where a text is longer than any may be."""
    if not len(texts) or pc.max(pc.binary_length(texts)).as_py() <= LONGEST_TEXT:
        return False
    return np.asarray(pc.greater(pc.utf8_length(texts), LONGEST_TEXT))


def _beyond(counts: Any) -> Bools | bool:
    """Where a number is out of its range."""
    held = np.asarray(counts)
    if not len(held) or (held.min() >= 0 and held.max() <= MOST):
        return False
    return np.asarray((held < 0) | (held > MOST))


def _lacking(made: Mapping[str, Any]) -> Bools:
    """Where the type is none of ours, or something that it must name is missing."""
    empty = {name: _equal(made[name], "") for name in REQUIRES}
    known, odd = np.zeros(len(made["type"]), dtype=bool), empty["source"] | empty["id"]
    for kind, names in REQUIRED.items():
        rows = _equal(made["type"], kind)
        known |= rows
        for name in names:
            odd |= rows & empty[name]
    return odd | ~known


def _equal(texts: Any, text: str) -> Bools:
    return np.asarray(pc.equal(texts, text), dtype=bool)


def _received(texts: Any) -> Ints:
    """When each was received; 0 where that is not said, or is no time."""
    found = micros_in(texts)
    if texts.null_count < len(texts):
        for at in np.flatnonzero(found == 0):
            found[at] = micros_of(texts[at].as_py())
    return found
