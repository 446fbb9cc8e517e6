"""What is shipped: plain top-level names that nobody else claims, and a wheel that works alone."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
LEFT_OUT = {"__pycache__", ".mypy_cache", ".ruff_cache"}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_ships(package: str) -> None:
    assert set(packages_distributions().get(package, ["spendwatch"])) == {"spendwatch"}


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=alone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, built from the work tree."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    [built] = folder.glob("spendwatch-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; what it depends on is lent from this one."""
    home = tmp_path_factory.mktemp("alone") / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    run(uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel)
    [packages] = home.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


def test_the_wheel_holds_every_file_of_every_package(wheel: Path) -> None:
    held = set(ZipFile(wheel).namelist())
    wanted = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and not LEFT_OUT & set(file.parts)
    }
    assert wanted - held == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in ZipFile(wheel).namelist()}
    assert tops == {*PACKAGES, f"spendwatch-{PROJECT['project']['version']}.dist-info"}


def test_the_licence_travels_with_it(wheel: Path) -> None:
    [licence] = [name for name in ZipFile(wheel).namelist() if name.endswith("/LICENSE")]
    assert b"Apache License" in ZipFile(wheel).read(licence)


def test_the_program_runs_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    program = installed / "bin" / "spendwatch"
    assert PROJECT["project"]["version"] in run(program, "--version", cwd=tmp_path)
    said = run(program, "check", ROOT / "rulebook.yaml", cwd=tmp_path)
    assert "a rulebook of acme" in said


def test_the_contracts_are_found_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    question = (
        "from schemas import contracts, topics; import schemas;"
        "print(schemas.__file__, len(contracts.names()), len(topics.topics()))"
    )
    where, names, topics = run(installed / "bin" / "python", "-c", question, cwd=tmp_path).split()
    assert Path(where).is_relative_to(installed)
    assert int(names) == len(list((ROOT / "schemas" / "avro").glob("*.avsc")))
    assert int(topics) > 0
