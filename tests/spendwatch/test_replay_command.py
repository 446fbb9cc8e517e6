"""spendwatch replay: seven files that agree with each other and with the usage."""

import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import columns
from schemas.cloudevents import parse
from spendwatch.charge_files import FIELDS, charge_lines
from spendwatch.lines import line
from tests.spendwatch.first_day_kit import Terminal
from tests.streams.meter_kit import ACME, NOON, as_json, dollars, event

PROGRAM = Path(sys.executable).parent / "spendwatch"
LINES = ("charges", "allocations", "findings", "incidents", "notices", "rejected")
LEVELS = ("business_unit", "service", "application")
HOUR = timedelta(hours=1)
TOLD = """\
policies: [{name: rail, kind: limit, series: ["application:*"], usd: 0.25, window: 1h}]
places: [{name: here, kind: console}]
routes: [{places: [here]}]
"""
DAWN = NOON.replace(hour=0)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "rulebook.yaml"
    file.write_text(ACME + TOLD, encoding="utf-8")
    return file


def usage(folder: Path, *lines: bytes, name: str = "usage.jsonl") -> Path:
    file = folder / name
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    return file


def rows(out: Path, name: str) -> list[dict[str, Any]]:
    text = (out / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def summary(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return found


def month() -> list[dict[str, Any]]:
    """Thirty hours of usage of every kind, in order, some of it nobody's, some unpriced."""
    found = []
    for number in range(60):
        at = DAWN + number * HOUR / 2
        application = ("chat", "rank", "triage", "stranger")[number % 4]
        found.append(event(f"l{number}", at, application=application,
                           model=("m-1", "free-1", "new-1", "house-1")[number % 7 % 4],
                           quantities={"output": 20_000 + number, "requests": 1}))  # fmt: skip
        if number % 3 == 0:
            found.append(event(f"g{number}", at, "gpu", resource="shared", duration_s=600))
        if number % 5 == 0:
            found.append(event(f"c{number}", at, "call", application="rank"))
        if number == 25:
            found.append(event("seat", at, "seat"))
    return found


def replayed(spendwatch: Terminal, out: Path, book: Path, *files: Path) -> dict[str, Any]:
    done = spendwatch("replay", *files, "--rulebook", book, "--out", out)
    assert (done.code, done.err) == (0, "")
    return summary(out)


def test_all_seven_files_are_written_even_of_nothing(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    out = tmp_path / "deep" / "out"
    said = replayed(spendwatch, out, book, usage(tmp_path))
    assert sorted(file.name for file in out.iterdir()) == sorted(
        [*(f"{name}.jsonl" for name in LINES), "summary.json"]
    )
    assert all(rows(out, name) == [] for name in LINES)
    assert said == {
        "usages": 0, "charges": 0, "duplicates": 0, "rejected": 0, "cost_nano_usd": 0,
        "tokens": 0, "calls": 0, "quantities": {},
        "by_price_state": {"resolved": 0, "estimated": 0, "unpriced": 0},
        "by_business_unit": {}, "by_model": {}, "findings": 0, "incidents": 0,
    }  # fmt: skip


def test_the_summary_and_the_charges_agree_with_the_usage(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    held, out = month(), tmp_path / "out"
    lines = [as_json(one) for one in held]
    said = replayed(spendwatch, out, book, usage(tmp_path, *lines, lines[-1], b"bad", b"{}"))
    cost = sum(dollars(one) for one in held)
    counted = (said["usages"], said["charges"], said["duplicates"], said["rejected"])
    assert counted == (len(held) + 3, len(held), 1, 2)
    assert said["cost_nano_usd"] == cost > 0
    for name in ("by_price_state", "by_business_unit", "by_model"):
        assert sum(said[name].values()) == cost
    charges = rows(out, "charges")
    assert {(one["source"], one["id"]): one["cost_nano_usd"] for one in charges} == {
        (one["source"], one["id"]): dollars(one) for one in held
    }
    states = Counter[str]()
    for one in charges:
        states[one["price_state"]] += one["cost_nano_usd"]
        assert {"provider", "model", "rate_id", "quantities", "time"} <= one.keys()
        assert datetime.fromisoformat(one["time"]).tzinfo == UTC and one["time"].endswith("Z")
    assert +states == +Counter(said["by_price_state"])
    assert [one["reason"] for one in rows(out, "rejected")] == ["not_json", "missing_field"]
    last = {key: rows(out, "rejected")[1][key] for key in ("file", "line", "original")}
    assert last == {"file": "usage.jsonl", "line": len(held) + 3, "original": "{}"}
    assert (said["findings"], said["incidents"]) == (
        len(rows(out, "findings")), len(rows(out, "incidents")),
    )  # fmt: skip
    assert said["findings"] > 0 < said["incidents"] <= len(rows(out, "notices"))


def charged_in(charges: Sequence[dict[str, Any]], start: str, end: str) -> int:
    """What was charged in a month; the seat of a month falls into one whole."""
    return sum(one["cost_nano_usd"] for one in charges if start <= one["time"] < end)


@pytest.mark.parametrize("start", [DAWN, datetime(2026, 10, 31, tzinfo=UTC)])
def test_the_months_of_each_level_sum_to_the_charges_of_that_month(
    spendwatch: Terminal, tmp_path: Path, book: Path, start: datetime
) -> None:
    moved = [
        {**one, "time": (datetime.fromisoformat(one["time"]) + (start - DAWN)).isoformat()}
        for one in month()
    ]
    out = tmp_path / "out"
    said = replayed(spendwatch, out, book, usage(tmp_path, *map(as_json, moved)))
    charges, allocations = rows(out, "charges"), rows(out, "allocations")
    ends = {(one["start"], one["end"]) for one in allocations if one["window"] == "month"}
    [(begin, end)] = ends
    assert begin == "2026-11-01T00:00:00Z"
    seats = sum(one["cost_nano_usd"] for one in charges if one["type"] == "ai.usage.seat.v1")
    others = [one for one in charges if one["type"] != "ai.usage.seat.v1"]
    for level in LEVELS:
        windows = [one for one in allocations if one["window"] == "month" and one["level"] == level]
        spent = sum(one["cost_nano_usd"] for one in windows)
        assert spent == charged_in(others, begin, end) + seats, level
        assert len({one["owner"] for one in windows}) == len(windows)
        assert all(one["owner"].count("/") == LEVELS.index(level) + one["owner"].startswith("pool/")
                   for one in windows)  # fmt: skip
    assert said["cost_nano_usd"] >= charged_in(charges, begin, end)


def test_shared_cost_is_part_of_what_an_owner_bears(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    held = [event("a", DAWN), event("g", DAWN + HOUR, "gpu", resource="shared", duration_s=0)]
    out = tmp_path / "out"
    said = replayed(spendwatch, out, book, usage(tmp_path, *map(as_json, held)))
    [chat] = [one for one in rows(out, "allocations")
              if one["owner"] == "retail/search/chat" and one["window"] == "month"]  # fmt: skip
    assert chat["shared_nano_usd"] == dollars(held[1])
    assert chat["cost_nano_usd"] == dollars(held[0]) + dollars(held[1]) == said["cost_nano_usd"]
    assert said["by_business_unit"] == {"retail": said["cost_nano_usd"]}


def test_what_no_member_drove_stays_with_the_pool_on_a_line_of_its_own(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    held = [event("g", DAWN, "gpu", resource="shared"), event("u", DAWN, application="stranger")]
    out = tmp_path / "out"
    said = replayed(spendwatch, out, book, usage(tmp_path, *map(as_json, held)))
    assert said["by_business_unit"] == {
        "pool/cluster unallocated": dollars(held[0]), "unowned": dollars(held[1]),
    }  # fmt: skip


def test_the_same_input_gives_the_same_bytes_in_every_process(tmp_path: Path, book: Path) -> None:
    file = usage(tmp_path, *map(as_json, month()), b"bad")
    outs = [tmp_path / seed for seed in ("1", "2")]
    for out in outs:
        again = {**os.environ, "PYTHONHASHSEED": out.name}
        typed = map(str, [PROGRAM, "replay", file, "--rulebook", book, "--out", out])
        subprocess.run(list(typed), check=True, env=again, capture_output=True)
    for one in outs[0].iterdir():
        assert one.read_bytes() == (outs[1] / one.name).read_bytes()


def test_several_files_are_one_usage_merged_by_time(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    lines = [as_json(one) for one in month()]
    whole = usage(tmp_path, *lines, name="whole.jsonl")
    halves = [usage(tmp_path, *lines[at::2], name=f"half{at}.jsonl") for at in (0, 1)]
    first = replayed(spendwatch, tmp_path / "one", book, whole)
    assert replayed(spendwatch, tmp_path / "two", book, *halves) == first
    one, two = (sorted((tmp_path / name / "charges.jsonl").read_text().splitlines())
                for name in ("one", "two"))  # fmt: skip
    assert one == two


def test_nothing_but_bad_lines_is_counted_and_fails_only_where_that_is_asked_for(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    file, out = usage(tmp_path, b"bad", b"\xff\xfe", b"{}"), tmp_path / "out"
    said = replayed(spendwatch, out, book, file)
    assert (said["usages"], said["rejected"], said["charges"]) == (3, 3, 0)
    strict = spendwatch("replay", file, "--rulebook", book, "--out", out, "--strict")
    assert strict.code == 2
    assert strict.err == f"Error: 3 usages rejected, see {out / 'rejected.jsonl'}\n"
    sound = usage(tmp_path, as_json(event()))
    assert spendwatch("replay", sound, "--rulebook", book, "--out", out, "--strict").code == 0


def test_a_time_ahead_of_its_arrival_is_refused_by_what_the_line_says_it_arrived(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    ahead = {**event(), "received": (NOON - HOUR).isoformat()}
    said = replayed(spendwatch, tmp_path / "out", book, usage(tmp_path, as_json(ahead)))
    assert said["rejected"] == 1
    assert rows(tmp_path / "out", "rejected")[0]["reason"] == "time_ahead"


MAP = "type: ai.usage.llm.v1\ncolumns: {time: t}\nconstants: {provider: p}\n"
BAD = {
    "a missing file": ({}, ["nowhere.jsonl"], "nowhere.jsonl: no such file"),
    "an unknown form": ({"a.xml": b""}, ["a.xml"], "a.xml: neither .jsonl"),
    "a table without its mapping": ({"a.csv": b"t\n"}, ["a.csv"], "needs a mapping"),
    "a table without its columns": ({"a.csv": b"x\n1\n", "m.yaml": MAP.encode()},
                                    ["a.csv", "--map", "m.yaml"], "a.csv: no column t"),
    "an empty table": ({"a.csv": b"", "m.yaml": MAP.encode()},
                       ["a.csv", "--map", "m.yaml"], "a.csv: no column t"),
    "a table that is none": ({"a.csv": b"\xff\xfe\x00", "m.yaml": MAP.encode()},
                             ["a.csv", "--map", "m.yaml"], "a.csv: 'utf-8' codec can't decode"),
    "a mapping that is none": ({"a.csv": b"t\n", "m.yaml": b"\xff"},
                               ["a.csv", "--map", "m.yaml"], "m.yaml: 'utf-8' codec"),
    "a missing mapping": ({"a.csv": b"t\n"}, ["a.csv", "--map", "m.yaml"], "m.yaml: No such file"),
    "a rulebook that is no text": ({"a.jsonl": b"", "r.yaml": b"\xff\x00"},
                                   ["a.jsonl", "--rulebook", "r.yaml"], "not a text in UTF-8"),
    "a rulebook that is not there": ({"a.jsonl": b""}, ["a.jsonl", "--rulebook", "r.yaml"],
                                     "r.yaml: No such file or directory"),
    "an output that is a file": ({"a.jsonl": b"", "out": b""}, ["a.jsonl", "--out", "out"],
                                 "is a file"),
    "an input that is a folder": ({}, ["."], "is a directory"),
    "no input": ({}, [], "Missing argument"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_the_user_can_mend_is_said_in_a_line_and_ends_with_2(
    what: str, spendwatch: Terminal, tmp_path: Path, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, arguments, said = BAD[what]
    for name, held in files.items():
        (tmp_path / name).write_bytes(held)
    monkeypatch.chdir(tmp_path)
    usual = ["--rulebook", str(book), "--out", str(tmp_path / "result")]
    done = spendwatch("replay", *usual, *arguments)
    assert done.code == 2 and done.out == ""
    last = done.err.splitlines()[-1]
    assert last.startswith("Error: ") and said in last
    assert "Traceback" not in done.err


def test_an_older_summary_does_not_stay_beside_a_replay_that_failed(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    out = tmp_path / "out"
    replayed(spendwatch, out, book, usage(tmp_path, as_json(event())))
    done = spendwatch("replay", tmp_path / "none.jsonl", "--rulebook", book, "--out", out)
    assert done.code == 2 and not (out / "summary.json").exists()


def test_a_rulebook_with_mistakes_is_answered_with_all_of_them(
    spendwatch: Terminal, tmp_path: Path
) -> None:
    book = tmp_path / "rulebook.yaml"
    book.write_text("organisation: acme\nlatenes_s: 3\nowners: 7\n")
    done = spendwatch("replay", usage(tmp_path), "--rulebook", book, "--out", tmp_path / "out")
    assert (done.code, done.err.splitlines()) == (2, [
        "the rulebook has mistakes:",
        "  line 2: latenes_s: Extra inputs are not permitted",
        "  line 3: owners: Input should be a valid tuple",
    ])  # fmt: skip


def test_charges_are_written_as_asked_and_all_else_is_the_same(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    file = usage(tmp_path, *map(as_json, month()))
    outs = {form: tmp_path / form for form in ("jsonl", "parquet", "none")}
    for form, out in outs.items():
        done = spendwatch("replay", file, "--rulebook", book, "--out", out, "--charges", form)
        assert (done.code, done.err) == (0, "")
    held = {form: {one.name: one.read_bytes() for one in out.iterdir()}
            for form, out in outs.items()}  # fmt: skip
    table = pq.read_table(io.BytesIO(held["parquet"].pop("charges.parquet")))
    lines = held["jsonl"].pop("charges.jsonl").decode().splitlines()
    assert held["jsonl"] == held["parquet"] == held["none"]
    assert table.schema.equals(columns.arrow(columns.CHARGE))
    assert lines == [line(told(row))[:-1] for row in table.to_pylist()]


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A charge as a line tells it."""
    owner = "/".join(row[name] for name in ("business_unit", "service", "owner"))
    own = row["owner"] if row["owner"].startswith("pool/") else owner
    held = {name: value for name, value in row["quantities"].items() if value}
    return {name: {**row, "owner": own, "quantities": held}[name] for name in FIELDS}


@given(name=st.text(max_size=6), at=st.datetimes(datetime(2015, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_a_line_of_a_charge_is_the_json_that_python_writes(name: str, at: datetime) -> None:
    text = name.encode(errors="ignore").decode()
    row = dict.fromkeys(FIELDS, text) | {
        "time": at.replace(tzinfo=UTC), "cost_nano_usd": 2**62,
        "quantities": dict.fromkeys(columns.quantities(), 0) | {"output": 7},
    }  # fmt: skip
    shape = columns.arrow(columns.CHARGE)
    batch = pa.RecordBatch.from_pylist([row], pa.schema([shape.field(name) for name in FIELDS]))
    assert list(charge_lines(batch)) == [line(told(row)).encode()]


def test_charges_of_another_form_do_not_stay_beside_a_new_replay(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    file, out = usage(tmp_path, as_json(event())), tmp_path / "out"
    for form in ("jsonl", "parquet", "none"):
        spendwatch("replay", file, "--rulebook", book, "--out", out, "--charges", form)
        assert [one.name for one in out.glob("charges.*")] == [f"charges.{form}"][: form != "none"]


def test_a_table_of_charges_is_the_same_twice_and_can_be_replayed_itself(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    file = usage(tmp_path, *map(as_json, month()))
    outs = [tmp_path / name for name in ("one", "two", "three")]
    for source, out in zip([file, file, outs[0] / "charges.parquet"], outs, strict=True):
        done = spendwatch(
            "replay", source, "--rulebook", book, "--out", out, "--charges", "parquet"
        )
        assert (done.code, done.err) == (0, "")
    for one in outs[0].iterdir():
        assert one.read_bytes() == (outs[1] / one.name).read_bytes()
        assert one.read_bytes() == (outs[2] / one.name).read_bytes()


def test_lines_and_a_table_of_the_same_usage_lead_to_the_same(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    held = list(map(as_json, month()))
    pq.write_table(pa.Table.from_batches([columns.from_rows(list(map(parse, held)))]),
                   tmp_path / "usage.parquet")  # fmt: skip
    for name, file in (("one", usage(tmp_path, *held)), ("two", tmp_path / "usage.parquet")):
        replayed(spendwatch, tmp_path / name, book, file)
    for one in (tmp_path / "one").iterdir():
        assert one.read_bytes() == (tmp_path / "two" / one.name).read_bytes()


def test_what_is_wrong_with_a_table_is_said_by_file_and_row(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    good = parse(as_json(event()))
    table = pa.Table.from_batches([columns.from_rows([good, {**good, "tier": "odd"}, good])])
    pq.write_table(table, tmp_path / "usage.parquet")
    said = replayed(spendwatch, tmp_path / "out", book, tmp_path / "usage.parquet")
    assert (said["charges"], said["duplicates"], said["rejected"]) == (1, 1, 1)
    [one] = rows(tmp_path / "out", "rejected")
    assert (one["reason"], one["file"], one["line"]) == ("unknown_tier", "usage.parquet", 2)
    assert json.loads(one["original"])["tier"] == "odd"
