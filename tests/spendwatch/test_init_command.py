"""`spendwatch init`: from recorded usage to a rulebook that check takes."""

import json
from pathlib import Path

import pytest

from tests.spendwatch.first_day_kit import Terminal, items

MAPPING = """
type: ai.usage.llm.v1
columns: {time: when, application: app, output: tokens}
constants: {provider: openai, model: gpt-4o}
"""


@pytest.fixture
def usage(tmp_path: Path) -> Path:
    file = tmp_path / "usage.jsonl"
    file.write_bytes(b"\n".join(item.message for item in items()))
    return file


def test_a_draft_is_taken_by_check_and_a_replay_owns_everything(
    tmp_path: Path, spendwatch: Terminal, usage: Path
) -> None:
    out = tmp_path / "rulebook.yaml"
    shown = spendwatch("init", "--from", usage, "--out", out, "--organisation", "acme")
    assert shown.code == 0
    assert "3 applications" in shown.out and "house-7b" in shown.out
    assert "2 lines refused: 1 negative_quantity, 1 unknown_quantity" in shown.out
    assert spendwatch("check", out).code == 0
    assert spendwatch("replay", usage, "--rulebook", out, "--out", tmp_path / "r").code == 0
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert set(summary["by_business_unit"]) == {"all"}
    charges = [json.loads(line) for line in (tmp_path / "r" / "charges.jsonl").open()]
    applications = ("chat", "agent", "nobody")
    assert {one["owner"] for one in charges} == {f"all/unsorted/{name}" for name in applications}


def test_nothing_is_overwritten_unless_somebody_says_so(
    tmp_path: Path, spendwatch: Terminal, usage: Path
) -> None:
    out = tmp_path / "rulebook.yaml"
    out.write_text("mine")
    words = ["init", "--from", str(usage), "--out", str(out)]
    shown = spendwatch(*words)
    assert shown.code == 2 and out.read_text() == "mine" and shown.err.count("\n") == 1
    assert spendwatch(*words, "--force").code == 0
    assert out.read_text().endswith("\n") and "organisation: my-organisation" in out.read_text()


def test_several_files_and_tables_are_read_together(
    tmp_path: Path, spendwatch: Terminal, usage: Path
) -> None:
    table = tmp_path / "more.csv"
    table.write_text("when,app,tokens\n2026-11-03 10:00:00,from-a-table,12\n")
    columns = tmp_path / "map.yaml"
    columns.write_text(MAPPING)
    out = tmp_path / "rulebook.yaml"
    assert spendwatch("init", "--from", usage, table, "--map", columns, "--out", out).code == 0
    assert "application: from-a-table" in out.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "missing.jsonl"], "no such file"),
        (["--from", "usage.docx"], "neither"),
        (["--from", "broken.jsonl"], "no usage in"),
        (["--from", "empty.jsonl"], "no usage in"),
        (["--from", "table.csv"], "mapping"),
        (["--from", "usage.jsonl", "--organisation", "not an id"], "--organisation"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_and_writes_nothing(
    usage: Path, spendwatch: Terminal, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(usage.parent)
    Path("broken.jsonl").write_text("{]\nno usage\n")
    Path("empty.jsonl").write_text("")
    Path("table.csv").write_text("a,b\n")
    shown = spendwatch("init", *words, "--out", "rulebook.yaml")
    assert shown.code == 2 and said in shown.err and shown.err.count("\n") == 1
    assert not Path("rulebook.yaml").exists()
