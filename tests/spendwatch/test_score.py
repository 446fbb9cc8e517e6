"""spendwatch score: a row for each row, for one file or many, and what it refuses."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from detectors.scoring import DOWN_DAYS, UP_DAYS
from detectors.verdicts import Scored
from spendwatch import scoring
from spendwatch.plain_series import HEAD, findings, read
from streams.sources.base import Unreadable
from tests.spendwatch.first_day_kit import Terminal

PAGE = (Path(__file__).parents[2] / "docs" / "scoring.md").read_text(encoding="utf-8")
SOUND = "timestamp,value\n2026-11-03T10:00:00Z,1\n"


def file(path: Path, text: str | bytes = SOUND) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def hours(count: int, wild: int = -1, factor: float = 40) -> str:
    """Hours of a cost, one of them wild."""
    rows = (
        f"2026-11-{1 + hour // 24:02}T{hour % 24:02}:00:00Z,"
        f"{(1 + hour * 37 % 11 / 40) * (factor if hour == wild else 1):.3f}\n"
        for hour in range(count)
    )
    return f"timestamp,value\n{''.join(rows)}"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_each_row_gets_its_row_in_order_as_it_was_written(
    spendwatch: Terminal, tmp_path: Path
) -> None:
    written = [("2026-11-03 10:00", "1.50"), ("2026-11-03T10:00:00+02:00", " -2e3"),
               ("2026-11-03 10:00", "0"), ("2025-01-01", "+7")]  # fmt: skip
    rows = "".join(f'"{time}",{value}\r\n' for time, value in written)
    source = file(tmp_path / "a.csv", f"\ufefftimestamp,value\r\n\r\n{rows}\r\n")
    done = spendwatch("score", source, "--out", tmp_path / "deep" / "out.csv")
    assert (done.code, done.err) == (0, "")
    found = table(tmp_path / "deep" / "out.csv")
    assert [(row["timestamp"], row["value"]) for row in found] == written
    assert all(tuple(row) == HEAD for row in found)
    assert all(np.isfinite([float(row[name]) for name in HEAD[2:-1]]).all() for row in found)


def test_a_wild_hour_is_a_finding_and_is_counted(spendwatch: Terminal, tmp_path: Path) -> None:
    source, out = file(tmp_path / "a.csv", hours(26 * 24, wild=600)), tmp_path / "out.csv"
    done = spendwatch("score", source, "--out", out)
    found = table(out)
    up = [number for number, row in enumerate(found) if row["finding"] == "up"]
    down = [number for number, row in enumerate(found) if row["finding"] == "down"]
    assert up[0] == 600 and float(found[600]["once_in_days_up"]) >= UP_DAYS
    assert float(found[600]["value"]) > float(found[600]["high"])
    findings_ = f"{len(up)} finding{'s' if len(up) != 1 else ''} up, {len(down)} down"
    assert done.out == f"1 series, 624 rows: {findings_}: {out}\n"


def test_a_finding_agrees_with_the_days_beside_it_and_up_goes_before_down() -> None:
    up = [0.0, UP_DAYS - 0.001, UP_DAYS - 0.0001, 1e9, 0.0, 0.0]
    down = [0.0, 0.0, 0.0, 1e9, DOWN_DAYS, DOWN_DAYS - 0.001]
    zeros = np.zeros(len(up))
    said = findings(Scored(zeros, zeros, zeros, np.array(up), np.array(down)))
    assert said == ["", "", "up", "up", "down", ""]


def test_columns_are_found_by_their_names_and_others_passed_over(tmp_path: Path) -> None:
    text = "value, timestamp ,note\n-1,2026-11-03,\xe9\n2,2026-11-03T00:00:00.5,\n"
    series = read(file(tmp_path / "a.csv", text.encode("latin-1")))
    assert series.numbers.tolist() == [-1, 2]
    assert np.diff(series.times).tolist() == [500_000]


def test_times_without_an_offset_are_utc(tmp_path: Path) -> None:
    text = "timestamp,value\n2026-11-03 10:00:00,1\n2026-11-03T12:00:00+02:00,1\n"
    first, second = read(file(tmp_path / "a.csv", text)).times.tolist()
    assert first == second == 1_793_700_000_000_000


def test_a_header_alone_is_a_series_without_rows(spendwatch: Terminal, tmp_path: Path) -> None:
    source, out = file(tmp_path / "a.csv", "timestamp,value\n"), tmp_path / "out.csv"
    assert spendwatch("score", source, "--out", out).code == 0
    assert out.read_text() == f"{','.join(HEAD)}\n"


def test_a_folder_gives_one_file_of_the_same_name_each(
    spendwatch: Terminal, tmp_path: Path
) -> None:
    names = ["a.csv", "b.CSV", "c.csv"]
    for name in (*names, ".hidden.csv", "notes.txt", "below/d.csv"):
        file(tmp_path / "in" / name)
    done = spendwatch("score", tmp_path / "in", "--out", tmp_path / "out")
    assert done.out == f"3 series, 3 rows: 0 findings up, 0 down: {tmp_path / 'out'}\n"
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == names


def test_files_and_folders_go_into_one_folder(spendwatch: Terminal, tmp_path: Path) -> None:
    one, two = file(tmp_path / "in" / "a.csv"), file(tmp_path / "b.txt")
    assert spendwatch("score", one.parent, two, "--out", tmp_path / "out").code == 0
    assert sorted(found.name for found in (tmp_path / "out").iterdir()) == ["a.csv", "b.txt"]


@pytest.mark.parametrize(("made", "out"), [(True, "out"), (False, "out/")])
def test_one_file_goes_into_a_folder_where_one_is_named(
    made: bool, out: str, spendwatch: Terminal, tmp_path: Path
) -> None:
    if made:
        (tmp_path / "out").mkdir()
    done = spendwatch("score", file(tmp_path / "a.csv"), "--out", f"{tmp_path}/{out}")
    assert done.code == 0 and (tmp_path / "out" / "a.csv").is_file()


def test_a_series_has_the_same_scores_alone_as_among_many_in_many_processes(
    spendwatch: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        text = hours(20 * 24, wild=400 + number) if number != 3 else "timestamp,value\nnever,1\n"
        file(tmp_path / "in" / f"{number}.csv", text)
    alone = spendwatch("score", tmp_path / "in", "--out", tmp_path / "one")
    monkeypatch.setattr(scoring, "WORTH", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    among = spendwatch("score", tmp_path / "in", "--out", tmp_path / "two")
    assert alone.code == among.code == 2 and alone.err == among.err
    assert alone.out.replace("one", "two") == among.out
    found = {one.name: one.read_bytes() for one in (tmp_path / "one").iterdir()}
    assert len(found) == 9
    assert found == {one.name: one.read_bytes() for one in (tmp_path / "two").iterdir()}


def test_what_cannot_be_written_is_said_from_another_process_too(
    spendwatch: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.csv", "b.csv"):
        file(tmp_path / "in" / name)
    (tmp_path / "out" / "a.csv").mkdir(parents=True)
    monkeypatch.setattr(scoring, "WORTH", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    done = spendwatch("score", tmp_path / "in", "--out", tmp_path / "out")
    assert done.code == 2 and "Is a directory" in done.err and "Traceback" not in done.err
    assert [one.name for one in (tmp_path / "out").glob(".*")] == []


def test_a_bad_series_is_named_and_the_others_are_written(
    spendwatch: Terminal, tmp_path: Path
) -> None:
    bad = file(tmp_path / "in" / "bad.csv", SOUND + "2026-11-03T11:00:00Z,much\n")
    file(tmp_path / "in" / "good.csv")
    older = file(tmp_path / "out" / "bad.csv")
    done = spendwatch("score", bad.parent, "--out", older.parent)
    assert done.code == 2
    assert done.err.splitlines() == [
        f"Error: {bad}: line 3: value: 'much' is not a number",
        "Error: 1 of 2 series refused, the others are written",
    ]
    assert done.out.startswith("1 series, 1 row: ")
    assert [one.name for one in older.parent.iterdir()] == ["good.csv"]


CELLS = {
    "2026-11-03,": "value: '' is not a number",
    "2026-11-03,nan": "value: 'nan' is not a number",
    "2026-11-03,-inf": "value: '-inf' is not a number",
    "2026-11-03,1_000": "value: '1_000' is not a number",
    '2026-11-03,"1,000"': "value: '1,000' is not a number",
    "2026-11-03,٣": "value: '٣' is not a number",
    "2026-11-03,$3": "value: '$3' is not a number",
    "2026-11-03,-1e31": "value: '-1e31' is farther from 0 than 1e+30",
    "2026-11-03": "a row has a timestamp and a value",
    ",1": "timestamp: '' is not like 2026-11-03T10:00:00Z",
    "2026-02-30,1": "timestamp: '2026-02-30' is not like",
    "1793700000,1": "timestamp: '1793700000' is not like",
    "20261103,1": "timestamp: '20261103' is not like",
    "03/11/2026,1": "timestamp: '03/11/2026' is not like",
    "2026-11-03x10:00,1": "timestamp: '2026-11-03x10:00' is not like",
    "\x1b[2J,1": r"timestamp: '\x1b[2J' is not like",
    "9" * 200_000 + ",1": "field larger than field limit",
}


@pytest.mark.parametrize("row", CELLS, ids=lambda row: row[:20])
def test_a_row_that_is_none_is_refused_with_its_line(row: str, tmp_path: Path) -> None:
    source = file(tmp_path / "a.csv", f"{SOUND}\n{row}\n{SOUND}")
    with pytest.raises(Unreadable, match=re.escape(f"{source}: line 4: {CELLS[row]}")):
        read(source)


HEADS = {
    b"": "timestamp, value",
    b"\n": "timestamp, value",
    b"2026-11-03,1\n": "timestamp, value",
    b"timestamp,cost\n": "value",
    "timestamp,value\n".encode("utf-16"): "timestamp, value",
}


@pytest.mark.parametrize("text", HEADS)
def test_a_file_without_the_header_is_refused(text: bytes, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=f"a.csv: line 1: no column {HEADS[text]}: a header"):
        read(file(tmp_path / "a.csv", text))


ARGUMENTS = {
    "no series": ([], "Missing argument"),
    "a series that is not there": (["x.csv"], "x.csv: no such file or folder"),
    "a folder without a table": (["empty"], "empty: no .csv file in it"),
    "two of the same name": (["in", "in/a.csv"], "result/a.csv: 2 series of that name"),
    "a folder over itself": (["in", "--out", "in"], "in/a.csv: the scores would be written over"),
    "a file over itself": (["in/a.csv", "--out", "in/../in/a.csv"], "written over a series"),
    "many into a file": (["in", "--out", "in/a.csv"], "in/a.csv: not a folder"),
    "one into a device": (["in/a.csv", "--out", "/dev/null"], "/dev/null: not a file or folder"),
    "a length that is none": (["in", "--every", "hourly"], "'hourly' is not like 90s, 30m"),
    "an unknown detector": (["in", "--detectors", "records,magic"], "'magic' is none of records"),
    "no detector": (["in", "--detectors", ""], "'' is none of records"),
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_wrong_arguments_are_refused_before_anything_is_written(
    what: str, spendwatch: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, said = ARGUMENTS[what]
    file(tmp_path / "in" / "a.csv")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    done = spendwatch("score", "--out", "result", *arguments)
    assert done.code == 2 and done.out == ""
    last = done.err.splitlines()[-1]
    assert last.startswith("Error: ") and said in last
    assert not (tmp_path / "result").exists()
    assert (tmp_path / "in" / "a.csv").read_text() == SOUND


def test_the_lengths_and_detectors_of_the_page_are_taken(
    spendwatch: Terminal, tmp_path: Path
) -> None:
    source, out = file(tmp_path / "a.csv"), tmp_path / "out.csv"
    for every in ("5m", "1h", "1d"):
        for names in ("records", "levels", "records, levels"):
            done = spendwatch("score", source, "--out", out, "--every", every, "--detectors", names)
            assert (done.code, done.err) == (0, "")


def test_a_detector_that_is_named_scores_all_rows(spendwatch: Terminal, tmp_path: Path) -> None:
    source = file(tmp_path / "a.csv", hours(26 * 24, wild=600))
    said = {}
    for names in ("records", "levels", "levels,records"):
        assert (
            spendwatch("score", source, "--out", tmp_path / "out.csv", "--detectors", names).code
            == 0
        )
        said[names] = (tmp_path / "out.csv").read_bytes()
    assert said["records"] == said["levels,records"] != said["levels"]


def test_the_example_of_the_page_says_what_the_page_says(tmp_path: Path) -> None:
    [(typed, shown)] = re.findall(r"```sh\n(python.*?)```.*?```text\n(.*?)```", PAGE, re.DOTALL)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-e", "-c", typed], cwd=tmp_path, env={**os.environ, "PATH": path},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == shown
