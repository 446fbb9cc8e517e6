"""ARCHITECTURE.md's map is the tree: a map that is not checked is wrong within a month."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.test_house import PACKAGES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "ARCHITECTURE.md").read_text()


def lines() -> list[str]:
    [block] = re.findall(r"^```map\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    return str(block).splitlines()


def folders() -> list[str]:
    return [line.split("/")[0] for line in lines() if not line.startswith(" ")]


def patterns() -> Iterator[str]:
    """Every glob of the map, from the root."""
    folder = ""
    for line in lines():
        if line.startswith("  "):
            named = re.split(r" {2,}", line.strip())[0].split()
            yield from (f"{folder}/{name}" for name in named if "." in name or "*" in name)
        else:
            folder = line.split("/")[0]


def modules() -> set[str]:
    """Modules that hold anything, from the root."""
    found = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return {str(file.relative_to(ROOT)) for file in found if file.read_text().strip()}


def named() -> Counter[str]:
    """How often the map names each file."""
    return Counter(
        str(file.relative_to(ROOT)) for pattern in patterns() for file in ROOT.glob(pattern)
    )


def test_every_module_is_on_the_map_and_once() -> None:
    found = named()
    packages = {name for name in modules() if name.endswith("__init__.py")}
    assert modules() - packages - found.keys() == set()
    assert {name for name, count in found.items() if count > 1} == set()


def test_everything_on_the_map_is_there() -> None:
    assert [pattern for pattern in patterns() if not any(ROOT.glob(pattern))] == []


def test_the_folders_are_the_path() -> None:
    there = {entry.name for entry in ROOT.iterdir() if entry.is_dir()}
    hidden = {name for name in there if name.startswith((".", "__"))}
    built = {"build", "dist", "out", "target"}
    assert there - hidden - built == set(folders())
    assert set(PACKAGES) <= set(folders())


def test_a_newcomer_finds_the_walk_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "(ARCHITECTURE.md)" in readme
    assert "(streams/pipeline.py)" in readme
    assert "(streams/pipeline.py)" in PAGE
    walk = re.compile(r"usage --meter--> charge\n.*?rejected", re.DOTALL)
    pictures = [walk.search(text) for text in (readme, PAGE)]
    assert all(pictures)
    assert len({picture[0] for picture in pictures if picture}) == 1
