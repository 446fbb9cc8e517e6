"""Everything that a user may change without touching code: one YAML text, read as one value.

Each part's model stands beside the code that it configures; here they are composed and held
against each other. All mistakes are named at once, each with its path and line.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detectors import DetectorSettings
from detectors.base import Settings
from detectors.calibration import once_in_days
from detectors.holidays import Holiday
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
from streams import calibrated
from streams.document import Faulty, Mistake, Path, load


class Charges(StrEnum):
    """What topic `charge` keeps of each usage; allocations, budgets and alerts need none of it."""

    EVERY = "every"
    TALLIES_ONLY = "tallies-only"


class Rulebook(BaseModel):
    """One frozen value; its text's hash stands on every charge and finding."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    organisation: Identifier
    lateness_s: int = Field(default=5, ge=0, le=3600, description="seconds a partition waits")
    charges: Charges = Charges.EVERY
    owners: tuple[Owner, ...] = ()
    rules: tuple[OwnerRule, ...] = ()
    pools: tuple[Pool, ...] = ()
    rates: Card = ()
    cuts: tuple[Cut, ...] = ()
    budgets: tuple[Budget, ...] = ()
    detectors: tuple[DetectorSettings, ...] = ()
    false_alarms_a_month: Decimal = Field(
        default=Decimal(4), gt=0, le=10_000, description="borne by the whole organisation"
    )
    holidays: tuple[Holiday, ...] = ()
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

    @property
    def watched(self) -> int:
        """About how many series the detectors watch that false alarms are shared by."""
        return calibrated.counted(self.detectors, self.owners, self.pools, self.cuts)

    @property
    def once_in_days(self) -> int:
        """T of every detector that does not set its own."""
        return once_in_days(float(self.false_alarms_a_month), self.watched)

    @property
    def calibrated(self) -> tuple[Settings, ...]:
        """The detectors, each with its T."""
        return tuple(calibrated.calibrated(self.detectors, self.once_in_days))


UNIQUE = (("pools",), ("cuts",), ("detectors", "policies", "budgets"), ("places",), ("rates",))
"""Parts that share their names: a finding names its rule, whichever part it stands in."""


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
        if cut.name in (*series.LEVELS, "budget") or cut.name.startswith(("budget.", "models.")):
            yield ("cuts", index, "name"), f"{cut.name!r} is taken for series of our own"
    for parts in UNIQUE:
        seen: set[str] = set()
        for part in parts:
            yield from _twice(part, getattr(book, part), seen)


def _twice(part: str, entries: Iterable[Any], seen: set[str]) -> Iterator[tuple[Path, str]]:
    for index, entry in enumerate(entries):
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
