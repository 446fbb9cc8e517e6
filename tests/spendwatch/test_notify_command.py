"""`spendwatch notify test`: whether a place hears us, and why not."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.spendwatch.first_day_kit import RULEBOOK, Terminal

SECRET = "xoxb-not-to-be-shown"


class Slack(BaseHTTPRequestHandler):
    """Takes every message, or refuses those that go elsewhere."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        taken = {"ok": True, "channel": body["channel"], "ts": "1.5"}
        refused = {"ok": False, "error": "channel_not_found"}
        answer = json.dumps(taken if body["channel"] == "C0FINOPS1" else refused).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def slack() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Slack)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/"
    server.shutdown()
    thread.join()
    server.server_close()


def rulebook(file: Path, address: str, channel: str = "C0FINOPS1") -> Path:
    here = f"base_url: {address}, allow_http: true, allow_private: [127.0.0.0/8]"
    place = f'{{name: here, kind: slack, channel: {channel}, token: "env:HERE", {here}}}'
    file.write_text(RULEBOOK.replace("\nplaces:", f"\nplaces:\n  - {place}"))
    return file


def test_a_place_that_hears_says_what_it_made(
    tmp_path: Path, spendwatch: Terminal, slack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERE", SECRET)
    file = rulebook(tmp_path / "rulebook.yaml", slack)
    shown = spendwatch("notify", "test", "here", "--rulebook", file)
    assert (shown.code, shown.out) == (0, "here (slack) has it: channel C0FINOPS1, ts 1.5\n")


def test_a_refusal_says_why_and_never_the_secret(
    tmp_path: Path, spendwatch: Terminal, slack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERE", SECRET)
    file = rulebook(tmp_path / "rulebook.yaml", slack, channel="C0OTHER")
    shown = spendwatch("notify", "test", "here", "--rulebook", file)
    assert shown.code == 2 and "channel_not_found" in shown.err
    assert SECRET not in shown.out + shown.err
    monkeypatch.delenv("HERE")
    shown = spendwatch("notify", "test", "here", "--rulebook", file)
    assert shown.code == 2 and "secret_missing" in shown.err and shown.err.count("\n") == 1


def test_the_terminal_of_the_log_s_rulebook_shows_the_test(
    first_day: Path, spendwatch: Terminal
) -> None:
    shown = spendwatch("notify", "test", "terminal", "--embedded", first_day)
    assert shown.code == 0
    assert shown.lines[0].startswith("TEST ") and shown.lines[-1] == "terminal (console) has it"


def test_a_place_that_is_not_there_is_a_mistake(first_day: Path, spendwatch: Terminal) -> None:
    shown = spendwatch("notify", "test", "pager", "--embedded", first_day)
    assert shown.code == 2 and "finops, terminal" in shown.err and shown.err.count("\n") == 1
    assert spendwatch("notify", "test", "pager").code == 2
