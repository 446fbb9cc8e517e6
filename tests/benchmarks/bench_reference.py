"""What the tests of the detection benchmark need beside it, each skipped with its reason if absent.

`../shared/bench` is the harness that made the first figures; it wants pandas, which ours does not.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks._spend_simulated import Series

SHARED = Path(__file__).parents[2] / "../shared"


def data() -> Path:
    """The folder of real traces."""
    return _folder("data")


def reference(name: str) -> Any:
    """A module of the other harness; without pandas what reads files cannot be called."""
    folder = _folder("bench").resolve()
    with _bare(str(folder)):
        return import_module(name)


def _folder(name: str) -> Path:
    if not (SHARED / name).is_dir():
        pytest.skip(f"no ../shared/{name}")
    return SHARED / name


@contextmanager
def _bare(folder: str) -> Iterator[None]:
    """The folder can be imported from; an empty pandas stands in for one that is not installed."""
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, folder)
    absent = "pandas" not in sys.modules
    if absent:
        sys.modules["pandas"] = ModuleType("pandas")
    try:
        yield
    finally:
        if absent:
            del sys.modules["pandas"]
        sys.path.remove(folder)
        sys.dont_write_bytecode = writes


def digest(series: list[Series]) -> str:
    """Of labels and dollars, to the bit."""
    told = sha256()
    for label, dollars in series:
        told.update(label.encode())
        told.update(dollars.tobytes())
    return told.hexdigest()
