"""Names that producers chose, spelt so that a rulebook can hold them."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Set
from glob import escape

import yaml

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
"""Texts that YAML takes without quotes, unless they spell a value such as `yes`."""

VALID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
"""An owner's id (ledger.owners.Identifier)."""

OTHERS = re.compile(r"[^A-Za-z0-9_.-]+")
LONGEST = 60
"""Characters of an id that is made here, so that a number may follow."""


def quoted(text: str) -> str:
    """A text as YAML holds it on one line, also inside `{}` and in a comment."""
    if PLAIN.fullmatch(text) and yaml.safe_load(text) == text:
        return text
    dumped = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=sys.maxsize)
    return str(dumped).rstrip("\n")


def globbed(text: str) -> str:
    """A glob that matches this very text, as YAML holds it."""
    return quoted(escape(text))


def identifier(text: str, taken: Set[str] = frozenset()) -> str:
    """An owner's id near to a text and none of those taken.

    One that is an id already stays; accents are dropped; what has no letter at all becomes `app`.
    """
    found = text if VALID.fullmatch(text) else _made(text)
    if found not in taken:
        return found
    numbered = (f"{found[:LONGEST]}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in numbered if each not in taken)


def _made(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = OTHERS.sub("-", bare).strip("-.")
    named = found if found[:1].isalpha() else f"app-{found}"
    return named[:LONGEST].rstrip("-.")


def identifiers(names: Iterable[str], reserved: Iterable[str]) -> Mapping[str, str]:
    """Each name's own id: the same names give the same ids, in whatever order they come."""
    taken, found = set(reserved), {}
    for name in sorted(set(names), key=lambda name: (VALID.fullmatch(name) is None, name)):
        found[name] = identifier(name, taken)
        taken.add(found[name])
    return found
