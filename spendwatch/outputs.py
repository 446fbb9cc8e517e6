"""Files that a command is to write: refused, or made ready, before it begins its work."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from spendwatch.failures import Failure


def apart(targets: Iterable[Path], read: Iterable[Path], why: str) -> None:
    """Raises Failure with the first file that would be written over one that is read."""
    known = {file.resolve() for file in read}
    for target in targets:
        if target.resolve() in known:
            raise Failure(f"{target}: {why}")


def ready(targets: Sequence[Path], read: Sequence[Path]) -> None:
    """Make the folders of files to write. Raises Failure where one cannot be written."""
    if len({target.resolve() for target in targets}) < len(targets):
        raise Failure(f"{targets[0]}: two files would be written there")
    apart(targets, read, "would be written over a file that is read")
    for target in targets:
        _writable(target)


def _writable(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise Failure(f"{target}: cannot be written: {wrong.strerror}") from None
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise Failure(f"{target}: cannot be written: permission denied")
