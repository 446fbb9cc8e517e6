"""A bundle is the records that it was made of, in whatever parts they came."""

from itertools import pairwise

import pytest
from confluent_kafka import Message, Producer
from hypothesis import given
from hypothesis import strategies as st

from schemas import columns
from streams.bundle import beyond, bundled, following, together
from streams.kafka_producer import put_all
from streams.kafka_reader import bundle_of, record_of
from streams.log import Record, Sheaf, Unreachable
from tests.schemas.avro_values import example_row

some = st.one_of(st.none(), st.binary(max_size=3))
headers = st.lists(st.tuples(st.text(max_size=2), st.binary(max_size=2)), max_size=2).map(tuple)


@st.composite
def kept(draw: st.DrawFn) -> list[Record]:
    """Records of one partition, offsets rising with gaps."""
    offsets = sorted(draw(st.sets(st.integers(0, 40), min_size=1, max_size=12)))
    return [
        Record("usage", 3, offset, draw(some), draw(some), draw(st.integers(0, 9)), draw(headers))
        for offset in offsets
    ]


@given(kept())
def test_a_bundle_is_a_sequence_of_its_records(records: list[Record]) -> None:
    bundle = bundled(records)
    assert list(bundle) == records
    assert [bundle[at] for at in range(len(bundle))] == records
    assert bundle[-1] == records[-1]


@given(kept(), st.lists(st.integers(0, 12), max_size=3))
def test_what_comes_in_parts_is_one_sequence(records: list[Record], cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(records)]
    spans = [records[a:b] for a, b in pairwise(edges)]
    parts = [bundled(span) for span in spans if span]
    assert list(together(parts)) == records
    assert list(together([list(part) for part in parts])) == records


@given(kept(), st.integers(0, 41))
def test_what_was_read_before_is_left_out(records: list[Record], position: int) -> None:
    wanted = [record for record in records if record.offset >= position]
    for read in (records, bundled(records)):
        assert list(beyond(read, {"usage": position, "tally": 99})) == wanted
        assert list(beyond(read, {})) == records


@given(kept())
def test_the_position_is_behind_the_last_record(records: list[Record]) -> None:
    after = {"tally": 5, "usage": records[-1].offset + 1}
    for read in (records, bundled(records)):
        assert following(read, {"tally": 5, "usage": 0}) == after


def test_records_of_two_topics_stay_records() -> None:
    one, other = Record("tally", 0, 4, b"k", b"v", 1), Record("label", 0, 9, b"k", b"v", 1)
    both = together([bundled([one]), bundled([other])])
    assert list(both) == [one, other]
    assert following(both, {}) == {"tally": 5, "label": 10}


def messages() -> list[Message]:
    held: list[list[tuple[str, str | bytes | None]] | None]
    held = [None, [("a", b"1"), ("b", None)], []]
    return [
        Message(
            topic="x-usage",
            partition=2,
            offset=offset,
            key=None if offset else b"key",
            value=b"value",
            timestamp=(2, 1_700_000_000_000 + offset),
            headers=marks,
        )
        for offset, marks in enumerate(held)
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_kafkas_messages_are_the_same_records_in_columns_and_one_by_one(count: int) -> None:
    given = messages()[:count]
    wanted = [record_of(message, "usage") for message in given]
    assert list(bundle_of(given, "usage", 2)) == wanted


def test_a_queue_that_stays_full_is_said_so() -> None:
    rows = columns.from_rows([example_row(columns.CHARGE)] * 3, columns.CHARGE)
    sheaf = Sheaf("charge", 0, columns.CHARGE, b"p", [b"k"] * 3, rows)
    producer = Producer({
        "bootstrap.servers": "127.0.0.1:1", "queue.buffering.max.messages": 2, "log_level": 0,
    })  # fmt: skip
    with pytest.raises(Unreachable, match="charge"):
        put_all(producer, sheaf, "", 0.1)
    producer.purge()
