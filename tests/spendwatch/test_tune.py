"""spendwatch tune: the incidents of a replay, both forms of history, and what it refuses."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from schemas.moments import EPOCH, at_minute, micros, rfc3339
from schemas.records import Finding, Incident
from spendwatch.simulated import batches, fortnight_overruns
from spendwatch.tuning.changes import rulebooks, typed
from streams import backtest, sources
from streams.book import Book, Books
from streams.recorded import recorded
from streams.replay import replay
from streams.rulebook import read
from streams.walk import Walk
from tests.spendwatch.first_day_kit import Done, Terminal
from tests.streams.backtest_kit import MONDAY, RULES, hours

START = at_minute(MONDAY * 60)
STARTED = micros(START + timedelta(days=40))
ACME = (files("spendwatch.simulated") / "rulebook.yaml").read_text(encoding="utf-8")
WILD = (600, 601, 602, 700)
NAMES = ("application:chat", "application:search", "application:triage")
HEAD = "series,start,cost_nano_usd\n"
SOUND = f"{HEAD}application:chat,2026-11-03T10:00:00Z,1\n"


@pytest.fixture(scope="module")
def usage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five days of acme's with overruns in them."""
    overruns = fortnight_overruns(START - timedelta(days=6))
    made = batches(7, START, START + timedelta(days=5), overruns)
    file = tmp_path_factory.mktemp("usage") / "usage.parquet"
    pq.write_table(pa.Table.from_batches(list(made)), file)
    return file


@pytest.fixture(scope="module")
def late(usage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, where some comes two hours late."""
    table = pq.read_table(usage)
    order = np.arange(len(table)) + np.where(np.arange(len(table)) % 997 == 0, 1500, 0)
    file = tmp_path_factory.mktemp("late") / "late.parquet"
    pq.write_table(table.take(np.argsort(order, kind="stable")), file)
    return file


def bucket_rows(seed: int = 1) -> Iterator[tuple[str, int, int]]:
    """Series, hour and nano-dollars: one series with overruns, two without."""
    for at, name in enumerate(NAMES):
        costs = hours(seed + at, 35, WILD if not at else ())
        yield from ((name, MONDAY + hour, cost) for hour, cost in enumerate(costs))


@pytest.fixture
def past(tmp_path: Path) -> Path:
    """Five weeks of three series, hour by hour."""
    rows = (
        f"{name},{rfc3339(at_minute(hour * 60))},{cost}\n" for name, hour, cost in bucket_rows()
    )
    return put(tmp_path / "past.csv", HEAD + "".join(rows))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return put(tmp_path / "rulebook.yaml", RULES)


def put(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def told(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def said(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.time, one.series, one.rule, one.phase))


def walked(usage: Path, books: Books) -> tuple[list[Finding], dict[str, Incident]]:
    """What the walk says of usage: findings but for early ones, and incidents as they end."""
    walk, found, incidents = Walk(books), list[Finding](), dict[str, Incident]()
    for pace in replay(sources.in_columns([usage]), walk, STARTED):
        if pace.walked:
            found += [one.record for one in pace.walked.docket if isinstance(one.record, Finding)]
            incidents |= {one.id: replace(one, revision=0) for one in pace.walked.incidents}
    return said([one for one in found if one.phase != "early"]), incidents


def lived(usage: Path, books: Books) -> tuple[list[Finding], dict[str, Incident]]:
    """What the series of the same usage say one by one."""
    history, _, refused = recorded(sources.in_columns([usage]), books, STARTED, len_of)
    assert refused == 0
    found = [said for one in history.series for said in backtest.live(one, books, history).findings]
    series = {one.name: one for one in history.series}
    found += backtest.budgeted(series, books.versions[0], history)
    return said(found), {one.id: replace(one, revision=0) for one in backtest.judged(found, books)}


def test_findings_and_incidents_are_those_of_the_walk(usage: Path) -> None:
    books = Books([Book("acme", EPOCH, read(ACME))])
    found, incidents = walked(usage, books)
    assert len(found) > 100
    assert any(one.parts for one in found)
    assert len(incidents) > 2
    assert lived(usage, books) == (found, incidents)


def test_what_comes_late_corrects_the_same_incidents(late: Path) -> None:
    """What an excess is made of is told without it, and its finding has the time it was known."""
    books = Books([Book("acme", EPOCH, read(ACME))])
    (found, incidents), (others, again) = walked(late, books), lived(late, books)
    assert any(one.late_nano_usd for one in incidents.values())
    assert {name: bare(one) for name, one in again.items()} == {
        name: bare(one) for name, one in incidents.items()
    }
    first, second = (
        [replace(one, parts={}, counts={}) for one in each if one.phase != "corrected"]
        for each in (found, others)
    )
    assert first == second


def bare(one: Incident) -> Incident:
    """An incident without what its excess is made of."""
    evidence = tuple(replace(each, parts={}, counts={}) for each in one.evidence)
    return replace(one, evidence=evidence)


def len_of(_: int) -> None:
    """Nobody watches how far it is."""


def test_a_replay_writes_the_incidents_that_tune_tells_of(
    spendwatch: Terminal, usage: Path, tmp_path: Path
) -> None:
    book, out = put(tmp_path / "acme.yaml", ACME), tmp_path / "out"
    assert spendwatch("replay", usage, "--rulebook", book, "--out", out).code == 0
    lines = [json.loads(line) for line in (out / "incidents.jsonl").read_text().splitlines()]
    found = told(spendwatch("tune", "--history", usage, "--rulebook", book, "--json"))
    names = ("id", "series", "severity", "state", "accrued_nano_usd", "resolved_at")
    expected = {line["id"]: line for line in lines if line["merged_into"] is None}
    assert len(expected) > 1
    assert {one["id"] for one in found["today"]["incidents"]} == set(expected)
    for one in found["today"]["incidents"]:
        assert {name: one[name] for name in names} == {
            name: expected[one["id"]][name] for name in names
        }
    breaches = [json.loads(line) for line in (out / "findings.jsonl").read_text().splitlines()]
    reasons = {line["reason"] for line in breaches}
    assert {one["reason"] for one in found["today"]["incidents"]} <= reasons


def test_a_change_says_what_it_would_say_alone(
    spendwatch: Terminal, past: Path, tmp_path: Path, book: Path
) -> None:
    settings = ["--set", "detectors.day.once_in_days=200", "--set", "policies.rail.usd=60"]
    both = told(spendwatch("tune", "--history", past, "--rulebook", book, *settings, "--json"))
    patch = tmp_path / "change.patch"
    patch.write_text(both["patch"], encoding="utf-8")
    text = RULES.replace("once_in_days: 60", "once_in_days: 200").replace("usd: 300,", "usd: 60,")
    other = put(tmp_path / "other.yaml", text)
    alone = told(spendwatch("tune", "--history", past, "--rulebook", other, "--json"))
    assert both["changed"] == alone["today"]
    assert both["today"] == told(spendwatch("tune", "--history", past, "--rulebook", book,
                                            "--json"))["today"]  # fmt: skip
    ids = {one["id"] for one in both["changed"]["incidents"]}
    assert {pair["changed"] for pair in both["both"]} | {one["id"] for one in both["appear"]} == ids
    assert both["today"]["a_week"] * 5 == pytest.approx(len(both["today"]["incidents"]), abs=0.01)


def test_a_position_of_the_knob_below_what_follows_is_set_by_detector() -> None:
    book = read(RULES.replace("once_in_days: 60, ", "") + "false_alarms_a_month: 100\n")
    assert book.once_in_days == 90
    assert typed(book, {"day"}, 4.0) == ["detectors.day.once_in_days=22"]
    assert typed(book, {"day"}, 0.5)[0].startswith("false_alarms_a_month=")


def test_the_patch_makes_the_changed_rulebook() -> None:
    books = rulebooks("r.yaml", RULES, ["detectors.day.floor_usd=7"])
    assert "-  - {name: day" in books.patch
    assert "floor_usd: 7}" in books.patch
    assert books.changed is not None
    assert books.changed.rulebook == read(RULES.replace("floor_usd: 5", "floor_usd: 7"))


@pytest.mark.parametrize("form", ["timestamps", "texts", "shuffled", "quoted", "folder"])
def test_buckets_are_the_same_in_every_form(
    spendwatch: Terminal, past: Path, book: Path, tmp_path: Path, form: str
) -> None:
    expected = told(spendwatch("tune", "--history", past, "--rulebook", book, "--json"))
    names, at, costs = map(list, zip(*bucket_rows(), strict=True))
    starts = [at_minute(hour * 60) for hour in at]
    whole = pa.table({
        "series": names,
        "start": [rfc3339(one) for one in starts] if form == "texts" else starts,
        "cost_nano_usd": pa.array(costs, pa.int64()),
    })  # fmt: skip
    folder = tmp_path / "tables"
    folder.mkdir()
    if form == "shuffled":
        whole = whole.take(np.random.default_rng(1).permutation(len(whole)))
    halves = [whole.slice(0, 900), whole.slice(900)] if form == "folder" else [whole]
    for number, half in enumerate(halves):
        pq.write_table(half, folder / f"part-{number}.parquet")
    given = folder if form == "folder" else folder / "part-0.parquet"
    if form == "quoted":
        given = tmp_path / "quoted.csv"
        starts_told = [f"{one:%Y-%m-%dT%H:%M:%S.000000Z}" for one in starts]
        pcsv.write_csv(whole.set_column(1, "start", pa.array(starts_told)), given)
    found = told(spendwatch("tune", "--history", given, "--rulebook", book, "--json"))
    assert found["today"] == expected["today"]
    assert found["knob"] == expected["knob"]


def test_minutes_are_known_by_their_spacing(
    spendwatch: Terminal, book: Path, tmp_path: Path
) -> None:
    rows = "".join(
        f"{NAMES[0]},{rfc3339(START + timedelta(minutes=at))},{401 if at == 2898 else 1}{'0' * 9}\n"
        for at in range(0, 3000, 7)
    )  # fmt: skip
    file = put(tmp_path / "minutes.csv", HEAD + rows)
    found = told(spendwatch("tune", "--history", file, "--rulebook", book, "--json"))
    assert found["history"]["grain"] == "minute"
    assert found["history"]["left_out"] == []
    assert [one["told_at"] for one in found["today"]["incidents"]] == ["2026-11-04T00:19:00Z"]
    refused = spendwatch("tune", "--history", file, "--rulebook", book, "--grain", "hour")
    assert refused.code == 2
    assert "line 3: start: not the beginning of an hour" in refused.err


def test_hours_leave_out_what_they_cannot_show(
    spendwatch: Terminal, past: Path, tmp_path: Path
) -> None:
    text = RULES.replace("policies:", "  - {name: new, kind: newcomer, series: ['*:*']}\npolicies:")
    done = spendwatch("tune", "--history", past, "--rulebook", put(tmp_path / "r.yaml", text))
    assert "left out: new, it watches minutes" in done.lines


def test_the_figures_say_what_is_part_of_what(
    spendwatch: Terminal, past: Path, book: Path, tmp_path: Path
) -> None:
    labels = put(tmp_path / "labels.yaml", LABELS["labels.yaml"])
    done = spendwatch("tune", "--history", past, "--rulebook", book, "--label", labels)
    assert done.lines[0].startswith("2,520 buckets, each an hour: 3 series, ")
    starts = [line.split("$")[0].rstrip() for line in done.lines if "lost before" in line]
    assert starts == ["lost before telling", "  lost before telling"]


def test_a_past_that_nothing_watches_is_said(
    spendwatch: Terminal, past: Path, tmp_path: Path
) -> None:
    book = put(tmp_path / "r.yaml", RULES.replace("application:", "pool:"))
    done = spendwatch("tune", "--history", past, "--rulebook", book,
                      "--set", "detectors.day.series=['*:*']")  # fmt: skip
    notes = [line for line in done.lines if line.startswith("note: ")]
    assert notes == ["note: today's rulebook watches none of these series, so only its budgets can "
                     "say something; one of them is application:chat"]  # fmt: skip
    assert done.lines.index(notes[0]) == 1


def test_labels_that_match_nothing_are_named(
    spendwatch: Terminal, past: Path, book: Path, tmp_path: Path
) -> None:
    text = "- {incident: inc_none, label: expected}\n- {series: 'a:b', time: 2026-11-20T00:00:00Z, "
    labels = put(tmp_path / "l.yaml", f"{text}label: real}}\n{LABELS['labels.yaml']}")
    done = spendwatch("tune", "--history", past, "--rulebook", book, "--label", labels)
    assert [line for line in done.lines if line.startswith("note: ")] == [
        "note: no incident that is told has the id of a label: inc_none",
        "note: the history has no series of a label: a:b",
    ]


def test_from_and_to_choose_what_counts(spendwatch: Terminal, past: Path, book: Path) -> None:
    whole = told(spendwatch("tune", "--history", past, "--rulebook", book, "--json"))
    at = whole["today"]["incidents"][-1]["told_at"]
    after = told(spendwatch("tune", "--history", past, "--rulebook", book, "--from", at, "--json"))
    before = told(spendwatch("tune", "--history", past, "--rulebook", book, "--to", at, "--json"))
    both = [one["id"] for one in (*before["today"]["incidents"], *after["today"]["incidents"])]
    assert both == [one["id"] for one in whole["today"]["incidents"]]
    nothing = spendwatch(
        "tune", "--history", past, "--rulebook", book, "--from", "2030-01-01T00:00Z"
    )
    assert (nothing.code, "no history between" in nothing.err) == (2, True)


LABELS = {
    "labels.yaml": "- {series: 'application:chat', time: 2026-11-27T01:30:00Z, label: real}\n"
    "- {series: 'application:search', time: '2026-11-20T00:00:00Z', label: real}\n",
    "labels.jsonl": '{"label": "real", "series": "application:chat", '
    '"time": "2026-11-27T01:30:00Z"}\n'
    '{"label": "real", "series": "application:search", "time": "2026-11-20T00:00:00Z"}\n',
    "labels.csv": "series,time,label,incident\napplication:chat,2026-11-27T01:30:00Z,real,\n"
    "application:search,2026-11-20T00:00:00Z,real,\n",
}  # fmt: skip


@pytest.mark.parametrize("name", LABELS)
def test_labels_give_precision_recall_and_dollars(
    spendwatch: Terminal, past: Path, book: Path, tmp_path: Path, name: str
) -> None:
    usual = ("tune", "--history", past, "--rulebook", book, "--from", "2026-11-26T12:00Z", "--json")
    [first, *rest] = told(spendwatch(*usual))["today"]["incidents"]
    labels = put(tmp_path / name, LABELS[name])
    found = told(spendwatch(*usual, "--label", labels))["today"]["labels"]
    assert (found["real"], found["real_found"], found["recall"]) == (2, 1, 0.5)
    assert (found["precision"], found["told_expected"]) == (1.0, 0)
    assert found["told_real"] + found["told_unlabelled"] == 1 + len(rest)
    assert found["found_nano_usd"] >= first["accrued_nano_usd"] > found["lost_nano_usd"] > 0


def test_a_label_by_id_follows_the_overrun_to_the_change(
    spendwatch: Terminal, past: Path, book: Path, tmp_path: Path
) -> None:
    usual = ("tune", "--history", past, "--rulebook", book, "--json")
    [one, *_] = told(spendwatch(*usual))["today"]["incidents"]
    labels = put(tmp_path / "l.yaml", f"- {{incident: {one['id']}, label: expected}}\n")
    settings = ("--set", "policies.rail.usd=250", "--label", labels)
    found = told(spendwatch(*usual, *settings))
    assert found["today"]["labels"]["told_expected"] >= 1
    assert found["today"]["labels"]["precision"] == 0.0
    assert found["changed"]["labels"]["told_expected"] >= 1


@pytest.mark.parametrize(("text", "why"), [
    ("- {series: 'a:b', label: real}", "entry 1: neither incident, nor series and time"),
    ("- {incident: inc_a, label: maybe}", "entry 1: label is neither expected nor real"),
    ("- 3", "entry 1: not a mapping"),
    ("label: real", "not a list of labels"),
    ("- {a", "while parsing a flow mapping"),
])  # fmt: skip
def test_a_label_that_is_none_is_refused(
    spendwatch: Terminal, tmp_path: Path, book: Path, text: str, why: str
) -> None:
    past = put(tmp_path / "past.csv", SOUND)
    labels = put(tmp_path / "l.yaml", text)
    done = spendwatch("tune", "--history", past, "--rulebook", book, "--label", labels)
    assert (done.code, done.out) == (2, "")
    assert why in done.err


@pytest.mark.parametrize(("text", "why"), [
    (f"{SOUND}chat,2026-11-03T11:00:00Z,1\n", "line 3: series: not like application:chat"),
    (f"{SOUND}application:chat,yesterday,1\n", "line 3: start: not like 2026-11-03T10:00:00Z"),
    (f"{SOUND}application:chat,2026-11-03T11:00:30Z,1\n", "line 3: start: not the beginning of"),
    (f"{SOUND}application:chat,2026-11-03T11:00:00Z,-1\n", "line 3: cost_nano_usd: not a whole"),
    (f"{SOUND}application:chat,2026-11-03T11:00:00Z,\n", "line 3: cost_nano_usd: not a whole"),
    (f"{SOUND}application:chat,2026-11-03T11:00:00Z,1.5\n", "line 3: cost_nano_usd: not a whole"),
    (f"{SOUND}application:chat,2026-11-03T10:00:00Z,2\n", "line 3: a second bucket of its series"),
    (f"{SOUND}application:chat\n", "CSV parse error"),
    (HEAD, "no bucket in it"),
])  # fmt: skip
def test_a_row_that_is_no_bucket_is_refused_with_its_line(
    spendwatch: Terminal, tmp_path: Path, book: Path, text: str, why: str
) -> None:
    file = put(tmp_path / "past.csv", text)
    done = spendwatch("tune", "--history", file, "--rulebook", book)
    assert (done.code, done.out) == (2, "")
    assert why in done.err


def test_a_history_that_is_none_is_refused(
    spendwatch: Terminal, tmp_path: Path, book: Path
) -> None:
    def why(given: Path, *more: str) -> str:
        done = spendwatch("tune", "--history", given, "--rulebook", book, *more)
        assert (done.code, done.out) == (2, "")
        return done.err

    assert "no such file or folder" in why(tmp_path / "nowhere")
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "no file of" in why(folder)
    put(folder / "a.csv", SOUND)
    put(folder / "b.jsonl", "{}")
    assert "tables of buckets and files of usage" in why(folder)
    assert "a table needs a mapping" in why(put(tmp_path / "other.csv", "a,b\n1,2\n"))
    assert "nothing in it to go by" in why(put(tmp_path / "poison.jsonl", "{}\n"))
    pq.write_table(pa.table({"series": ["a:b"], "start": [1.5], "cost_nano_usd": [1]}),
                   tmp_path / "odd.parquet")  # fmt: skip
    assert "row 1: start: not like" in why(tmp_path / "odd.parquet")


def test_all_settings_that_lead_nowhere_are_named(
    spendwatch: Terminal, past: Path, book: Path
) -> None:
    wrong = ("--set", "detectors.dy.floor_usd=1", "--set", "nothing=1")
    done = spendwatch("tune", "--history", past, "--rulebook", book, *wrong)
    assert done.code == 2
    assert "--set detectors has no entry dy; there are: day" in done.err
    assert "--set a rulebook has no nothing; there are: organisation" in done.err


def test_a_change_is_held_to_what_every_rulebook_is(
    spendwatch: Terminal, past: Path, book: Path
) -> None:
    wrong = ("--set", "detectors.day.once_in_days=1", "--set", "policies.rail.usd=-1")
    done = spendwatch("tune", "--history", past, "--rulebook", book, *wrong)
    assert done.code == 2
    assert "detectors.0.records.once_in_days" in done.err
    assert "policies.0.limit.usd" in done.err


def test_a_change_of_prices_meters_usage_anew(
    spendwatch: Terminal, usage: Path, tmp_path: Path
) -> None:
    book = put(tmp_path / "acme.yaml", ACME)
    setting = "rates.l40s-hours.usd.gpu_seconds=110"
    done = spendwatch("tune", "--history", usage, "--rulebook", book, "--set", setting, "--json")
    appear = {one["series"] for one in told(done)["appear"]}
    assert appear & {"pool:gpu-pool", "organisation:acme", "business_unit:operations"}


def test_buckets_are_priced_already(spendwatch: Terminal, past: Path, tmp_path: Path) -> None:
    text = (
        f"{RULES}rates: [{{name: l40s, when: {{type: gpu}}, usd: {{gpu_seconds: 1}}, per: hour}}]\n"
    )
    book = put(tmp_path / "r.yaml", text)
    done = spendwatch("tune", "--history", past, "--rulebook", book, "--set", "rates.l40s.per=unit")
    assert "note: buckets are priced and owned already" in done.out


@pytest.mark.parametrize(("typed", "why"), [
    ("--html past.csv", "would be written over a file that is read"),
    ("--patch ./folder/../rulebook.yaml", "would be written over a file that is read"),
    ("--patch labels.yaml", "would be written over a file that is read"),
    ("--html both.txt --patch both.txt", "two files would be written there"),
    ("--html past.csv/x.html", "cannot be written"),
])  # fmt: skip
def test_what_cannot_be_written_is_refused_before_anything_runs(
    spendwatch: Terminal, past: Path, book: Path, typed: str, why: str
) -> None:
    labels = put(past.parent / "labels.yaml", LABELS["labels.yaml"])
    before = {file: file.read_bytes() for file in (past, book, labels)}
    given = [one if one.startswith("--") else past.parent / one for one in typed.split()]
    done = spendwatch("tune", "--history", past, "--rulebook", book, "--label", labels, *given)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Error: {given[1]}: {why}")
    assert done.err.count("\n") == 1
    assert {file: file.read_bytes() for file in past.parent.iterdir()} == before


def test_a_folder_of_what_is_written_is_made(
    spendwatch: Terminal, past: Path, book: Path, tmp_path: Path
) -> None:
    page = tmp_path / "no" / "such" / "page.html"
    done = spendwatch("tune", "--history", past, "--rulebook", book, "--html", page)
    assert (done.code, page.is_file()) == (0, True)


def test_a_source_of_usage_has_no_grain(spendwatch: Terminal, usage: Path, book: Path) -> None:
    done = spendwatch("tune", "--history", usage, "--rulebook", book, "--grain", "hour")
    assert (done.code, "--grain is for tables" in done.err) == (2, True)
