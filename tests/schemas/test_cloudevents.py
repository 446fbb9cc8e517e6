"""CloudEvents JSON: what is taken, and the named reason of all that is refused."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import columns
from schemas.cloudevents import LARGEST, LONGEST_TEXT, MOST, REQUIRED, parse
from schemas.codec import write_rows
from schemas.moments import EPOCH
from schemas.reasons import LONGEST_DETAIL, Refusal, Refused

EVENT: Mapping[str, Any] = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/svc/chat",
    "type": "ai.usage.llm.v1",
    "time": "2026-11-03T10:00:00Z",
    "data": {
        "provider": "openai",
        "model": "gpt-4o",
        "application": "chat",
        "environment": "production",
        "outcome": "ok",
        "quantities": {"input_uncached": 1200, "cache_read": 800, "output": 350, "requests": 1},
    },
}


def event(**changes: Any) -> dict[str, Any]:
    """The event with other attributes; None leaves one out."""
    changed = {**EVENT, **changes}
    return {name: value for name, value in changed.items() if value is not None}


def data(**changes: Any) -> dict[str, Any]:
    """The event with other data; None leaves one out."""
    changed = {**EVENT["data"], **changes}
    return event(data={name: value for name, value in changed.items() if value is not None})


def parsed(value: Any) -> dict[str, Any]:
    return parse(json.dumps(value).encode())


def refusal(message: bytes | str) -> Refused:
    with pytest.raises(Refused) as refused:
        parse(message)
    return refused.value


def test_the_event_of_the_manual_is_taken_whole() -> None:
    row = parsed(EVENT)
    assert row["time"] == datetime(2026, 11, 3, 10, tzinfo=UTC)
    assert (row["source"], row["id"], row["type"]) == ("/svc/chat", "e1", "ai.usage.llm.v1")
    assert row["quantities"]["input_uncached"] == 1200
    assert row["quantities"]["gpu_seconds"] == 0
    assert (row["tier"], row["outcome"], row["history"]) == ("standard", "ok", False)


def test_every_row_is_one_of_the_contract() -> None:
    row = parsed(EVENT)
    assert row.keys() == set(columns.arrow(columns.USAGE).names)
    assert columns.read(write_rows([row], columns.USAGE), columns.USAGE).to_pylist() == [row]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (event(type="ai.usage.mind.v1"), Refusal.UNKNOWN_TYPE),
        (event(type=None), Refusal.MISSING_FIELD),
        (event(id=None), Refusal.MISSING_FIELD),
        (event(id=""), Refusal.MISSING_FIELD),
        (event(source=None), Refusal.MISSING_FIELD),
        (event(time=None), Refusal.MISSING_FIELD),
        (event(data=None), Refusal.MISSING_FIELD),
        (event(data=[]), Refusal.MISSING_FIELD),
        (data(provider=None), Refusal.MISSING_FIELD),
        (data(model=None), Refusal.MISSING_FIELD),
        (data(application=""), Refusal.MISSING_FIELD),
        (data(quantities=None), Refusal.MISSING_FIELD),
        (data(quantities=[1]), Refusal.MISSING_FIELD),
        (event(id=7), Refusal.BAD_FIELD),
        (event(source=["/svc"]), Refusal.BAD_FIELD),
        (data(feature={"a": 1}), Refusal.BAD_FIELD),
        (data(principal="k" * (LONGEST_TEXT + 1)), Refusal.BAD_FIELD),
        (data(quantities={"input_total": 9, "input_uncached": 9}), Refusal.BAD_FIELD),
        (event(time="yesterday"), Refusal.BAD_TIME),
        (event(time="2026-11-03T10:00:00"), Refusal.BAD_TIME),
        (event(time="2026-02-30T10:00:00Z"), Refusal.BAD_TIME),
        (event(time="0001-01-01T00:00:00+14:00"), Refusal.BAD_TIME),
        (event(time=1793700000), Refusal.BAD_TIME),
        (data(period_start="soon"), Refusal.BAD_TIME),
        (data(quantities={"output": "350"}), Refusal.BAD_QUANTITY),
        (data(quantities={"output": 1.5}), Refusal.BAD_QUANTITY),
        (data(quantities={"output": True}), Refusal.BAD_QUANTITY),
        (data(quantities={"output": None}), Refusal.BAD_QUANTITY),
        (data(duration_s="1h"), Refusal.BAD_QUANTITY),
        (data(quantities={"output": -1}), Refusal.NEGATIVE_QUANTITY),
        (data(duration_s=-1), Refusal.NEGATIVE_QUANTITY),
        (data(quantities={"output": MOST + 1}), Refusal.QUANTITY_TOO_LARGE),
        (data(quantities={"output": 10**4000}), Refusal.QUANTITY_TOO_LARGE),
        (data(quantities={"tokens": 1}), Refusal.UNKNOWN_QUANTITY),
        (data(quantities={"input_total": 8, "cache_read": 9}), Refusal.CACHED_ABOVE_TOTAL),
        (event(id="\ud800"), Refusal.BAD_TEXT),
        (data(feature="\udfff"), Refusal.BAD_TEXT),
    ],
)
def test_what_does_not_fit_is_refused_by_name(value: Any, reason: Refusal) -> None:
    assert refusal(json.dumps(value)).reason is reason


HOSTILE: Mapping[str, tuple[bytes, Refusal]] = {
    "nothing": (b"", Refusal.NOT_JSON),
    "a brace": (b"{", Refusal.NOT_JSON),
    "null": (b"null", Refusal.NOT_JSON),
    "a list": (b"[]", Refusal.NOT_JSON),
    "a text": (b'"text"', Refusal.NOT_JSON),
    "more than one value": (b"{}trailing", Refusal.NOT_JSON),
    "no UTF-8": (b'{"id": "\xff"}', Refusal.NOT_JSON),
    "half of UTF-16": (b"\xff\xfe{", Refusal.NOT_JSON),
    "deep lists": (b"[" * 100_000, Refusal.NOT_JSON),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, Refusal.NOT_JSON),
    "a number of 5000 digits": (b'{"a":' + b"9" * 5000 + b"}", Refusal.NOT_JSON),
    "a byte too many": (b" " * (LARGEST + 1), Refusal.RECORD_TOO_LARGE),
    "ten megabytes": (b"[" * 10_000_000, Refusal.RECORD_TOO_LARGE),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_bytes_are_refused_by_name(what: str) -> None:
    message, reason = HOSTILE[what]
    assert refusal(message).reason is reason


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "0.1"])
def test_a_number_that_is_none_is_no_quantity(number: str) -> None:
    text = json.dumps(data(quantities={"output": 0})).replace('"output": 0', f'"output": {number}')
    assert refusal(text).reason is Refusal.BAD_QUANTITY


@pytest.mark.parametrize(("number", "whole"), [("12.0", 12), ("1e3", 1000), ("-0.0", 0)])
def test_a_whole_number_is_one_however_it_is_written(number: str, whole: int) -> None:
    text = json.dumps(data(quantities={"output": 0})).replace('"output": 0', f'"output": {number}')
    assert parse(text)["quantities"]["output"] == whole


def test_of_a_name_given_twice_the_last_counts() -> None:
    """RFC 8259, section 4, leaves it open; json and the producers' own libraries do the same."""
    text = json.dumps(EVENT)[:-1] + ', "id": "e2"}'
    assert parse(text)["id"] == "e2"


@pytest.mark.parametrize("kind", REQUIRED)
def test_each_type_needs_what_its_price_and_owner_depend_on(kind: str) -> None:
    full = dict.fromkeys(REQUIRED[kind], "x")
    made = event(type=kind, data={**full, "quantities": {"requests": 1}})
    assert parsed(made)["type"] == kind
    for name in REQUIRED[kind]:
        without = {key: value for key, value in made["data"].items() if key != name}
        refused = refusal(json.dumps({**made, "data": without}))
        assert refused.reason is Refusal.MISSING_FIELD
        assert name in refused.detail


def test_a_total_is_taken_apart_into_what_was_cached_and_what_was_not() -> None:
    given_ = {"input_total": 2000, "cache_read": 700, "cache_write_1h": 100, "output": 5}
    found = parsed(data(quantities=given_))["quantities"]
    assert (found["input_uncached"], found["cache_read"], found["cache_write_1h"]) == (
        1200,
        700,
        100,
    )


def test_a_time_is_taken_in_every_zone_and_kept_in_utc() -> None:
    assert parsed(event(time="2026-11-03T12:00:00+02:00"))["time"] == parsed(EVENT)["time"]
    assert parsed(EVENT)["time"].tzinfo is UTC


def test_null_counts_as_absent() -> None:
    row = parsed({**EVENT, "data": {**EVENT["data"], "feature": None, "period_start": None}})
    assert row["feature"] == ""
    assert row["period_start"] == EPOCH


def test_attributes_that_nobody_asked_for_are_passed_over() -> None:
    assert parsed(event(subject="x", datacontenttype="application/json", ours=1)) == parsed(EVENT)


@pytest.mark.parametrize(
    "value",
    [
        data(quantities={"x" * 500_000: 1}),
        data(quantities={"output": "x" * 500_000}),
        data(quantities={"\ud800": 1}),
        data(quantities={str(number): 1 for number in range(10_000)}),
        event(time="x" * 500_000),
        event(type="\ud800"),
    ],
)
def test_a_refusal_can_be_written_however_hostile_its_input(value: Any) -> None:
    detail = refusal(json.dumps(value)).detail
    assert 0 < len(detail) <= LONGEST_DETAIL
    detail.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(message=st.binary(max_size=200))
def test_no_bytes_do_worse_than_be_refused(message: bytes) -> None:
    assert refusal(message).reason in Refusal


@given(
    name=st.sampled_from(sorted(EVENT)), inner=st.sampled_from(sorted(EVENT["data"])), value=JSON
)
@settings(max_examples=200)
def test_any_value_anywhere_is_taken_or_refused(name: str, inner: str, value: Any) -> None:
    for changed in ({**EVENT, name: value}, {**EVENT, "data": {**EVENT["data"], inner: value}}):
        try:
            row = parsed(changed)
        except Refused as refused:
            refused.detail.encode()
        else:
            assert columns.from_rows([row]).num_rows == 1
