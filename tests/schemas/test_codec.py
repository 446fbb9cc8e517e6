"""Records to messages and back, in both framings; what is no message is refused by name."""

import io
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import fastavro
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import contracts, evolution
from schemas.codec import CONFLUENT, Codec, classes, read_row, write_rows
from schemas.moments import EPOCH
from schemas.reasons import Refusal, Refused
from schemas.records import Clock
from schemas.states import Bucket
from tests.schemas.avro_values import example_row, rows_of

IDS: Mapping[str, int] = {name: 7 + at for at, name in enumerate(contracts.names())}
CODECS = {"single-object": Codec(), "registry": Codec(IDS)}
RECORDS = sorted(classes())
framed = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)


def refusal(codec: Codec, message: bytes) -> Refusal:
    with pytest.raises(Refused) as refused:
        codec.decode(message)
    return refused.value.reason


@framed
@pytest.mark.parametrize("record", RECORDS)
@given(data=st.data())
@settings(max_examples=25)
def test_every_record_comes_back_as_it_was(codec: Codec, record: str, data: Any) -> None:
    row = data.draw(rows_of(contracts.newest()[record]))
    made: Any = msgspec.convert(row, classes()[record])

    assert codec.decode(codec.encode(made)) == made


@given(row=rows_of("usage.v1"))
def test_usage_comes_back_as_a_row(row: dict[str, Any]) -> None:
    [body] = write_rows([row], "usage.v1")
    assert Codec().decode(contracts.prefix("usage.v1") + body) == row


def test_a_message_begins_as_the_avro_specification_says() -> None:
    """Two marks, then CRC-64-AVRO of the canonical form ("Single-object encoding")."""
    canonical = (
        b'{"name":"spendwatch.Tick","type":"record","fields":[{"name":"time","type":"long"}]}'
    )
    expected = b"\xc3\x01" + struct.pack("<Q", crc_64_avro(canonical))

    assert contracts.prefix("tick.v1") == expected


def crc_64_avro(data: bytes) -> int:
    """Avro 1.12 specification, "Schema fingerprints", word for word."""
    empty = 0xC15D213AA4D7A795
    found = empty
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found >> 1) ^ (empty & -(found & 1))
    return found


def test_a_registrys_message_begins_with_zero_and_the_id() -> None:
    clock = Clock(time=EPOCH)
    message = Codec(IDS).encode(clock)

    assert message[:5] == CONFLUENT + IDS["clock.v1"].to_bytes(4, "big")
    assert message[5:] == Codec().encode(clock)[10:]


def test_a_codec_with_a_registry_reads_what_was_written_before_there_was_one() -> None:
    clock = Clock(time=EPOCH, live=True)
    assert Codec(IDS).decode(Codec().encode(clock)) == clock


@framed
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", Refusal.NOT_AVRO),
        (b"hello", Refusal.NOT_AVRO),
        (b'{"id": 1}', Refusal.NOT_AVRO),
        (b"\xc3", Refusal.NOT_AVRO),
        (b"\xc3\x01", Refusal.UNKNOWN_SCHEMA),
        (b"\xc3\x01" + b"x" * 8, Refusal.UNKNOWN_SCHEMA),
        (b"\x00", Refusal.UNKNOWN_SCHEMA),
        (b"\x00\xff\xff\xff\xff", Refusal.UNKNOWN_SCHEMA),
    ],
)
def test_what_is_no_message_is_refused_by_name(
    codec: Codec, message: bytes, reason: Refusal
) -> None:
    assert refusal(codec, message) is reason


def test_an_id_that_no_registry_gave_is_unknown() -> None:
    assert refusal(Codec(), Codec(IDS).encode(Clock(time=EPOCH))) is Refusal.UNKNOWN_SCHEMA


@framed
@pytest.mark.parametrize("record", RECORDS)
def test_a_message_that_was_cut_off_is_refused(codec: Codec, record: str) -> None:
    name = contracts.newest()[record]
    [body] = write_rows([example_row(name)], name)
    for end in range(len(body)):
        assert refusal(codec, codec.prefix(name) + body[:end]) is Refusal.NOT_AVRO


@pytest.mark.parametrize("name", contracts.names())
@given(body=st.binary(max_size=200))
@settings(max_examples=20)
def test_damaged_bytes_are_read_or_refused_and_never_worse(name: str, body: bytes) -> None:
    try:
        read_row(body, name)
    except Refused as refused:
        assert refused.reason in (Refusal.NOT_AVRO, Refusal.BAD_TEXT)
        assert "0x" not in refused.detail.removeprefix("'utf-8' codec can't decode byte 0x")


def test_bytes_that_are_no_text_are_refused_as_such() -> None:
    [body] = write_rows([{**example_row("notice.v1"), "text": "abc"}], "notice.v1")
    assert refusal(Codec(), contracts.prefix("notice.v1") + body.replace(b"abc", b"a\xffc")) is (
        Refusal.BAD_TEXT
    )


def test_a_time_beyond_the_calendar_is_refused() -> None:
    body = tick_at(2**62)
    assert refusal(Codec(), contracts.prefix("tick.v1") + body) is Refusal.NOT_AVRO


def tick_at(micros: int) -> bytes:
    """The body of a tick, whether or not a calendar holds its time."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, evolution.parsed(contracts.parsed("tick.v1")), {"time": micros})
    return out.getvalue()


def test_a_bucket_without_quantities_shares_none_with_another() -> None:
    first, second = Bucket(), Bucket(cost=1)
    assert first.quantities == second.quantities == {}
    assert Codec().decode(Codec().encode(first)) == first


@pytest.fixture
def older_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Contracts among which clock has a second version with a field more."""
    folder = tmp_path / "avro"
    copytree(str(contracts.ROOT), folder)
    text = contracts.text("clock.v1")
    last = text.rindex("]")
    more = ', {"name": "by", "type": "string", "default": "data", "doc": "whose clock"}'
    (folder / "clock.v2.avsc").write_text(text[:last] + more + text[last:])
    monkeypatch.setattr(contracts, "ROOT", folder)
    forget()
    yield
    monkeypatch.undo()
    forget()


def forget() -> None:
    for cached in (
        contracts.names, contracts.newest, contracts.text, contracts.parsed, contracts.prefix,
        contracts.by_prefix,
    ):  # fmt: skip
        cached.cache_clear()


def test_a_message_of_an_older_contract_is_read_as_the_newest(older_clock: None) -> None:
    assert contracts.newest()["clock"] == "clock.v2"
    row = {"time": EPOCH, "live": True}
    [body] = write_rows([row], "clock.v1")

    assert read_row(body, "clock.v1") == {**row, "by": "data"}
    assert Codec().decode(contracts.prefix("clock.v1") + body) == Clock(time=EPOCH, live=True)
