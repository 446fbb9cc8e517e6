"""Fixtures of the notifiers' tests: places with their doubles, secrets, golden files."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from notifiers.base import Notifier
from tests.notifiers import jira_double, place_kits, slack_double, webhook_double
from tests.notifiers.jira_double import JiraDouble
from tests.notifiers.place_kits import Kit
from tests.notifiers.slack_double import SlackDouble
from tests.notifiers.webhook_double import WebhookDouble

GOLDEN = Path(__file__).parents[1] / "golden"

Golden = Callable[[str, str, Any], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/notifiers --update-golden` writes the golden files anew."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a value with `tests/golden/<place>/<case>.json`."""
    writing = request.config.getoption("--update-golden", default=False)

    def compare(place: str, case: str, value: Any) -> None:
        path = GOLDEN / place / f"{case}.json"
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        if writing:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert path.exists(), "no golden file; write it with --update-golden"
        assert json.loads(text) == json.loads(path.read_text())

    return compare


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canaries: no test may see one of these anywhere but in a request."""
    monkeypatch.setenv("SLACK_TOKEN", slack_double.TOKEN)
    monkeypatch.setenv("JIRA_TOKEN", jira_double.TOKEN)
    monkeypatch.setenv("HOOK_SECRET", webhook_double.SECRET)
    monkeypatch.setenv("OTHER_SECRET", webhook_double.OTHER)


@pytest.fixture
async def slack() -> AsyncIterator[SlackDouble]:
    double = SlackDouble()
    await double.start()
    yield double
    await double.stop()


@pytest.fixture
async def jira() -> AsyncIterator[JiraDouble]:
    double = JiraDouble()
    await double.start()
    yield double
    await double.stop()


@pytest.fixture
async def hook() -> AsyncIterator[WebhookDouble]:
    double = WebhookDouble()
    await double.start()
    yield double
    await double.stop()


async def opened_kit(kind: str) -> AsyncIterator[Kit]:
    """A kit with its double up, if it has one."""
    bare = next(one for one in place_kits.kits() if one.kind == kind)
    if bare.double is None:
        yield bare
        return
    await bare.double.start()
    yield place_kits.kit_of(bare.double)
    await bare.double.stop()


@pytest.fixture(params=place_kits.KINDS)
async def kit(request: pytest.FixtureRequest) -> AsyncIterator[Kit]:
    """Each place in turn."""
    async for found in opened_kit(request.param):
        yield found


@pytest.fixture(params=place_kits.VENDORS)
async def vendor(request: pytest.FixtureRequest) -> AsyncIterator[Kit]:
    """Each place that is called over HTTP."""
    async for found in opened_kit(request.param):
        yield found


@pytest.fixture
async def place(kit: Kit) -> AsyncIterator[Notifier]:
    """The kit's place, opened."""
    found = kit.open()
    yield found
    await found.close()
