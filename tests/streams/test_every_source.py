"""What every source promises: numbered items, nothing lost, a line where it can't be read."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cloudevents import parse
from schemas.moments import micros
from schemas.reasons import Refusal, Refused
from streams import sources
from streams.sources.base import Item, Unreadable
from streams.sources.mapping import Mapping, load
from streams.sources.rows import Rows, joined, parsed
from tests.streams.meter_kit import NOON, as_json, event

MAP = Mapping.model_validate(
    {
        "type": "ai.usage.llm.v1",
        "columns": {"time": "when", "output": "out", "principal": "who", "received": "got"},
        "constants": {"provider": "openai", "model": "gpt-4o", "application": "chat"},
    }
)
TIME = "2026-11-03T12:00:00Z"
HEAD = "when,out,who,got\n"


def csv_file(folder: Path, *rows: str, name: str = "usage.csv", head: str = HEAD) -> Path:
    return written(folder / name, head + "".join(f"{row}\n" for row in rows))


def json_file(folder: Path, *lines: str | bytes, name: str = "usage.jsonl") -> Path:
    rows = [line.encode() if isinstance(line, str) else line for line in lines]
    return written(folder / name, b"".join(row + b"\n" for row in rows))


def table(folder: Path, name: str = "usage.parquet", **columns: Any) -> Path:
    """A table in Parquet, its columns as Arrow guesses them or as they are given."""
    pq.write_table(pa.table(columns), folder / name)
    return folder / name


def written(file: Path, held: str | bytes) -> Path:
    file.write_bytes(held.encode() if isinstance(held, str) else held)
    return file


def read(*files: Path, columns: Mapping | None = MAP) -> list[Item]:
    return list(sources.read(list(files), columns))


def in_columns(*files: Path, columns: Mapping | None = MAP) -> Rows:
    """All lines in columns, as one."""
    return joined([parsed([]), *sources.in_columns(list(files), columns)])


def alike(rows: Rows, items: list[Item]) -> None:
    """Columns and items say the same of every line: usage, reasons, times and where it stands."""
    exact = parsed(items)
    assert rows.usage.to_pylist() == exact.usage.to_pylist()
    for one, other in zip(
        (rows.at, rows.time, rows.received), (exact.at, exact.time, exact.received), strict=True
    ):
        assert one.tolist() == other.tolist()
    told = {at: (why.reason, why.detail) for at, why in rows.refused.items()}
    assert told == {at: (why.reason, why.detail) for at, why in exact.refused.items()}
    assert list(map(rows.origin, range(len(rows)))) == list(map(exact.origin, range(len(exact))))


def reasons(items: list[Item]) -> list[str]:
    """Why lines were refused; "" for those that were not."""
    return [str(item.refused.reason) if item.refused else "" for item in items]


def meant(item: Item) -> str:
    """What becomes of a line in the end: "" or the reason by which the meter would refuse it."""
    if item.refused is not None:
        return str(item.refused.reason)
    try:
        parse(item.message)
    except Refused as why:
        return str(why.reason)
    return ""


GOOD: dict[str, Callable[[Path], Path]] = {
    ".csv": lambda folder: csv_file(folder, f"{TIME},7,k,", f"{TIME},8,k,2026-11-03T12:00:01Z"),
    ".jsonl": lambda folder: json_file(folder, as_json(event("a")), as_json(event("b"))),
    ".ndjson": lambda folder: json_file(folder, as_json(event("a")), as_json(event("b")),
                                        name="usage.ndjson"),
    ".parquet": lambda folder: table(folder, when=[TIME, TIME], out=[7, 8], who=["k", "k"],
                                     got=[None, "2026-11-03T12:00:01Z"]),
    ".json": lambda folder: json_file(folder, as_json(event("a")), as_json(event("b")),
                                      name="usage.json"),
}  # fmt: skip


def test_every_form_is_tried() -> None:
    assert set(GOOD) == set(sources.FORMS)


@pytest.mark.parametrize("form", sources.FORMS)
def test_lines_are_numbered_from_one_and_keep_their_file_and_time(
    form: str, tmp_path: Path
) -> None:
    file = GOOD[form](tmp_path)
    first, second = read(file)
    assert (first.line, second.line) == (1, 2)
    assert {first.file, second.file} == {file.name}
    assert first.time == micros(NOON)
    assert parse(first.message)["time"] == NOON
    capital = file.rename(file.with_suffix(form.upper()))
    assert len(read(capital)) == 2


@pytest.mark.parametrize("form", sources.FORMS)
def test_a_missing_file_and_a_folder_are_said_in_one_line(form: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"no such file") as wrong:
        read(tmp_path / f"nowhere{form}")
    assert "\n" not in str(wrong.value)
    (tmp_path / f"folder{form}").mkdir()
    with pytest.raises(Unreadable, match="no such file"):
        read(tmp_path / f"folder{form}")


@pytest.mark.parametrize("form", sources.FORMS)
@given(held=st.binary(max_size=300))
@settings(max_examples=60)
def test_garbage_is_refused_line_by_line_or_the_file_is_unreadable(
    form: str, held: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = written(tmp_path_factory.mktemp("garbage") / f"usage{form}", held)
    try:
        items = read(file)
    except Unreadable as wrong:
        assert form in (".csv", ".parquet") and file.name in str(wrong)
        return
    lines = [line for line in held.split(b"\n") if line.strip()]
    assert form == ".csv" or [item.original for item in items] == [one.strip() for one in lines]


def test_a_file_of_an_unknown_form_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"neither \.jsonl"):
        read(written(tmp_path / "usage.xlsx", b""))


@pytest.mark.parametrize("form", sources.FORMS)
def test_columns_hold_what_the_items_hold(form: str, tmp_path: Path) -> None:
    file = GOOD[form](tmp_path)
    alike(in_columns(file), read(file))


def test_empty_files_have_no_items(tmp_path: Path) -> None:
    assert read(json_file(tmp_path)) == []
    assert read(json_file(tmp_path, "", "   ", "\r")) == []
    assert read(csv_file(tmp_path)) == []


BAD_LINES: dict[str, str] = {
    "hello": "not_json",
    "{": "not_json",
    "[1]": "not_json",
    '"text"': "not_json",
    "null": "not_json",
    "{}": "missing_field",
    json.dumps({**event(), "time": "yesterday"}): "bad_time",
    json.dumps({**event(), "time": 7}): "bad_time",
    json.dumps({**event(), "time": "2026-11-03T12:00:00"}): "bad_time",
    json.dumps({**event(), "time": "0001-01-01T00:00:00+14:00"}): "bad_time",
    json.dumps({**event(), "type": "ai.usage.tea.v1"}): "unknown_type",
    json.dumps({**event(), "data": []}): "missing_field",
    json.dumps({**event(), "id": ""}): "missing_field",
    json.dumps({**event(), "id": 7}): "bad_field",
    json.dumps(event(quantities={"output": "7"})): "bad_quantity",
    json.dumps(event(quantities={"output": True})): "bad_quantity",
    json.dumps(event(quantities={"output": -1})): "negative_quantity",
    json.dumps(event(quantities={"output": 10**9 + 1})): "quantity_too_large",
    json.dumps(event(quantities={"letters": 1})): "unknown_quantity",
    json.dumps(event(quantities={"input_total": 5, "cache_read": 6})): "cached_above_total",
    json.dumps(event(principal="x" * 513)): "bad_field",
    json.dumps(event(principal="\ud800")): "bad_text",
    '{"time": ' + "[" * 100_000: "not_json",
    "{" + '"a":' * 50_000 + "1" + "}" * 50_000: "not_json",
    '{"a": ' + "9" * 5000 + "}": "not_json",
}


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: line[:40])
def test_a_bad_line_of_json_is_refused_by_name_and_its_neighbours_are_not(
    line: str, tmp_path: Path
) -> None:
    good = as_json(event())
    items = read(json_file(tmp_path, good, line, good))
    assert [meant(item) for item in items] == ["", BAD_LINES[line], ""]
    assert items[1].original == line.encode() and items[1].line == 2
    assert items[1].time == micros(NOON)


def test_a_line_that_is_too_large_is_refused_and_not_parsed(tmp_path: Path) -> None:
    long = b'{"x":"' + b"y" * 1_048_576 + b'"}'
    assert reasons(read(json_file(tmp_path, long))) == ["record_too_large"]


BAD_ROWS = {
    ",7,k,": "bad_time",
    "yesterday,7,k,": "bad_time",
    "2026-02-30T00:00:00Z,7,k,": "bad_time",
    "0001-01-01T00:00:00+14:00,7,k,": "bad_time",
    f"{TIME},seven,k,": "bad_quantity",
    f"{TIME},7.5,k,": "bad_quantity",
    f"{TIME},nan,k,": "bad_quantity",
    f"{TIME},inf,k,": "bad_quantity",
    f"{TIME},-7,k,": "negative_quantity",
    f"{TIME},1e12,k,": "quantity_too_large",
    f"{TIME},{'9' * 5000},k,": "bad_quantity",
    f"{TIME},7,{'x' * 513},": "bad_field",
    f"{TIME},7,k,soon": "bad_time",
    "only": "bad_time",
}


@pytest.mark.parametrize("row", BAD_ROWS, ids=lambda row: row[:40])
def test_a_bad_row_is_refused_by_name_and_its_neighbours_are_not(row: str, tmp_path: Path) -> None:
    got = "2026-11-03T12:00:01Z"
    filled = row + got if row.count(",") == 3 and row.endswith(",") else row
    good = f"{TIME},7,k,{got}"
    items = read(csv_file(tmp_path, good, filled, good))
    assert [meant(item) for item in items] == ["", BAD_ROWS[row], ""]
    assert [item.line for item in items] == [1, 2, 3]


@pytest.mark.parametrize("row", [f"{TIME},7,k,{TIME},more,and more", f'{TIME},7,"k\nk",{TIME}'])
def test_a_row_that_is_longer_or_holds_lines_is_one_row(row: str, tmp_path: Path) -> None:
    [item] = read(csv_file(tmp_path, row))
    assert meant(item) == "" and parse(item.message)["quantities"]["output"] == 7


def test_a_row_without_an_id_is_known_by_its_file_and_number(tmp_path: Path) -> None:
    rows = [f"{TIME},7,k,{TIME}"] * 2
    found = [parse(item.message) for item in read(csv_file(tmp_path, *rows, name="code.csv"))]
    assert [(row["source"], row["id"]) for row in found] == [("code.csv", "1"), ("code.csv", "2")]


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_table(tmp_path: Path) -> None:
    text = "\ufeff" + HEAD.replace("\n", "\r\n") + f"{TIME},7,k,{TIME}\r\n"
    [item] = read(written(tmp_path / "usage.csv", text))
    assert parse(item.message)["principal"] == "k"


def test_what_arrived_when_is_taken_from_the_row(tmp_path: Path) -> None:
    later = NOON + timedelta(seconds=9)
    [row] = read(csv_file(tmp_path, f"{TIME},7,k,{later.isoformat()}"))
    line = {**event(), "received": later.isoformat()}
    [told, untold] = read(json_file(tmp_path, json.dumps(line), as_json(event())))
    assert row.received == told.received == micros(later) and untold.received == 0


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (b"when,out\n", "no column got, who"),
        (b"", "no column got, out, when, who"),
        (HEAD.encode() + b"\xff\xfe", "can't decode"),
        (HEAD.encode() + b'"' + b"x" * 200_000 + b'"', "field larger than field limit"),
    ],
)
def test_a_table_that_can_not_be_read_is_named(held: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=said):
        read(written(tmp_path / "usage.csv", held))


def test_a_table_needs_a_mapping_and_events_none(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="needs a mapping of its columns"):
        read(csv_file(tmp_path), columns=None)
    assert len(read(json_file(tmp_path, as_json(event())), columns=None)) == 1


def mapped(row: dict[str, str], **changes: Any) -> dict[str, Any]:
    """The usage that a row becomes."""
    given = {"type": "ai.usage.llm.v1", "columns": {"time": "t"}, **changes}
    made = Mapping.model_validate(given).event({"t": TIME, **row}, "f.csv", 7)
    return parse(json.dumps(made).encode())


GPU = {"provider": "cluster", "application": "batch", "resource": "h100"}
SEAT = {"provider": "github", "application": "ide", "product": "copilot"}


def test_gpu_time_and_seats_come_from_tables_too() -> None:
    columns = {"time": "t", "duration_s": "long", "gpu_seconds": "used"}
    gpu = mapped({"long": "90", "used": "720"}, type="ai.usage.gpu.v1", columns=columns,
                 constants=GPU)  # fmt: skip
    assert (gpu["duration_s"], gpu["quantities"]["gpu_seconds"]) == (90, 720)
    columns = {"time": "t", "period_start": "a", "period_end": "b"}
    seat = mapped({"a": "2026-11-01", "b": "2026-12-01"}, type="ai.usage.seat.v1",
                  columns=columns, constants={**SEAT, "seats": 3})  # fmt: skip
    assert seat["period_end"].isoformat() == "2026-12-01T00:00:00+00:00"
    assert seat["quantities"]["seats"] == 3


def test_times_are_read_as_the_mapping_says_and_are_utc_where_they_do_not_say() -> None:
    usual = {"provider": "p", "model": "m", "application": "a", "requests": 1}
    assert (
        mapped({"t": "2026-11-03 12:00:00.1234567"}, constants=usual)["time"].microsecond == 123456
    )
    assert mapped({"t": "2026-11-03T13:00:00+01:00"}, constants=usual)["time"] == NOON
    american = mapped({"t": "11/03/2026 12:00"}, constants=usual, time_format="%m/%d/%Y %H:%M")
    assert american["time"] == NOON
    with pytest.raises(Refused) as why:
        mapped({"t": "3.11.2026"}, constants=usual, time_format="%m/%d/%Y")
    assert why.value.reason == Refusal.BAD_TIME


def test_a_total_that_holds_cached_tokens_is_taken_apart() -> None:
    columns = {"time": "t", "input_total": "in", "cache_read": "cached"}
    usual = {"provider": "p", "model": "m", "application": "a"}
    held = mapped({"in": "100", "cached": "30"}, columns=columns, constants=usual)["quantities"]
    assert (held["input_uncached"], held["cache_read"]) == (70, 30)
    with pytest.raises(Refused) as why:
        mapped({"in": "20", "cached": "30"}, columns=columns, constants=usual)
    assert why.value.reason == Refusal.CACHED_ABOVE_TOTAL


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"type: tea\ncolumns: {time: t}\n", "type is none of"),
        (
            b"type: ai.usage.llm.v1\ncolumns: {time: t, letters: l}\n",
            "no field of a usage: letters",
        ),
        (b"type: ai.usage.llm.v1\ncolumns: {output: o}\n", "time is required"),
        (b"columns: {time: t}\nsurprise: 1\n", "type: Field required; surprise: Extra inputs"),
        (b"- 1\n", "valid dictionary"),
        (b"", "valid dictionary"),
        (b"\xff", "can't decode"),
        (b"type: [\n", "while parsing"),
        (b"type: 2026-02-30\n", "day is out of range"),
        (b"type: " + b"[" * 5000, "recursion"),
    ],
)
def test_a_mapping_with_mistakes_is_unreadable(text: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=said) as wrong:
        load(written(tmp_path / "map.yaml", text))
    assert "\n" not in str(wrong.value)


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"map\.yaml: No such file"):
        load(tmp_path / "map.yaml")


@given(
    one=st.lists(st.integers(0, 600), max_size=12),
    two=st.lists(st.integers(0, 600), max_size=12),
)
@settings(max_examples=30)
def test_several_files_are_merged_by_time_and_each_keeps_its_order(
    one: list[int], two: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("merge")
    files = [
        json_file(folder, *(as_json(event(f"{name}{n}", NOON + timedelta(seconds=at)))
                            for n, at in enumerate(sorted(held))), name=f"{name}.jsonl")
        for name, held in (("a", one), ("b", two))
    ]  # fmt: skip
    found = read(*files)
    alike(in_columns(*files), found)
    assert [item.time for item in found] == sorted(item.time for item in found)
    assert len(found) == len(one) + len(two)
    for file in files:
        lines = [item.line for item in found if item.file == file.name]
        assert lines == sorted(lines)


def test_a_bad_line_keeps_its_place_in_a_merge(tmp_path: Path) -> None:
    moments = [as_json(event(str(n), NOON + timedelta(seconds=n))) for n in range(4)]
    first = json_file(tmp_path, moments[2], "bad", moments[3], name="a.jsonl")
    second = json_file(tmp_path, "bad", moments[0], moments[1], name="b.jsonl")
    found = [(item.file[0], item.line) for item in read(first, second)]
    alike(in_columns(first, second), read(first, second))
    assert found == [("b", 1), ("b", 2), ("b", 3), ("a", 1), ("a", 2), ("a", 3)]
