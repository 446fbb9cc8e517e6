"""Usage in Parquet: columns of the contract, a warehouse's types, and rows that are no usage."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import columns
from schemas.cloudevents import event_of, parse
from schemas.moments import micros
from schemas.reasons import Refused
from streams import sources
from streams.sources import parquet
from streams.sources.base import Unreadable
from streams.sources.mapping import Mapping
from streams.sources.rows import Rows, joined, parsed, usage_of
from tests.streams.meter_kit import NOON, as_json, event

USUAL: dict[str, Any] = {
    "source": ["/svc"] * 3, "id": ["a", "b", "c"], "time": [NOON] * 3, "provider": ["openai"] * 3,
    "model": ["gpt-4o"] * 3, "application": ["chat"] * 3, "output": [1, 2, 3],
}  # fmt: skip


def table(folder: Path, **changes: Any) -> Path:
    """The usual three rows with some columns changed; None leaves one out."""
    held = {name: value for name, value in {**USUAL, **changes}.items() if value is not None}
    pq.write_table(pa.table(held), folder / "usage.parquet")
    return folder / "usage.parquet"


def rows(file: Path, mapping: Mapping | None = None) -> Rows:
    return joined([parsed([]), *parquet.rows(file, mapping)])


def usage(file: Path, mapping: Mapping | None = None) -> list[dict[str, Any]]:
    """The usage of a file of which no row is refused."""
    found = rows(file, mapping)
    assert found.refused == {}
    held: list[dict[str, Any]] = found.usage.to_pylist()
    return held


def refusals(file: Path) -> dict[int, str]:
    """Row to why it is refused, as a replay names it: by the source, or else by the meter."""
    found = {}
    for item in parquet.read(file):
        try:
            usage_of(item)
        except Refused as why:
            found[item.line] = str(why.reason)
    return found


def test_columns_named_as_the_fields_of_a_usage_need_no_mapping(tmp_path: Path) -> None:
    types = ["ai.usage.llm.v1", "ai.usage.gpu.v1", "ai.usage.call.v1"]
    file = table(tmp_path, tier=["batch", None, ""], duration_s=[0, 60, None], type=types)
    found = usage(file)
    assert [row["tier"] for row in found] == ["batch", "standard", "standard"]
    assert [row["type"].split(".")[2] for row in found] == ["llm", "gpu", "call"]
    assert [row["duration_s"] for row in found] == [0, 60, 0]
    assert [row["quantities"]["output"] for row in found] == [1, 2, 3]
    meant = event("a", application="chat", model="gpt-4o", provider="openai", tier="batch",
                  principal="", quantities={"output": 1})  # fmt: skip
    assert found[0] == parse(as_json(meant))


def test_the_contract_itself_is_read_as_it_is(tmp_path: Path) -> None:
    batch = columns.from_rows([parse(as_json(event(str(n)))) for n in range(5)])
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "usage.parquet")
    assert usage(tmp_path / "usage.parquet") == batch.to_pylist()


LATER = NOON + timedelta(microseconds=7)
TYPES: dict[str, tuple[str, Any, Any]] = {
    "dictionaries": ("model", pa.array(["m", "m", "n"]).dictionary_encode(), ["m", "m", "n"]),
    "large texts": ("model", pa.array(["m", "", None], pa.large_string()), ["m", "", ""]),
    "numbers as ids": ("id", pa.array([7, 8, 9]), ["7", "8", "9"]),
    "nanoseconds": ("time", pa.array([LATER] * 3, pa.timestamp("ns", "UTC")), [LATER] * 3),
    "times without a zone": ("time", pa.array([LATER.replace(tzinfo=None)] * 3), [LATER] * 3),
    "times of another zone": ("time", pa.array([LATER] * 3, pa.timestamp("us", "Asia/Tokyo")),
                              [LATER] * 3),
    "times as text": ("time", ["2026-11-03T12:00:00.000007Z", "2026-11-03T13:00:00.000007+01:00",
                               "2026-11-03 12:00:00.000007"], [LATER] * 3),
    "small numbers": ("output", pa.array([1, 2, 3], pa.uint8()), [1, 2, 3]),
    "floats": ("output", pa.array([1.0, 2.0, None]), [1, 2, 0]),
    "decimals": ("output", pa.array([Decimal(1), Decimal(2), None], pa.decimal128(38, 0)),
                 [1, 2, 0]),
    "numbers as text": ("output", ["1", "2", "3.0"], [1, 2, 3]),
    "days": ("period_start", pa.array([date(2026, 11, 1)] * 3),
             [datetime(2026, 11, 1, tzinfo=UTC)] * 3),
}  # fmt: skip


@pytest.mark.parametrize("what", TYPES)
def test_what_a_warehouse_exports_is_read(what: str, tmp_path: Path) -> None:
    name, given, meant = TYPES[what]
    found = usage(table(tmp_path, **{name: given}))
    assert [{**row, **row["quantities"]}[name] for row in found] == meant


BAD_CELLS: dict[str, tuple[str, Any]] = {
    "bad_time": ("time", [NOON, None, NOON]),
    "a year that is none": ("time", pa.array([micros(NOON), 2**62, micros(NOON)]).cast(
        pa.timestamp("us", "UTC"))),
    "a number for a time": ("time", [1, 2, 3]),
    "bad_quantity": ("output", [1.0, 2.5, 3.0]),
    "no number": ("output", [1.0, float("nan"), 3.0]),
    "beyond all": ("output", [1.0, 1e300, 3.0]),
    "a truth": ("output", [True, False, True]),
    "a word": ("output", ["1", "seven", "3"]),
    "negative_quantity": ("output", [1, -2, 3]),
    "quantity_too_large": ("output", pa.array([1, 2**63, 3], pa.uint64())),
    "bad_field": ("model", ["m", "x" * 513, "m"]),
    "letters": ("quantities", [{"letters": None}, {"letters": 2}, {"letters": None}]),
    "cached_above_total": ("input_total", [None, 1, None]),
}  # fmt: skip
MEANT = {
    "a year that is none": "bad_time", "a number for a time": "bad_time",
    "no number": "bad_quantity", "beyond all": "quantity_too_large", "a truth": "bad_quantity",
    "a word": "bad_quantity", "letters": "unknown_quantity",
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_CELLS)
def test_a_bad_cell_refuses_its_row_by_name_and_not_its_neighbours(
    what: str, tmp_path: Path
) -> None:
    name, given = BAD_CELLS[what]
    more = {"cache_read": [0, 2, 0]} if name == "input_total" else {}
    found = refusals(table(tmp_path, **{name: given}, **more))
    bad = {"a number for a time": {1, 2, 3}, "a truth": {1, 3}}.get(what, {2})
    assert set(found) == bad and set(found.values()) == {MEANT.get(what, what)}


def test_a_refused_row_says_its_file_its_number_and_what_it_held(tmp_path: Path) -> None:
    found = rows(table(tmp_path, output=[1, -2, 3]))
    [at] = found.refused
    file, number, original = found.origin(at)
    assert (file, number) == ("usage.parquet", 2)
    assert json.loads(original) == {
        "source": "/svc", "id": "b", "time": "2026-11-03T12:00:00Z", "provider": "openai",
        "model": "gpt-4o", "application": "chat", "output": -2,
    }  # fmt: skip


def test_a_total_that_holds_cached_tokens_is_taken_apart(tmp_path: Path) -> None:
    found = usage(table(tmp_path, input_total=[100, None, 50], cache_read=[30, 3, 0]))
    held = [(row["quantities"]["input_uncached"], row["quantities"]["cache_read"]) for row in found]
    assert held == [(70, 30), (0, 3), (50, 0)]


def test_a_row_without_an_id_or_source_is_known_by_its_file_and_number(tmp_path: Path) -> None:
    for file in (
        table(tmp_path, id=None, source=None),
        table(tmp_path, id=["", None, ""], source=[""] * 3),
    ):
        found = [(row["source"], row["id"]) for row in usage(file)]
        assert found == [("usage.parquet", "1"), ("usage.parquet", "2"), ("usage.parquet", "3")]


def test_a_mapping_names_other_columns_and_what_is_the_same_in_every_row(tmp_path: Path) -> None:
    mapping = Mapping.model_validate({
        "type": "ai.usage.call.v1", "columns": {"time": "AT", "requests": "N"},
        "constants": {"provider": "p", "application": "a"},
        "time_format": "%d.%m.%Y",
    })  # fmt: skip
    pq.write_table(pa.table({"AT": ["03.11.2026"], "N": [4]}), tmp_path / "t.parquet")
    [row] = usage(tmp_path / "t.parquet", mapping)
    assert row["time"] == NOON.replace(hour=0) and row["quantities"]["requests"] == 4
    assert (row["type"], row["provider"], row["application"]) == ("ai.usage.call.v1", "p", "a")
    pq.write_table(pa.table({"AT": [NOON], "N": [4]}), tmp_path / "t.parquet")
    assert usage(tmp_path / "t.parquet", mapping)[0]["time"] == NOON


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"time": None}, "no column time"), ({"quantities": [1, 2, 3]}, "quantities is int64")],
)
def test_a_table_that_can_not_be_usage_is_named(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(Unreadable, match=rf"usage\.parquet: .*{said}"):
        rows(table(tmp_path, **changes))


def test_a_table_that_is_cut_off_is_unreadable(tmp_path: Path) -> None:
    file = table(tmp_path)
    held = file.read_bytes()
    file.write_bytes(held[:20] + b"\0" * 60 + held[80:])
    with pytest.raises(Unreadable, match=r"usage\.parquet") as wrong:
        rows(file)
    assert "\n" not in str(wrong.value)


@given(
    counts=st.lists(st.tuples(st.integers(-1, 9), st.integers(0, 90)), max_size=30),
    size=st.integers(1, 7),
)
@settings(max_examples=30, deadline=None)
def test_a_table_and_lines_of_the_same_usage_are_the_same_in_columns(
    counts: list[tuple[int, int]], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("same")
    events = [event(f"e{n}", NOON + timedelta(seconds=at), quantities={"output": max(held, 0)})
              for n, (held, at) in enumerate(counts)]  # fmt: skip
    held = columns.from_rows([parse(as_json(one)) for one in events])
    pq.write_table(pa.Table.from_batches([held]), folder / "u.parquet", row_group_size=size)
    (folder / "u.jsonl").write_bytes(b"\n".join(map(as_json, events)))
    one, other = (
        joined([parsed([]), *sources.in_columns([folder / name])])
        for name in ("u.parquet", "u.jsonl")
    )
    assert one.usage.to_pylist() == other.usage.to_pylist()
    assert one.time.tolist() == other.time.tolist()


def test_usage_becomes_an_event_and_that_the_usage_again() -> None:
    for kind in ("llm", "gpu", "seat", "call", "feature"):
        row = parse(as_json(event("e", NOON, kind)))
        assert parse(json.dumps(event_of(row))) == row
