"""Environments of Python for peers whose dependencies do not go with ours."""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers._task import ROOT
from tests.kafka.broker import Missing, locked

BUILT = ROOT / "build"


def python(wanted: Path) -> str:
    """The interpreter of an environment with what a file of requirements names, made once.

    Raises Missing.
    """
    made = BUILT / f"{wanted.stem}-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]}"
    BUILT.mkdir(exist_ok=True)
    with locked(BUILT / f"{wanted.stem}.lock"):
        if not (made / "complete").exists():
            _make(made, wanted)
    return str(made / "bin" / "python")


def _make(made: Path, wanted: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        raise Missing("uv is not installed beside this Python")
    _run([str(uv), "venv", "--clear", "--python", sys.executable, str(made)])
    _run([str(uv), "pip", "install", "--python", str(made / "bin" / "python"), "-r", str(wanted)])
    (made / "complete").touch()


def _run(command: Sequence[str]) -> None:
    done = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"its environment could not be made: {done.stderr[-1000:]}")
