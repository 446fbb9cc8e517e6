"""Recorded usage onto the log: with the data's clock in every partition, history first."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from schemas import columns
from schemas.cloudevents import parse
from schemas.codec import Codec
from schemas.keys import partition_of
from schemas.moments import micros
from schemas.reasons import Refusal, Refused
from schemas.records import Clock, Rejected, Tick
from schemas.topics import widths
from streams.embedded import EmbeddedLog
from streams.log import Entry
from streams.publishing import Publisher, TooEarly, time_of
from streams.sources.base import Item
from tests.streams.meter_kit import NOON, as_avro, as_json, clock, event, records

CODEC = Codec()
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
WIDE = 3
LATENESS = 5


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    made = EmbeddedLog(tmp_path / "log.db", widths(WIDE, 2), lambda: micros(NOON + 24 * HOUR))
    yield made
    made.close()


def item(at: datetime, name: str = "", **data: Any) -> Item:
    line = as_json(event(name or at.isoformat(), at, **data))
    return Item("usage.jsonl", 1, line, line, micros(at))


BAD = Item("usage.jsonl", 7, b"hello", b"", refused=Refused(Refusal.NOT_JSON, "no object"))


def publish(log: EmbeddedLog, *items: Item, history: bool = False) -> Publisher:
    publisher = Publisher(log, CODEC, LATENESS, history)
    assert sum(publisher.publish(items)) == len(items)
    return publisher


def held(log: EmbeddedLog, partition: int) -> list[Any]:
    """What a partition of usage holds, decoded; bytes where that can't be done."""
    found = []
    for record in log.read("usage", partition):
        try:
            found.append(CODEC.decode(record.value or b""))
        except Refused:
            found.append(record.value)
    return found


def everything(log: EmbeddedLog) -> list[Any]:
    return [one for partition in range(WIDE) for one in held(log, partition)]


def clocks(log: EmbeddedLog, partition: int) -> list[Clock]:
    return [one for one in held(log, partition) if isinstance(one, Clock)]


def test_each_minute_of_the_data_begins_with_a_clock_in_every_partition(log: EmbeddedLog) -> None:
    moments = [NOON, NOON + 10 * SECOND, NOON + MINUTE, NOON + 5 * MINUTE + SECOND]
    publish(log, *map(item, moments))
    begun = [NOON + MINUTE, NOON + 5 * MINUTE]
    end = moments[-1] + LATENESS * SECOND + MINUTE
    for partition in range(WIDE):
        assert clocks(log, partition) == [Clock(time=at) for at in (*begun, end)]
        times = [one.time if isinstance(one, Clock) else one["time"]
                 for one in held(log, partition)]  # fmt: skip
        assert times == sorted(times)


def test_the_last_clock_of_history_is_that_of_its_last_usage_and_live(log: EmbeddedLog) -> None:
    publish(log, item(NOON), item(NOON + 90 * SECOND), history=True)
    for partition in range(WIDE):
        assert clocks(log, partition)[-1] == Clock(time=NOON + 90 * SECOND, live=True)


@pytest.mark.parametrize("history", [True, False])
def test_each_usage_is_marked_and_lies_in_the_partition_of_its_identity(
    log: EmbeddedLog, history: bool
) -> None:
    done = publish(log, *(item(NOON, f"e{n}") for n in range(20)), history=history).published
    assert (done.usages, done.rejected) == (20, 0)
    found = []
    for partition in range(WIDE):
        for record in log.read("usage", partition):
            one = CODEC.decode(record.value or b"")
            if not isinstance(one, Clock):
                found.append(one["id"])
                assert one["history"] is history
                assert record.key == f"/svc|{one['id']}".encode()
                assert partition_of(record.key, WIDE) == partition
    assert sorted(found) == sorted(f"e{n}" for n in range(20))


def test_nothing_is_published_of_nothing(log: EmbeddedLog) -> None:
    assert publish(log).published.usages == 0
    assert everything(log) == []


def test_a_line_that_is_no_message_goes_to_the_rejected_with_its_place(log: EmbeddedLog) -> None:
    done = publish(log, BAD, item(NOON), BAD).published
    assert (done.usages, done.rejected) == (1, 2)
    said = [CODEC.decode(record.value or b"") for record in log.read("rejected", 0)]
    for one in said:
        assert isinstance(one, Rejected)
        assert (one.reason, one.topic, one.offset, one.original) == (
            "not_json", "usage.jsonl", 7, b"hello",
        )  # fmt: skip


def test_a_message_that_can_not_be_charged_is_left_for_the_meter_to_refuse(
    log: EmbeddedLog,
) -> None:
    wrong = item(NOON, quantities={"output": -1})
    publish(log, wrong)
    assert held(log, 0)[0] == wrong.message


@pytest.mark.parametrize("before", ["usage", "json", "clock"])
def test_history_is_refused_behind_later_usage_and_nothing_of_it_is_taken(
    log: EmbeddedLog, before: str
) -> None:
    value = {
        "usage": as_avro(event("x", NOON)),
        "json": b" " + as_json(event("x", NOON)),
        "clock": clock(NOON),
    }[before]
    log.append([Entry("usage", b"k", value, 2)])
    with pytest.raises(TooEarly, match=r"usage/2 holds usage later than 2026-11-03T11:00:00"):
        publish(log, item(NOON - HOUR), history=True)
    assert len(everything(log)) == 1
    assert publish(log, item(NOON), history=True).published.usages == 1


def test_history_after_history_and_usage_after_history_are_taken(log: EmbeddedLog) -> None:
    publish(log, item(NOON - 3 * HOUR), history=True)
    publish(log, item(NOON - HOUR), history=True)
    publish(log, item(NOON - 2 * HOUR))
    assert len([one for one in everything(log) if isinstance(one, dict)]) == 3


def test_a_bad_first_line_does_not_make_history_old(log: EmbeddedLog) -> None:
    publish(log, item(NOON - 3 * HOUR), history=True)
    assert publish(log, BAD, item(NOON), history=True).published.usages == 1
    with pytest.raises(TooEarly):
        publish(log, BAD, item(NOON - 4 * HOUR), history=True)


ODD = (b"", b"garbage", b"{", b"\x00", CODEC.encode(Tick(time=NOON)))


def test_what_is_no_usage_says_no_time() -> None:
    for record in records(ODD):
        assert time_of(record, CODEC) == 0
    for record in records([as_json(event()), as_avro(event()), clock(NOON)]):
        assert time_of(record, CODEC) == micros(NOON)


def test_history_goes_behind_messages_that_can_not_be_read(log: EmbeddedLog) -> None:
    log.append([Entry("usage", b"k", value, 0) for value in (*ODD, None)])
    assert publish(log, item(NOON - HOUR), history=True).published.usages == 1


@pytest.mark.parametrize("history", [True, False])
def test_a_batch_in_columns_ends_with_the_clock_of_its_last(
    log: EmbeddedLog, history: bool
) -> None:
    rows = [parse(as_json(event(f"e{n}", NOON + n * SECOND))) for n in range(9)]
    publisher = Publisher(log, CODEC, LATENESS, history)
    assert publisher.publish_batch(columns.from_rows(rows)) == 9 == publisher.published.usages
    found = [one for one in everything(log) if isinstance(one, dict)]
    assert sorted(one["id"] for one in found) == [row["id"] for row in rows]
    assert {one["history"] for one in found} == {history}
    assert {clocks(log, partition)[0] for partition in range(WIDE)} == {
        Clock(time=NOON + 8 * SECOND)
    }
    nothing: pa.RecordBatch = columns.from_rows([])
    assert publisher.publish_batch(nothing) == 0
