"""Texts that people wrote: a rulebook."""

from pathlib import Path

from spendwatch.failures import Failure


def text_of(file: Path) -> str:
    """The text of a file. Raises Failure where it is none, OSError."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise Failure(f"{file}: not a text in UTF-8: {wrong.reason}, byte {wrong.start}") from None
