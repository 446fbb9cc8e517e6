"""What the rulebook may say of places, and how it is told what it may not."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from notifiers import PlaceSettings
from notifiers.base import Refused
from notifiers.references import Reference
from notifiers.secrets import Secret, secret

PLACES = TypeAdapter[Any](tuple[PlaceSettings, ...])

GOOD: list[dict[str, Any]] = [
    {"name": "spend-alerts", "kind": "slack", "channel": "C123", "token": "env:SLACK_TOKEN"},
    {
        "name": "tickets",
        "kind": "jira",
        "site": "https://acme.atlassian.net",
        "email": "bot@acme.example",
        "token": "file:/run/secrets/jira",
        "project": "SPEND",
    },
    {
        "name": "hook",
        "kind": "webhook",
        "url": "https://hooks.acme.example/spend",
        "secrets": ["env:A", "env:B"],
    },
    {"name": "secret-hook", "kind": "webhook", "url": "env:URL", "secrets": ["env:A"]},
    {"name": "terminal", "kind": "console"},
]


def test_a_rulebooks_places_are_told_apart_by_kind() -> None:
    found = PLACES.validate_python(GOOD)

    assert [place.kind for place in found] == ["slack", "jira", "webhook", "webhook", "console"]
    assert found[0].token == Reference("env", "SLACK_TOKEN")
    assert found[3].url == Reference("env", "URL")


def test_settings_can_be_written_and_read_again() -> None:
    found = PLACES.validate_python(GOOD)

    assert PLACES.validate_json(PLACES.dump_json(found)) == found


@pytest.mark.parametrize(
    ("index", "field", "value"),
    [
        (0, "token", "xoxb-canary"),
        (0, "token", "env:"),
        (0, "token", "env:no-name"),
        (0, "token", "file:"),
        (0, "token", 5),
        (0, "channel", "#general"),
        (0, "name", "a|b"),
        (0, "base_url", "http://slack.example/api/"),
        (0, "verify", False),
        (0, "kind", "pager"),
        (0, "edits_apart_s", 0),
        (1, "site", "http://acme.atlassian.net"),
        (1, "site", "https://10.0.0.1"),
        (1, "project", "spend"),
        (2, "url", "https://169.254.169.254/xoxb-canary"),
        (2, "url", "https://user:xoxb-canary@acme.example/"),
        (2, "secrets", []),
        (2, "secrets", ["env:A", "env:B", "env:C"]),
        (2, "secrets", ["whsec_xoxb-canary"]),
        (2, "allow_private", ["10.0.0.1/8"]),
    ],
)
def test_what_may_not_be_is_refused_and_no_secret_is_repeated(
    index: int, field: str, value: object
) -> None:
    with pytest.raises(ValidationError) as wrong:
        PLACES.validate_python([{**GOOD[index], field: value}])

    assert "xoxb-canary" not in "".join(error["msg"] for error in wrong.value.errors())


def test_a_secret_is_read_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text("one\n")
    at = Reference("file", str(file))
    first = secret(at)
    file.write_text("two\n")

    assert (first.reveal(), secret(at).reveal()) == ("one", "two")
    monkeypatch.setenv("NAMED", " three ")
    assert secret(Reference("env", "NAMED")).reveal() == "three"


def test_a_secret_shows_in_no_text() -> None:
    found = Secret("xoxb-canary")

    assert f"{found} {found!r} {[found]}" == "*** *** [***]"


@pytest.mark.parametrize("at", [Reference("env", "NO_SUCH_NAME"), Reference("file", "/nowhere")])
def test_a_secret_that_is_not_there_is_refused(at: Reference) -> None:
    with pytest.raises(Refused, match="secret_missing"):
        secret(at)


def test_an_empty_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "  ")

    with pytest.raises(Refused, match="secret_empty"):
        secret(Reference("env", "EMPTY"))


def test_reading_a_rulebook_imports_no_vendor() -> None:
    code = (
        "import sys, notifiers, notifiers.delivery, notifiers.outcomes, notifiers.samples;"
        "import notifiers.slack.render, notifiers.jira.render, notifiers.webhook.render;"
        "print([m for m in ('slack_sdk', 'aiohttp', 'notifiers.outbound') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )

    assert done.stdout.strip() == "[]"
