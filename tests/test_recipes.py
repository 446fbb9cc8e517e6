"""The recipe for a detector works as it is written: its code, two lines, and the shared suite."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECIPE = re.search(
    r"^## Add a detector\n(.*?)^## ", (ROOT / "CONTRIBUTING.md").read_text(), re.M | re.S
)
COPIED = ("detectors", "tests")
"""Folders in which the recipe changes something."""


FILES = ("detectors/steady.py", "tests/detectors/test_steady.py")
"""What its blocks of Python are, in their order."""

SUITE = "tests/detectors/test_every_detector.py"
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")


def blocks(language: str) -> list[str]:
    """The recipe's blocks in a language."""
    assert RECIPE is not None
    return re.findall(rf"^```{language}\n(.*?)^```", RECIPE[1], re.M | re.S)


def patched(text: str, diff: str) -> str:
    """The text with the hunks of a diff, which name no lines."""
    for hunk in diff.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] == " ")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree beside this one in which the recipe was followed."""
    tree = tmp_path_factory.mktemp("recipe")
    for entry in ROOT.iterdir():
        if entry.name not in COPIED and not entry.name.startswith("."):
            (tree / entry.name).symlink_to(entry)
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    kinds, (diff,) = tree / "detectors" / "__init__.py", blocks("diff")
    kinds.write_text(patched(kinds.read_text(), diff))
    for file, code in zip(FILES, blocks("python"), strict=True):
        (tree / file).write_text(code)
    return tree


def said(tree: Path, *command: str) -> str:
    """What a tool says in that tree; it must be content."""
    env = {**os.environ, "PYTHONPATH": str(tree)}
    ran = subprocess.run(
        [sys.executable, *command], cwd=tree, env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_recipes_detector_passes_the_shared_suite(tree: Path) -> None:
    told = said(tree, *PYTEST, "-k", "steady", SUITE)

    passed = re.search(r"(\d+) passed", told)
    assert passed is not None
    assert int(passed[1]) >= len(re.findall("^@every$", (ROOT / SUITE).read_text(), re.M))


def test_what_is_special_about_it_passes_too(tree: Path) -> None:
    assert "2 passed" in said(tree, *PYTEST, FILES[1])


def test_a_rulebook_takes_it(tree: Path) -> None:
    text = "organisation: acme\ndetectors: [{name: mine, kind: steady, series: '*', times: 4}]"
    program = f"from streams import rulebook; print(rulebook.read({text!r}).detectors[0])"

    assert "times=4" in said(tree, "-c", program)


def test_its_code_is_laid_out_and_typed_as_ours_is_and_knows_no_other_detector(tree: Path) -> None:
    said(tree, "-m", "ruff", "check", "--no-cache", *FILES, "detectors/__init__.py")
    said(tree, "-m", "ruff", "format", "--no-cache", "--check", *FILES)
    said(tree, "-m", "mypy", "--cache-dir", str(tree / "mypy"), "-p", "detectors")
    linted = said(tree, "-c", "from importlinter.cli import lint_imports; lint_imports()")
    assert "Detectors do not know each other, nor do policies KEPT" in linted
