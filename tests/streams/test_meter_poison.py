"""Poison never stops a partition: what arrives is charged or refused, and both can be written."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import columns, contracts
from schemas.cloudevents import parse
from schemas.codec import Codec, write_rows
from schemas.moments import EPOCH, micros
from schemas.records import Rejected
from streams import pipeline, rulebook
from streams.book import Book, Books
from streams.log import Record
from streams.steps.identities import MeterState
from streams.steps.step import Outcome, Output, Site

BOOKS = Books([Book("0123456789abcdef", EPOCH, rulebook.read("organisation: acme\n"))])
EVENT: Mapping[str, Any] = {
    "id": "e1",
    "source": "/svc/chat",
    "type": "ai.usage.llm.v1",
    "time": "2026-11-03T10:00:00Z",
    "data": {
        "provider": "openai",
        "model": "gpt-4o",
        "application": "chat",
        "quantities": {"output": 350, "requests": 1},
    },
}
ROW = parse(json.dumps(EVENT))
PREFIX = contracts.prefix(columns.USAGE)
NOW = micros(ROW["time"])
FAR = b"\x80" * 8 + b"\x40"
"""As Avro writes a long of 2^61: no calendar holds that many microseconds."""


def avro(**changes: Any) -> bytes:
    [body] = write_rows([{**ROW, **changes}], columns.USAGE)
    return PREFIX + body


def json_with(quantities: Mapping[str, Any]) -> bytes:
    return json.dumps({**EVENT, "data": {**EVENT["data"], "quantities": quantities}}).encode()


def metered(messages: Sequence[bytes], first: int = 0) -> Outcome:
    records = [
        Record("usage", 0, first + at, b"key", message, NOW) for at, message in enumerate(messages)
    ]
    return pipeline.meter(MeterState(), records, BOOKS, Site())


def reasons(outcome: Outcome) -> list[str]:
    """Why messages were refused; everything that the meter says is written on the way."""
    written = [output.record for output in outcome.outputs if isinstance(output, Output)]
    for record in written:
        assert Codec().decode(Codec().encode(record)) == record
    return [record.reason for record in written if isinstance(record, Rejected)]


HOSTILE: Mapping[str, tuple[bytes, str]] = {
    "nothing": (b"", "not_avro"),
    "no message": (b"hello", "not_avro"),
    "cut off": (avro()[:40], "not_avro"),
    "another record": (contracts.prefix("tick.v1") + b"\x00", "unknown_type"),
    "bytes that are no text": (avro(model="abc").replace(b"abc", b"a\xffc"), "bad_text"),
    "a time beyond the calendar": (avro()[:-3] + FAR + b"\x00\x00", "not_avro"),
    "a lone surrogate": (json_with({"\ud800": 1}), "unknown_quantity"),
    "a detail of half a megabyte": (json_with({"x" * 500_000: 1}), "unknown_quantity"),
    "a number as long": (json_with({"output": "9" * 500_000}), "bad_quantity"),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("first", [0, 1, 998])
def test_poison_is_refused_by_name_and_its_neighbours_are_charged(what: str, first: int) -> None:
    message, reason = HOSTILE[what]
    outcome = metered([avro(id="before"), message, avro(id="after")], first)

    assert reasons(outcome) == [reason]
    assert outcome.counts["charges"] == 2


@given(
    messages=st.lists(
        st.binary(max_size=60)
        | st.binary(max_size=120).map(lambda body: PREFIX + body)
        | st.text(max_size=60).map(lambda text: b"{" + text.encode())
        | st.just(avro()),
        min_size=1,
        max_size=5,
    ),
    first=st.integers(0, 2000),
)
@settings(max_examples=150)
def test_any_messages_are_taken_in_full(messages: list[bytes], first: int) -> None:
    outcome = metered(messages, first)
    refused = len(reasons(outcome))
    assert outcome.counts["charges"] + outcome.counts["duplicates"] + refused == len(messages)
