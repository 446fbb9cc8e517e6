"""How a drafted rulebook speaks to its reader: remarks, and settings that are switched off."""

from collections.abc import Iterable, Iterator
from textwrap import wrap

WIDE = 98


def said(text: str, indent: str = "") -> Iterator[str]:
    """A remark as lines."""
    return (f"{indent}# {line}" for line in wrap(text, WIDE - len(indent)))


def off(lines: Iterable[str]) -> Iterator[str]:
    """Settings that are switched off: taking the sign away switches them on, where they stand."""
    for line in lines:
        bare = line.lstrip(" ")
        yield f"{line[: len(line) - len(bare)]}#{bare}"
