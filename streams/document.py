"""A YAML text as values, with the line of each, so that a mistake can say where it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml
from yaml.constructor import ConstructorError


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with a rulebook; `line` is 0 where there is none."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path}: {self.message}" if self.path else self.message


class Faulty(ValueError):
    """A text that is no rulebook, with all its mistakes."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


Path = tuple[str | int, ...]
"""Keys and places in lists, from the whole to a part."""

LARGEST = 1_000_000
"""Bytes of a rulebook: every version is one record of the log."""

MOST = 500_000
"""Values of a rulebook, with what its aliases stand for written out."""


class Loader(yaml.SafeLoader):
    """YAML as it is written: a number with a point is a decimal, never a binary fraction."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value of a node; one that can't be, as the 30th of February, is named by its line."""
        try:
            return super().construct_object(node, deep)
        except ValueError as wrong:
            raise ConstructorError(None, None, str(wrong), node.start_mark) from wrong


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    text = str(loader.construct_scalar(node)).replace("_", "")
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


Loader.add_constructor("tag:yaml.org,2002:float", _decimal)


def load(text: str) -> tuple[Any, dict[Path, int]]:
    """YAML as values, and on which line each stands; refuses a key given twice. Raises Faulty."""
    if len(text.encode(errors="replace")) > LARGEST:
        raise Faulty([Mistake("", 0, f"a rulebook has at most {LARGEST} bytes")])
    try:
        value, lines = _parsed(text)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        message = getattr(wrong, "problem", None) or str(wrong)
        raise Faulty([Mistake("yaml", mark.line + 1 if mark else 0, message)]) from wrong
    except RecursionError as wrong:
        raise Faulty([Mistake("yaml", 1, "nested too deeply")]) from wrong
    if not isinstance(value, dict):
        raise Faulty([Mistake("yaml", 1, "a rulebook is a mapping of its parts")])
    return value, lines


def _parsed(text: str) -> tuple[Any, dict[Path, int]]:
    """The value, and the lines; values are counted before any is made, for aliases multiply."""
    loader = Loader(text)
    node = loader.get_single_node()
    lines: dict[Path, int] = {}
    twice = list(_number(node, (), lines))
    if twice:
        raise Faulty(twice)
    return loader.construct_document(node) if node else None, lines


def _number(node: yaml.Node | None, path: Path, lines: dict[Path, int]) -> Iterator[Mistake]:
    """Note the line of every value below a node; yields keys given twice."""
    if node is None:
        return
    lines.setdefault(path, node.start_mark.line + 1)
    if len(lines) > MOST:
        raise Faulty([Mistake("", 0, f"a rulebook has at most {MOST} values")])
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _number(item, (*path, index), lines)
    if isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            below = (*path, str(key.value))
            if below in lines:
                yield Mistake(".".join(map(str, below)), key.start_mark.line + 1, "given twice")
            lines[below] = key.start_mark.line + 1
            yield from _number(item, below, lines)
