"""Changing a value of a rulebook's text by its path: `detectors.day.floor_usd=20`.

The rest of the text stays as it is, comments too, so that the change can be shown as a patch.
Entries of lists are found by their name, their id or their place from 0 on.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import unified_diff
from typing import Any

import yaml
from pydantic import BaseModel

from streams import document
from streams.document import Loader, Path
from streams.rulebook import Rulebook

PLAIN = re.compile(r"[A-Za-z][\w/-]*")
"""Words that need no quotes anywhere."""


class Unknown(ValueError):
    """A path that leads nowhere, or a value that is none; says what there is."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A path with points between its parts, and the value as it was typed."""

    path: str
    value: str

    @classmethod
    def of(cls, text: str) -> "Setting":
        """What `PATH=VALUE` says. Raises Unknown."""
        path, sign, value = text.partition("=")
        if not sign or not path.strip():
            raise Unknown(f"{text!r} is not like detectors.NAME.FIELD=VALUE")
        return cls(path.strip(), value.strip())


def changed(text: str, book: Rulebook, setting: Setting) -> str:
    """The text with one value set; `book` is what it says now. Raises Unknown."""
    path = _path(text, book, setting.path)
    try:
        value = yaml.load(setting.value, Loader)  # noqa: S506 - a SafeLoader of ours
    except yaml.YAMLError as wrong:
        raise Unknown(f"{setting.path}: {setting.value!r} is no value in YAML") from wrong
    made = _put(text, path, _written(setting.value, value))
    if _at(document.load(made)[0], path) != value:
        raise Unknown(f"{setting.path}: {setting.value!r} can't be written there; edit the file")
    return made


def _path(text: str, book: Rulebook, given: str) -> Path:
    """Keys and places from the whole to the value. Raises Unknown."""
    at: Any = book
    held: Any = document.load(text)[0]
    path: Path = ()
    rest = given.split(".")
    while rest:
        shown = given.removesuffix(".".join(rest)).rstrip(".") or "a rulebook"
        key, rest = _step(at, held, rest, shown)
        at = at[key] if isinstance(key, int) else getattr(at, key, None)
        held = held[key] if isinstance(key, int) else (held or {}).get(key)
        path = (*path, key)
    return path


def _step(at: Any, held: Any, rest: Sequence[str], shown: str) -> tuple[str | int, list[str]]:
    """The next key or place, and what follows it: `at` as the rulebook reads what is `held`."""
    if isinstance(at, BaseModel):
        _known(rest[0], type(at).model_fields, shown)
        return rest[0], list(rest[1:])
    if isinstance(at, tuple) and at and isinstance(at[0], BaseModel):
        return _entry(at, rest, shown)
    if isinstance(held, dict):
        _known(rest[0], held, shown)
        return rest[0], list(rest[1:])
    raise Unknown(f"{shown} is a value, there is no {rest[0]} in it")


def _known(key: str, fields: Any, shown: str) -> None:
    if key not in fields:
        raise Unknown(f"{shown} has no {key}; there are: {', '.join(fields)}")


def _entry(entries: Sequence[Any], rest: Sequence[str], shown: str) -> tuple[int, list[str]]:
    """The place of the entry that the first parts name, the longest name first."""
    names = [_name(one) for one in entries]
    for count in range(len(rest), 0, -1):
        named = ".".join(rest[:count])
        if named in names:
            return names.index(named), list(rest[count:])
    if rest[0].isdigit() and int(rest[0]) < len(entries):
        return int(rest[0]), list(rest[1:])
    listed = ", ".join(name or str(at) for at, name in enumerate(names))
    raise Unknown(f"{shown} has no entry {rest[0]}; there are: {listed}")


def _name(entry: Any) -> str:
    return str(getattr(entry, "name", None) or getattr(entry, "id", None) or "")


def _written(typed: str, value: Any) -> str:
    """The value as it stands in any place of a document."""
    if isinstance(value, bool | int | Decimal) or PLAIN.fullmatch(typed):
        return typed
    return json.dumps(value, ensure_ascii=False, default=str)


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _put(text: str, path: Path, written: str) -> str:
    """The text with the value of a path replaced, or added where it does not stand yet."""
    node: Any = Loader(text).get_single_node()
    for depth, key in enumerate(path):
        below = _below(node, key)
        if below is None:
            return _added(text, node, _nested(path[depth:], written))
        node = below
    start, end = node.start_mark.index, node.end_mark.index
    return text[:start] + written + _tail(text, start, end)


def _tail(text: str, start: int, end: int) -> str:
    """What follows a value; a block's end lies where the next one begins."""
    kept = text[start:end].rstrip()
    return text[start + len(kept) :]


def _below(node: Any, key: str | int) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return node.value[int(key)]
    if isinstance(node, yaml.MappingNode):
        found = (item for name, item in node.value if name.value == key)
        return next(found, None)
    return None


def _nested(path: Sequence[str | int], written: str) -> str:
    """`key: value`, deeper ones in braces."""
    first, *rest = path
    return f"{first}: {written}" if not rest else f"{first}: {{{_nested(rest, written)}}}"


def _added(text: str, node: Any, entry: str) -> str:
    """The text with an entry more in a mapping: behind its last one."""
    last = node.value[-1][1]
    end = last.start_mark.index + len(text[last.start_mark.index : last.end_mark.index].rstrip())
    if node.flow_style:
        return f"{text[:end]}, {entry}{text[end:]}"
    line = text.find("\n", end)
    line = len(text) if line < 0 else line
    return f"{text[:line]}\n{' ' * node.start_mark.column}{entry}{text[line:]}"


def patch(before: str, after: str, name: str) -> Iterator[str]:
    """The lines to change, as `diff -u` writes them and `patch` takes them."""
    yield from unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, name, n=1
    )
