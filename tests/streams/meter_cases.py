"""Messages of the usage topic as they may come: of every type, in every form, and poison."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from schemas import contracts
from schemas.codec import Codec
from schemas.keys import identity
from schemas.moments import micros
from streams.log import Record
from tests.streams.meter_kit import DAY, NOON, SECOND, as_avro, as_json, clock, event

CONFLUENT = Codec({name: number for number, name in enumerate(contracts.names(), start=1)})
"""Frames for a schema registry; it reads messages without one as well."""

POISON = (
    b"",
    b"hello",
    b"{",
    b"[1]",
    b'{"specversion":"1.0"}',
    as_avro(event())[:-3],
    contracts.prefix("tick.v1") + b"\x00",
    b"\x00\x00\x00\xff\xff" + b"x",
    as_json(event("no-quantity", quantities={})),
    as_json(event("negative", quantities={"output": -1})),
    as_json(event("ahead", NOON + timedelta(hours=3))),
    as_json(event("ancient", NOON.replace(year=2014))),
    as_avro(event("tier"), tier="gold"),
    as_avro(event("long"), principal="x" * 513),
    as_json(event("period", kind="seat", period_end="2026-10-31T00:00:00Z")),
)
"""None of these can be charged."""


@dataclass(frozen=True, slots=True)
class Case:
    """Messages in the order of the log; `events` are the usages among them by their identity,
    `clocks` and `poison` how many of the others there are."""

    records: list[Record]
    events: Mapping[bytes, Mapping[str, Any]]
    clocks: int
    poison: int

    def cut(self, cuts: list[int]) -> list[list[Record]]:
        """The same in batches."""
        edges = [0, *sorted({at % len(self.records) for at in cuts} - {0}), len(self.records)]
        return [self.records[start:end] for start, end in pairwise(edges)]


quantity = st.integers(0, 10**6) | st.just(10**9)
llm = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["m-1", "free-1", "new-1", "house-1"]),
        "principal": st.sampled_from(["", "key-1", "key 2|%", "schlüssel"]),
        "quantities": st.fixed_dictionaries(
            {"output": st.integers(1, 10**6), "input_uncached": quantity, "cache_read": quantity}
        ),
    }
)
gpu = st.fixed_dictionaries(
    {
        "resource": st.sampled_from(["h100", "shared", "a100"]),
        "duration_s": st.integers(0, 7200),
        "quantities": st.fixed_dictionaries({"gpu_seconds": st.integers(1, 10**6)}),
    }
)
call = st.fixed_dictionaries(
    {"quantities": st.fixed_dictionaries({"requests": st.integers(1, 10**4)})}
)
feature = st.fixed_dictionaries(
    {"quantities": st.fixed_dictionaries({"uses": st.integers(1, 100)})}
)


@st.composite
def seats(draw: st.DrawFn) -> dict[str, Any]:
    start = NOON + timedelta(minutes=draw(st.integers(-4000, 4000)))
    end = start + timedelta(minutes=draw(st.integers(1, 3000)))
    held = {"seats": draw(st.integers(1, 9))}
    period = {"period_start": start.isoformat(), "period_end": end.isoformat()}
    return {**period, "quantities": held}


KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "llm": llm,
    "gpu": gpu,
    "call": call,
    "feature": feature,
    "seat": seats(),
}


@st.composite
def usages(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """One usage with an id of its own, up to a day and a half old."""
    kind = draw(st.sampled_from(["llm", "llm", "llm", "gpu", "call", "feature", "seat"]))
    seconds = draw(st.integers(-300, 300) | st.integers(-129_600, 300))
    application = draw(st.sampled_from(["chat", "rank", "triage", "stranger"]))
    data = draw(KINDS[kind])
    return event(
        f"e{number}",
        NOON + timedelta(seconds=seconds, microseconds=draw(st.integers(0, 999_999))),
        kind,
        application=application,
        **data,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Usages, each perhaps several times, among clocks and poison."""
    found = [draw(usages(number)) for number in range(draw(st.integers(1, 8)))]
    forms = [as_json, as_avro, lambda one: as_avro(one, CONFLUENT)]
    message = st.one_of(
        st.tuples(st.sampled_from(found), st.sampled_from(forms)),
        st.tuples(st.sampled_from(found), st.sampled_from(forms)),
        st.sampled_from(POISON),
        st.tuples(st.integers(-DAY // SECOND, 600), st.booleans()),
    )
    records, clocks, poison = [], 0, 0
    for offset, one in enumerate(draw(st.lists(message, min_size=1, max_size=25))):
        if isinstance(one, bytes):
            value = one
        elif isinstance(one[0], int):
            value, clocks = clock(NOON + timedelta(seconds=one[0]), bool(one[1])), clocks + 1
        else:
            value = one[1](one[0])
        poison += isinstance(one, bytes)
        received = micros(NOON) + 300 * SECOND + offset * SECOND
        records.append(Record("usage", 0, offset, b"key", value, received))
    events = {identity(one["source"], one["id"]): one for one in found}
    return Case(records, events, clocks, poison)
