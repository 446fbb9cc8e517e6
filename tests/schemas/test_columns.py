"""Usage and charges in columns: pyruhvro and fastavro are each other's equal."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import columns, contracts
from schemas.codec import read_row, write_rows
from schemas.moments import micros
from schemas.reasons import Refused
from tests.schemas.avro_values import example_row, rows_of, schema_of

BOTH = (columns.USAGE, columns.CHARGE)
both = pytest.mark.parametrize("name", BOTH)
NEVER_TWICE = 1
"""An offset from which the first thousand rows but one are decoded once only."""


def body_of(name: str, **changes: Any) -> bytes:
    [body] = write_rows([{**example_row(name), **changes}], name)
    return body


@both
@given(data=st.data())
@settings(max_examples=50)
def test_any_rows_are_read_and_written_as_fastavro_does(name: str, data: Any) -> None:
    rows = data.draw(st.lists(rows_of(name), min_size=1, max_size=4))
    bodies = write_rows(rows, name)
    batch = columns.read(bodies, name)

    assert batch.to_pylist() == rows
    assert batch == columns.slowly(bodies, name)
    assert columns.write(batch, name) == bodies


@both
@given(edits=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=3))
@settings(max_examples=300)
def test_damaged_bytes_are_unreadable_or_read_as_fastavro_reads_them(
    name: str, edits: Sequence[tuple[int, int]]
) -> None:
    body = bytearray(body_of(name))
    for at, byte in edits:
        body[at % len(body)] = byte
    try:
        found = columns.read([bytes(body)], name, NEVER_TWICE).to_pylist()
    except columns.Unreadable:
        return
    assert found == [read_row(bytes(body), name)]


@both
@given(body=st.binary(max_size=300))
def test_bytes_from_anywhere_are_unreadable_or_read_alike(name: str, body: bytes) -> None:
    try:
        found = columns.read([body], name, NEVER_TWICE).to_pylist()
    except columns.Unreadable:
        return
    assert found == [read_row(body, name)]


@both
@pytest.mark.parametrize("first", [0, NEVER_TWICE])
def test_text_that_is_not_utf_8_is_unreadable_wherever_it_stands(name: str, first: int) -> None:
    poison = body_of(name, model="abc").replace(b"abc", b"a\xffc")
    bodies = [body_of(name), poison, body_of(name)]

    with pytest.raises(columns.Unreadable):
        columns.read(bodies, name, first)
    with pytest.raises(Refused):
        read_row(poison, name)


@both
@pytest.mark.parametrize("first", [0, NEVER_TWICE])
def test_a_body_that_was_cut_off_is_unreadable(name: str, first: int) -> None:
    body = body_of(name)
    for end in range(len(body)):
        with pytest.raises(columns.Unreadable):
            columns.read([body[:end]], name, first)


@pytest.mark.parametrize("time", [2**62, -(2**63), 253_402_300_800_000_000])
@pytest.mark.parametrize("field", ["time", "period_start"])
@pytest.mark.parametrize("first", [0, NEVER_TWICE])
def test_a_time_beyond_the_calendar_is_unreadable_at_every_offset(
    time: int, field: str, first: int
) -> None:
    body = micros_body(field, time)
    with pytest.raises(columns.Unreadable):
        columns.read([body], columns.USAGE, first)
    with pytest.raises(Refused):
        read_row(body, columns.USAGE)


def micros_body(field: str, time: int) -> bytes:
    """A usage one of whose times is any long; its last fields are three zeros of one byte."""
    plain = body_of(columns.USAGE)
    if field == "period_start":
        assert plain[-3:] == varint(0) * 3
        return plain[:-3] + varint(time) + plain[-2:]
    return plain.replace(varint(micros(example_row(columns.USAGE)["time"])), varint(time), 1)


def varint(number: int) -> bytes:
    """Avro's long: zigzag, seven bits a byte, the lowest first."""
    zigzag = (number << 1) ^ (number >> 63)
    found = bytearray()
    while zigzag > 0x7F:
        found.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    return bytes([*found, zigzag])


class Lying:
    """pyruhvro as it might be one day: whatever the model is, it reads another."""

    def deserialize_array(self, bodies: list[bytes], schema: str) -> pa.RecordBatch:
        pyruhvro = pytest.importorskip("pyruhvro", reason="it has no wheel for this platform")
        honest = pyruhvro.deserialize_array(bodies, schema)
        at = honest.schema.get_field_index("model")
        lies = pa.array(["another"] * len(bodies), honest.schema.field(at).type)
        return honest.set_column(at, honest.schema.field(at), lies)


@pytest.mark.parametrize("first", [0, 1, 17, columns.SAMPLE - 1, columns.SAMPLE])
def test_one_row_in_a_thousand_catches_a_codec_that_reads_wrongly(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [body_of(columns.USAGE)] * columns.SAMPLE
    monkeypatch.setattr(columns, "fast", Lying())

    with pytest.raises(columns.Unreadable, match="differ"):
        columns.read(bodies, columns.USAGE, first)


def test_rows_between_are_taken_at_their_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "fast", Lying())
    found = columns.read([body_of(columns.USAGE)], columns.USAGE, NEVER_TWICE)
    assert found.column("model").to_pylist() == ["another"]


@both
def test_without_pyruhvro_all_is_as_with_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = [body_of(name, model=model) for model in ("gpt-4o", "", "Größe", "\x00")]
    batch = columns.read(bodies, name)
    monkeypatch.setattr(columns, "fast", None)

    assert columns.read(bodies, name) == batch
    assert columns.write(batch, name) == bodies
    with pytest.raises(columns.Unreadable):
        columns.read([b"\xff"], name)


@both
def test_columns_hold_every_field_of_the_contract_and_no_nulls(name: str) -> None:
    held = columns.arrow(name)
    assert held.names == [field["name"] for field in schema_of(name)["fields"]]
    assert not any(field.nullable for field in held)


def test_no_rows_are_no_rows() -> None:
    assert columns.read([], columns.USAGE).num_rows == 0
    assert columns.write(columns.from_rows([]), columns.USAGE) == []


def test_a_charge_says_all_that_its_usage_said() -> None:
    usage = {field["name"]: field["type"] for field in schema_of(columns.USAGE)["fields"]}
    charge = {field["name"]: field["type"] for field in schema_of(columns.CHARGE)["fields"]}
    assert {name: charge[name] for name in usage} == usage
    assert set(BOTH) == {contracts.newest()["usage"], contracts.newest()["charge"]}
