"""Everything that a user may change without touching code: one YAML text, read as one value.

Each part's model stands beside the code that it configures; here they are composed and held
against each other. All mistakes are named at once, each with its path and line.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from yaml.constructor import ConstructorError

from detectors import DetectorSettings
from ledger import owners
from ledger.budgets import Budget
from ledger.owners import Identifier, Owner, OwnerRule
from ledger.pools import Pool
from ledger.rates import Card
from notifiers import PlaceSettings
from policies import PolicySettings
from policies.routes import Route
from policies.severity import Severities
from schemas import series
from schemas.cuts import Cut


class Rulebook(BaseModel):
    """One frozen value; its text's hash stands on every charge and finding."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    organisation: Identifier
    lateness_s: int = Field(default=5, ge=0, le=3600, description="seconds a partition waits")
    owners: tuple[Owner, ...] = ()
    rules: tuple[OwnerRule, ...] = ()
    pools: tuple[Pool, ...] = ()
    rates: Card = ()
    cuts: tuple[Cut, ...] = ()
    budgets: tuple[Budget, ...] = ()
    detectors: tuple[DetectorSettings, ...] = ()
    policies: tuple[PolicySettings, ...] = ()
    severity: Severities = Severities()
    places: tuple[PlaceSettings, ...] = ()
    routes: tuple[Route, ...] = ()

    @property
    def all_cuts(self) -> tuple[Cut, ...]:
        """All cuts: declared, and those that budgets and policies declare for themselves."""
        own = [cut for budget in self.budgets for cut in budget.cuts()]
        own += [cut for policy in self.policies for cut in policy.cuts()]
        return (*self.cuts, *own)


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


def read(text: str) -> Rulebook:
    """The rulebook that a YAML text is. Raises Faulty with all mistakes."""
    value, lines = load(text)
    try:
        book = Rulebook.model_validate(value)
    except ValidationError as wrong:
        found = [_mistake(error["loc"], error["msg"], lines) for error in wrong.errors()]
        raise Faulty(_by_line(found)) from wrong
    found = [_mistake(path, message, lines) for path, message in faults(book)]
    if found:
        raise Faulty(_by_line(found))
    return book


def _by_line(mistakes: Iterable[Mistake]) -> list[Mistake]:
    return sorted(mistakes, key=lambda mistake: mistake.line)


def _mistake(path: Iterable[str | int], message: str, lines: dict[Path, int]) -> Mistake:
    """The mistake with the line of the nearest part of its path that stands in the text."""
    steps, known = tuple(path), Path()
    for step in steps:  # the kind of an entry is a step of the path, but no place in the text
        known = (*known, step) if (*known, step) in lines else known
    return Mistake(".".join(map(str, steps)), lines.get(known, 0), message)


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


def faults(book: Rulebook) -> Iterator[tuple[Path, str]]:
    """What does not fit together: path and message."""
    for index, message in owners.faults(book.owners):
        yield ("owners", index), message
    yield from _unknown_owners(book)
    yield from _unknown_series(book)
    yield from _names(book)
    yield from _unknown_places(book)


def _unknown_owners(book: Rulebook) -> Iterator[tuple[Path, str]]:
    known = {owner.id for owner in book.owners}
    applications = {owner.id for owner in book.owners if owner.level == series.APPLICATION}
    fit = applications | {pool.owner for pool in book.pools}
    for index, rule in enumerate(book.rules):
        if rule.owner not in fit:
            yield ("rules", index, "owner"), f"{rule.owner!r} is no application and no pool"
    for index, pool in enumerate(book.pools):
        wanted = applications if pool.percent else known
        for member in pool.members:
            if member not in wanted:
                yield ("pools", index, "members"), f"{member!r} is no owner that can share"


def _unknown_series(book: Rulebook) -> Iterator[tuple[Path, str]]:
    """A budget for what there is not would never be spent."""
    for index, budget in enumerate(book.budgets):
        if budget.series is not None and not _is_series(book, budget.series):
            yield ("budgets", index, "series"), f"there is no series {budget.series!r}"


def _is_series(book: Rulebook, name: str) -> bool:
    """Whether usage can ever add to a series of this name."""
    level, values = series.split(name)
    if level in series.TREE[1:]:
        owners_ = {owner.id for owner in book.owners if owner.level == level}
        return values[0] in owners_ | {series.UNOWNED}
    if level in (series.POOL, series.UNALLOCATED):
        return values[0] in {pool.id for pool in book.pools}
    if level == series.ORGANISATION:
        return values == (book.organisation,)
    return any(cut.name == level and len(cut.by or ("",)) == len(values) for cut in book.all_cuts)


def _names(book: Rulebook) -> Iterator[tuple[Path, str]]:
    """Names are unique where findings, places and series are told apart by them."""
    for index, cut in enumerate(book.cuts):
        if cut.name in series.LEVELS or cut.name.startswith(("budget.", "models.")):
            yield ("cuts", index, "name"), f"{cut.name!r} is taken for series of our own"
    for part in ("pools", "cuts", "budgets", "detectors", "policies", "places", "rates"):
        seen: set[str] = set()
        for index, entry in enumerate(getattr(book, part)):
            name = entry.id if part == "pools" else entry.name
            if name in seen:
                yield (part, index), f"{name!r} is there already"
            seen.add(name)


def _unknown_places(book: Rulebook) -> Iterator[tuple[Path, str]]:
    known = {place.name for place in book.places}
    for index, route in enumerate(book.routes):
        for place in route.places:
            if place not in known:
                yield ("routes", index, "places"), f"{place!r} is no place"
