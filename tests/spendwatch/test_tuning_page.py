"""The page of a tuning: its commands run as they stand in the docs, and it draws in a browser."""

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.moments import SECOND
from tests.spendwatch.first_day_kit import Terminal
from tests.spendwatch.test_tune import bucket_rows, put
from tests.streams.backtest_kit import RULES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tuning.md").read_text(encoding="utf-8")
STATIC = ROOT / "spendwatch" / "tuning" / "static"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
EVIL = "application:<script>alert(1)</script>"


def blocks(language: str) -> list[str]:
    """The fenced blocks of the page."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return found


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which all commands of the page have run, one after another, and their output."""
    folder = tmp_path_factory.mktemp("followed")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    typed = "\n".join(blocks("sh"))
    done = subprocess.run(
        ["sh", "-e", "-c", typed], cwd=folder, env={**os.environ, "PATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.mark.timeout(600)
def test_the_page_leads_from_too_many_alerts_to_a_patch(followed: tuple[Path, str]) -> None:
    folder, out = followed
    nervous, calm, *_ = blocks("text")
    runs = out.split(" buckets, each an hour: ")
    *_, before, last = (run.partition("\n\n")[2] for run in runs)
    for shown, printed in ((nervous, before), (calm, last)):
        lines = iter(printed.splitlines())
        assert [line for line in shown.splitlines() if line not in lines] == []
    found = {name: figures for name, *figures in map(parted, last.splitlines()) if figures}
    today, changed = (float(figure) for figure in found["alarms a week"])
    assert changed * 2 < today
    assert found["recall of the real"][0] == found["recall of the real"][1]
    text = (folder / "acme" / "rulebook.yaml").read_text(encoding="utf-8")
    assert "once_in_days: 365" in text
    assert "floor_usd: 10" in text
    assert "acme/rulebook.yaml: a rulebook of acme" in out
    assert "The knob" in (folder / "tuning.html").read_text(encoding="utf-8")


def parted(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


class Inside(HTMLParser):
    """Everything that a page asks for, and its text by tag."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.asked += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._tag, []).append(data)


@pytest.fixture
def html(spendwatch: Terminal, tmp_path: Path) -> Path:
    """A page with a name in it that would be a script were it not told as text."""
    names, hours, costs = zip(*bucket_rows(), strict=True)
    starts = pa.array([hour * 3600 * SECOND for hour in hours]).cast(pa.timestamp("us", "UTC"))
    named = [EVIL if name.endswith("chat") else name for name in names]
    whole = pa.table({"series": named, "start": starts, "cost_nano_usd": list(costs)})
    pq.write_table(whole, tmp_path / "past.parquet")
    book = put(tmp_path / "r.yaml", RULES)
    page = tmp_path / "page.html"
    done = spendwatch("tune", "--history", tmp_path / "past.parquet", "--rulebook", book, "--set",
                      "detectors.day.floor_usd=300", "--html", page)  # fmt: skip
    assert done.code == 0, done.err
    assert f"page: {page}" in done.out
    return page


def test_the_page_holds_all_it_needs_and_asks_nobody(html: Path) -> None:
    text = html.read_text(encoding="utf-8")
    inside = Inside()
    inside.feed(text)
    assert inside.asked == []
    assert not re.search(
        r"https?://|//[a-z0-9-]+\.[a-z]", text.replace("http://www.w3.org/2000/svg", "")
    )
    assert "default-src 'none'" in text
    assert EVIL not in text
    data = json.loads(re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)[0])
    assert EVIL in {one["series"] for one in data["plots"]["series"]}
    assert [one["factor"] for one in data["knob"]] == sorted(one["factor"] for one in data["knob"])


def test_what_comes_from_producers_is_never_markup() -> None:
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc"
    assert not re.search(markup, (STATIC / "tune.js").read_text(encoding="utf-8"))


def test_it_draws_in_a_browser_and_the_knob_turns_by_key(html: Path, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser to open the page with: none of {', '.join(BROWSERS)}")
    turn = """<script>
      const slider = document.getElementById("knob");
      const before = document.getElementById("told").textContent;
      slider.stepDown(3); slider.dispatchEvent(new Event("input"));
      document.title = [before, document.getElementById("told").textContent,
        slider.getAttribute("aria-valuetext"), slider.tabIndex].join("|");
    </script>"""
    tried = tmp_path / "tried.html"
    put(tried, html.read_text(encoding="utf-8").replace("</body>", f"{turn}</body>"))
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom", tried.as_uri(),
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    titles = re.findall(r"<h2>(.*?)</h2>", shown)
    assert titles[:3] == ["At a glance", "The patch", "Alarms of each week"]
    assert {"The knob", "Series with incidents"} <= set(titles)
    before, after, spoken, tab = re.findall(r"<title>(.*?\|.*?)</title>", shown)[0].split("|")
    assert before != after
    assert spoken.startswith(after)
    assert tab == "0"
    assert shown.count("<figure>") >= 2
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
