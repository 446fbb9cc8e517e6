"""The habits of the house that no tool holds: sizes, docstrings, words that do not belong."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "spendwatch", "streams", "schemas", "ledger", "detectors", "policies", "notifiers",
    "benchmarks",
)  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef

FILE_LINES = 200
"""Nearly every file is shorter, and none is longer than LONGEST_FILE."""

LONGEST_FILE = 300
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ELSEWHERE = re.compile(
    r"/work/(main|shared|tmp)\b|/root/|/home/\w+/|/Users/\w+/"
    r"|pypi\.org/simple|files\.pythonhosted|--(extra-)?index-url|repo\d?\.maven|registry\.npmjs"
)
"""Machine paths and hosts of package indexes: each machine has its own."""


@cache
def sources() -> dict[Path, ast.Module]:
    """Every module of ours, parsed."""
    files = sorted(file for name in PACKAGES for file in (ROOT / name).rglob("*.py"))
    return {file.relative_to(ROOT): ast.parse(file.read_text()) for file in files}


def functions() -> Iterator[tuple[str, Function]]:
    for file, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{file}:{node.lineno} {node.name}", node


def body_lines(function: Function) -> int:
    """Lines of the body, its docstring not counted."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_functions_are_small() -> None:
    sizes = sorted((body_lines(function), name) for name, function in functions())
    assert sizes[len(sizes) // 2][0] <= 6
    assert sizes[len(sizes) * 9 // 10][0] <= 25


def test_files_are_of_one_idea() -> None:
    lines = {file: len((ROOT / file).read_text().splitlines()) for file in sources()}
    long = {str(file): count for file, count in lines.items() if count >= FILE_LINES}
    assert len(long) <= len(lines) * 0.05, long
    assert max(lines.values()) <= LONGEST_FILE, long


def public(node: ast.AST) -> Iterator[Documented]:
    """What others may use: modules, classes and functions, and methods of such classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def bare(node: Documented) -> bool:
    """Whether it is no more than a name in a protocol, which its class explains."""
    return isinstance(node, Function) and [ast.unparse(one) for one in node.body] == ["..."]


def test_whatever_is_public_says_what_it_promises() -> None:
    silent = [
        f"{file}:{node.lineno} {node.name}"
        for file, tree in sources().items()
        for node in public(tree)
        if not ast.get_docstring(node) and not bare(node)
    ]
    assert silent == []


def test_every_module_says_what_it_is() -> None:
    told = {file: ast.get_docstring(tree) for file, tree in sources().items() if tree.body}
    assert [str(file) for file, text in told.items() if not text] == []


@cache
def tracked() -> dict[str, str]:
    """The text files that git knows, and those that it would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git work tree")
    found = {}
    for name in listed.stdout.splitlines():
        file = ROOT / name
        if file.is_file() and file != Path(__file__):
            found[name] = file.read_bytes().decode(errors="replace")
    return found


def test_nothing_is_left_unfinished() -> None:
    assert [name for name, text in tracked().items() if UNFINISHED.search(text)] == []


def test_nothing_names_a_machine_or_a_package_index() -> None:
    assert [name for name, text in tracked().items() if ELSEWHERE.search(text)] == []
