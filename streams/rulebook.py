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


class Loader(yaml.SafeLoader):
    """YAML as it is written: a number with a point is a decimal, never a binary fraction."""


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
        raise Faulty(found) from wrong
    found = [_mistake(path, message, lines) for path, message in faults(book)]
    if found:
        raise Faulty(sorted(found, key=lambda mistake: mistake.line))
    return book


def _mistake(path: Iterable[str | int], message: str, lines: dict[Path, int]) -> Mistake:
    """The mistake with the line of the nearest part of its path that stands in the text."""
    steps = tuple(path)
    known = next((steps[:n] for n in range(len(steps), -1, -1) if steps[:n] in lines), ())
    return Mistake(".".join(map(str, steps)), lines.get(known, 0), message)


def load(text: str) -> tuple[Any, dict[Path, int]]:
    """YAML as values, and on which line each stands; refuses a key given twice. Raises Faulty."""
    try:
        node = yaml.compose(text, Loader=Loader)
        value = yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader with decimals
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        message = getattr(wrong, "problem", None) or str(wrong)
        raise Faulty([Mistake("yaml", mark.line + 1 if mark else 0, message)]) from wrong
    lines: dict[Path, int] = {}
    twice = list(_number(node, (), lines))
    if twice:
        raise Faulty(twice)
    if not isinstance(value, dict):
        raise Faulty([Mistake("yaml", 1, "a rulebook is a mapping of its parts")])
    return value, lines


def _number(node: yaml.Node | None, path: Path, lines: dict[Path, int]) -> Iterator[Mistake]:
    """Note the line of every value below a node; yields keys given twice."""
    if node is None:
        return
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _number(item, (*path, index), lines)
    if isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            below = (*path, key.value)
            if below in lines:
                yield Mistake(".".join(map(str, below)), key.start_mark.line + 1, "given twice")
            lines[below] = key.start_mark.line + 1
            yield from _number(item, below, lines)


def faults(book: Rulebook) -> Iterator[tuple[Path, str]]:
    """What does not fit together: path and message."""
    for index, message in owners.faults(book.owners):
        yield ("owners", index), message
    yield from _unknown_owners(book)
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
