"""spendwatch publish, check and rulebook: what they do, and with which code they end."""

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas import columns
from schemas.cloudevents import parse
from schemas.records import Clock
from streams.rulebooks import hash_of
from tests.spendwatch.first_day_kit import CODEC, Steps, Terminal, opened
from tests.streams.meter_kit import ACME, NOON, as_json, event

HOUR = timedelta(hours=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "log.db"


def usage(folder: Path, *hours: int, name: str = "usage.jsonl", more: bytes = b"") -> Path:
    """A file of usage at so many hours after noon."""
    lines = [as_json(event(f"e{hour}", NOON + hour * HOUR)) + b"\n" for hour in hours]
    (folder / name).write_bytes(b"".join(lines) + more)
    return folder / name


def book(folder: Path, text: str = ACME, name: str = "rulebook.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_usage_is_published_with_its_clocks_and_can_be_metered(
    spendwatch: Terminal, tmp_path: Path, file: Path
) -> None:
    assert spendwatch("rulebook", "publish", book(tmp_path), "--embedded", file).code == 0
    done = spendwatch("publish", usage(tmp_path, 0, 1, 2, more=b"bad\n"), "--embedded", file)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"3 usages published to {file}, 1 line refused\n"
    log = opened(file)
    held = [CODEC.decode(record.value or b"") for record in log.read("usage", 0)]
    assert [one.time for one in held if isinstance(one, Clock)] == [
        NOON + HOUR, NOON + 2 * HOUR, NOON + 2 * HOUR + timedelta(seconds=65),
    ]  # fmt: skip
    Steps(log, ["meter"]).turn()
    assert log.end("charge", 0) == 3 and log.end("rejected", 0) == 1
    log.close()


def test_a_table_is_published_as_its_lines_would_be(
    spendwatch: Terminal, tmp_path: Path, file: Path
) -> None:
    rows = [parse(as_json(event(f"e{hour}", NOON + hour * HOUR))) for hour in range(3)]
    table = pa.Table.from_batches([columns.from_rows([*rows, {**rows[0], "id": "", "model": ""}])])
    pq.write_table(table, tmp_path / "usage.parquet")
    done = spendwatch("publish", tmp_path / "usage.parquet", "--embedded", file)
    assert (done.code, done.err) == (0, "")
    log = opened(file)
    values = [record.value or b"" for record in log.read("usage", 0)]
    told = [value for value in values if value.startswith(b"{")]
    held = [CODEC.decode(value) for value in values if value not in told]
    assert [one for one in held if isinstance(one, dict)] == rows
    assert [json.loads(value)["id"] for value in told] == ["4"], "the meter will say why"
    log.close()


def test_the_lateness_of_the_newest_rulebook_decides_the_last_clock(
    spendwatch: Terminal, tmp_path: Path, file: Path
) -> None:
    patient = book(tmp_path, ACME + "lateness_s: 90\n")
    spendwatch("rulebook", "publish", patient, "--embedded", file)
    spendwatch("publish", usage(tmp_path, 0), "--embedded", file)
    log = opened(file)
    *_, last = log.read("usage", 0)
    assert CODEC.decode(last.value or b"").time == NOON + timedelta(seconds=150)
    log.close()


def test_history_goes_first_and_is_refused_behind_later_usage(
    spendwatch: Terminal, tmp_path: Path, file: Path
) -> None:
    early, late = usage(tmp_path, -3, name="early.jsonl"), usage(tmp_path, 2, name="late.jsonl")
    assert spendwatch("publish", late, "--history", "--embedded", file).code == 0
    done = spendwatch("publish", early, "--history", "--embedded", file)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "Error: usage/0 holds usage later than 2026-11-03T09:00:00+00:00: history comes before "
        "anything else\n"
    )
    assert spendwatch("publish", early, "--embedded", file).code == 0


def test_strict_fails_where_a_line_was_refused_and_publishes_the_others(
    spendwatch: Terminal, tmp_path: Path, file: Path
) -> None:
    mixed = usage(tmp_path, 0, more=b"bad\n")
    done = spendwatch("publish", mixed, "--embedded", file, "--strict")
    assert (done.code, done.err) == (2, "Error: 1 line refused\n")
    assert done.out.startswith("1 usage published")
    assert spendwatch("publish", usage(tmp_path, 1), "--embedded", file, "--strict").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.jsonl", "--embedded", "log.db"], "nowhere.jsonl: no such file"),
        (["usage.csv", "--embedded", "log.db"], "needs a mapping of its columns"),
        (["usage.jsonl"], "name a log: --embedded FILE, or Kafka by KAFKA_BOOTSTRAP_SERVERS"),
        (["usage.jsonl", "--embedded", "usage.csv"], "this file is no log of ours"),
        (["usage.jsonl", "--embedded", "none/log.db"], "the file can't be opened"),
        (["usage.jsonl", "--embedded", "."], "is a directory"),
        (["usage.jsonl", "--embedded", "log.db", "--map", "none.yaml"], "none.yaml: No such file"),
    ],
)
def test_what_can_not_be_published_is_said_in_a_line(
    arguments: list[str], said: str, spendwatch: Terminal, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    usage(tmp_path, 0)
    (tmp_path / "usage.csv").write_text("no table and no log\n" * 50)
    done = spendwatch("publish", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err.splitlines()[-1] and "Traceback" not in done.err


def test_a_sound_rulebook_is_counted_and_named_by_its_hash(
    spendwatch: Terminal, tmp_path: Path
) -> None:
    done = spendwatch("check", book(tmp_path))
    assert (done.code, done.err) == (0, "")
    assert done.lines[0].endswith(f"a rulebook of acme, version {hash_of(ACME)}")
    assert done.lines[1].startswith("7 owners, 3 rules, 2 pools, 7 rates, 1 cut, 0 budgets")


def test_more_false_alarms_than_t_can_give_are_not_promised(
    spendwatch: Terminal, tmp_path: Path
) -> None:
    watching = f"{ACME}detectors: [{{name: day, kind: records, series: ['*:*']}}]\n"
    for borne, said in (("0.5", "0.5"), ("1000", f"at most {29 * 0.15 * 30 / 7:.3g}")):
        text = f"{watching}false_alarms_a_month: {borne}\n"
        last = spendwatch("check", book(tmp_path, text)).lines[-1]
        assert last.startswith(f"{said} false alarms a month over about 29 series")
    assert "for all that 1000 are borne: told is" in last
    assert last.endswith("once in 90 days")


def test_every_mistake_of_a_rulebook_is_said_with_its_line(
    spendwatch: Terminal, tmp_path: Path
) -> None:
    wrong = ACME.replace("level: service, under: ops", "level: servise, under: ops")
    done = spendwatch("check", book(tmp_path, wrong + "lateness_s: -1\nowners: []\n"))
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "the rulebook has mistakes:", f"  line {len(wrong.splitlines()) + 2}: owners: given twice",
    ]  # fmt: skip
    done = spendwatch("check", book(tmp_path, wrong + "lateness_s: -1\n"))
    assert [line.split(":")[:2] for line in done.err.splitlines()[1:]] == [
        ["  line 7", " owners.3.level"], [f"  line {len(wrong.splitlines()) + 1}", " lateness_s"],
    ]  # fmt: skip


@pytest.mark.parametrize("command", [("check",), ("rulebook", "publish")])
@pytest.mark.parametrize(
    ("held", "said"),
    [
        (b"\xff\xfe", "not a text in UTF-8"),
        (b"organisation: \xe9\n", "not a text in UTF-8: "),
        (None, "No such file or directory"),
        (b"\x00", "special characters are not allowed"),
        (b"organisation: acme\nx: &x [*x]\n", "nested too deeply"),
        (b"", "a rulebook is a mapping of its parts"),
    ],
)
def test_what_is_no_rulebook_is_said_and_ends_with_2(
    command: tuple[str, ...], held: bytes | None, said: str, spendwatch: Terminal, tmp_path: Path
) -> None:
    text = tmp_path / "rulebook.yaml"
    if held is not None:
        text.write_bytes(held)
    log = ["--embedded", str(tmp_path / "log.db")] if len(command) > 1 else []
    done = spendwatch(*command, text, *log)
    assert (done.code, done.out) == (2, "")
    assert said in done.err and "Traceback" not in done.err


def test_versions_are_listed_in_the_order_in_which_they_hold(
    spendwatch: Terminal, tmp_path: Path, file: Path
) -> None:
    second = ACME + "lateness_s: 7\n"
    for text, start in ((ACME, "2026-11-03T10:00:00Z"), (second, "2026-11-05T00:00:00+01:00")):
        named = book(tmp_path, text)
        done = spendwatch("rulebook", "publish", named, "--embedded", file, "--from", start)
        assert done.out == f"version {hash_of(text)} published to {file}\n"
    listed = spendwatch("rulebook", "list", "--embedded", file)
    assert (listed.code, listed.lines) == (0, [
        f"{hash_of(ACME)}  from 1970-01-01T00:00:00+00:00",
        f"{hash_of(second)}  from 2026-11-04T23:00:00+00:00",
    ])  # fmt: skip


def test_going_back_to_an_older_rulebook_takes_nothing_from_its_first_time(
    spendwatch: Terminal, tmp_path: Path, file: Path
) -> None:
    second = ACME + "lateness_s: 7\n"
    for text, day in ((ACME, 3), (second, 4), (ACME, 5)):
        start = f"2026-11-0{day}T00:00:00Z"
        spendwatch("rulebook", "publish", book(tmp_path, text), "--embedded", file, "--from", start)
    listed = spendwatch("rulebook", "list", "--embedded", file).lines
    hashes = [hash_of(ACME), hash_of(second), hash_of(ACME)]
    assert [line.split()[0] for line in listed] == hashes


def test_a_log_without_a_rulebook_or_no_log_at_all_is_said(
    spendwatch: Terminal, tmp_path: Path, file: Path
) -> None:
    done = spendwatch("rulebook", "list", "--embedded", file)
    assert (done.code, done.err) == (2, f"Error: {file}: there is no log\n")
    assert not file.exists()
    opened(file).close()
    done = spendwatch("rulebook", "list", "--embedded", file)
    assert (done.code, done.err) == (
        2, f"Error: {file}: there is no rulebook yet: publish one\n",
    )  # fmt: skip
