"""Lines of JSON in columns: the same usage and the same reasons as line by line."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas import columns
from schemas.cloudevents import REQUIRED, TEXTS, parse
from streams.sources import json_columns, json_lines
from streams.sources.rows import Rows, joined, parsed
from tests.streams.meter_kit import NOON, as_json, event

GOOD = as_json(event("good"))
SLOW = {"received": "2026-11-03T12:00:01Z"}
TEXT = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.sampled_from(["gpt-4o", "", "null", "x" * 513, "\ud800", "\0"]),
)
WHOLE = st.one_of(
    st.integers(-2, 10**9 + 1), st.none(), st.booleans(), st.floats(), st.just("7"), st.just(12.0),
    st.just(10**30),
)  # fmt: skip
TIMES = st.one_of(
    st.datetimes().map(lambda one: one.isoformat() + "Z"),
    st.datetimes().map(lambda one: one.isoformat()),
    st.sampled_from([
        "2026-11-03T12:00:00Z", "2026-11-03T12:00:00.5Z", "2026-11-03T12:00:00.1234567Z",
        "2026-11-03T12:00:00+01:00", "2026-11-03T12:00:00-14:59", "2026-11-03 12:00:00Z",
        "20261103T120000Z", "2026-02-30T12:00:00Z", "2026-11-03T24:00:00Z", "2026-11-03T12:00:60Z",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01T00:00:00Z",
        "2026-11-03T12:00:00,5Z", "2026-11-03T12:00Z", "2026-W45-2T12:00:00Z", "soon", 7, None,
    ]),
)  # fmt: skip
ODD = st.sampled_from([
    b'"x":01', b'"x":1.', b'"x":"\\ud800"', b'"x":"\\udc00"', b'"x":NaN', b'"x":"\t"',
    b'"x":"\xff"',
    b'"id":"again"', b'"id":null', b'"\\u0069d":"spelt"', b'"x":' + b"9" * 4500,
    b'"x":[1,{"y":null}]',
    b'"x":{"output":null}', b'"x":"null"', b'"x":' + b"[" * 700 + b"]" * 700, b'"x":1,', b'"x"',
    b'"x":{}}{"y":1', b'"data":null', b'"data":7', b'"x":"\\q"', b'"x":"\0"', b'"x":' + b"[" * 2000,
    b'"x":true', b'"x":{"y":{"z":[1,"a"]}}', b'"time":"2026-11-03T12:00:00Z"', b'"received":7',
    b'"received":"soon"', b'"received":"2026-11-03T12:00:09+02:00"', b'"x":"\xed\xa0\x80"',
])  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """A CloudEvent that may be sound, or wrong in any of its parts."""
    names = st.sampled_from([*columns.quantities(), "input_total", "letters"])
    data: dict[str, Any] = {
        **draw(st.dictionaries(st.sampled_from([*TEXTS]), TEXT, max_size=4)),
        **draw(st.dictionaries(st.sampled_from(["duration_s"]), WHOLE)),
        **draw(st.dictionaries(st.sampled_from(["period_start", "period_end"]), TIMES)),
    }
    if draw(st.integers(0, 9)):
        data |= {"provider": "p", "model": "m", "application": "a", "resource": "r", "product": "q",
                 "feature": "f", **data}  # fmt: skip
        data["quantities"] = draw(st.dictionaries(names, WHOLE, max_size=3))
    one = {
        "type": draw(st.sampled_from([*REQUIRED, "ai.usage.tea.v1"])),
        "source": "/svc",
        "id": draw(st.one_of(st.just("e"), TEXT)),
        "time": draw(st.one_of(st.just("2026-11-03T12:00:00Z"), TIMES)),
        "data": data,
    }
    whole = json.dumps(one, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    if draw(st.integers(0, 3)):
        return whole
    return whole[:-1] + b"," + draw(ODD) + b"}"


GARBAGE = st.binary(max_size=20).map(lambda one: one.replace(b"\n", b""))
LINES = st.lists(
    st.one_of(events(), events(), st.just(GOOD), GARBAGE),
    max_size=12,
)  # fmt: skip


def both(folder: Path, lines: Sequence[bytes]) -> tuple[Rows, Rows]:
    """The lines of a file in columns, and one by one."""
    file = folder / "usage.jsonl"
    file.write_bytes(b"\n".join(lines))
    return joined([parsed([]), *json_lines.rows(file)]), parsed(list(json_lines.read(file)))


def agree(fast: Rows, exact: Rows) -> None:
    assert fast.usage.to_pylist() == exact.usage.to_pylist()
    assert fast.at.tolist() == exact.at.tolist()
    assert fast.time.tolist() == exact.time.tolist()
    assert fast.received.tolist() == exact.received.tolist()
    said, meant = (
        {at: (why.reason, why.detail) for at, why in one.refused.items()} for one in (fast, exact)
    )
    assert said == meant
    assert [fast.origin(at) for at in range(len(fast))] == [
        exact.origin(at) for at in range(len(exact))
    ]


@given(lines=LINES)
@example(lines=[GOOD, b"{" + GOOD[1:-1], b"}", GOOD + GOOD])
@example(lines=[GOOD[:-1], b'"x":1}', GOOD, GOOD + GOOD])
@settings(max_examples=300, deadline=None)
def test_columns_and_lines_agree_whatever_the_lines_hold(
    lines: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    agree(*both(tmp_path_factory.mktemp("lines"), lines))


@given(one=events())
@settings(max_examples=300, deadline=None)
def test_what_is_read_at_once_is_what_parse_finds(one: bytes) -> None:
    """Each line alone, so that no other makes its block odd."""
    for found in json_columns.usual([one], json_columns.plain([one])):
        assert found.usage.to_pylist() == [parse(one) for _ in found.at]


def test_usual_lines_are_read_at_once_and_an_odd_one_costs_its_neighbours_little() -> None:
    lines = [as_json({**event(str(n), NOON + timedelta(seconds=n)), **(SLOW if n % 2 else {})})
             for n in range(1000)]  # fmt: skip
    at = json_columns.plain(lines)
    assert sum(len(part.at) for part in json_columns.usual(lines, at)) == 1000
    lines[500] = lines[500].replace(b"{", b"{,", 1)
    found = json_columns.usual(lines, json_columns.plain(lines))
    assert 1000 > sum(len(part.at) for part in found) >= 1000 - json_columns.SMALL


def test_numbers_out_of_range_and_texts_too_long_are_left_to_parse() -> None:
    for odd in ({"quantities": {"output": -1}}, {"quantities": {"output": 10**9 + 1}},
                {"principal": "x" * 513}, {"duration_s": -1}):  # fmt: skip
        line = as_json(event("o", **odd))
        assert [len(one.at) for one in json_columns.usual([line], json_columns.plain([line]))] in (
            [], [0],
        )  # fmt: skip
