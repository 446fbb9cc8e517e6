"""What the tests of commands share."""

import shutil
from pathlib import Path

import pytest

from tests.spendwatch.first_day_kit import Terminal, build


@pytest.fixture(scope="session")
def _first_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("first-day") / "log.db"
    build(file)
    return file


@pytest.fixture
def first_day(_first_day: Path, tmp_path: Path) -> Path:
    """A log with charges, rejected messages and incidents: a copy that a test may change."""
    return Path(shutil.copy(_first_day, tmp_path / "log.db"))


@pytest.fixture
def spendwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal to type `spendwatch` on."""
    return Terminal(capsys, monkeypatch)
