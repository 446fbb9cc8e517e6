"""Whose a usage is: the tree of owners, effective-dated, and the rules that find one.

organisation > business unit > service > application. An owner's id never changes; where it stands
in the tree may, from a day on. Pools stand beside the tree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from heapq import merge
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas import series
from schemas.match import Match

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
"""An id of an owner, pool or rule: a letter, then letters, digits and `_.-`."""

ABOVE: Mapping[str, str | None] = {
    series.UNIT: None,
    series.SERVICE: series.UNIT,
    series.APPLICATION: series.SERVICE,
}
"""The level under which an owner of a level stands; None: directly under the organisation."""


class Owner(BaseModel):
    """One owner in its place in the tree; a second entry with a later `from` moves it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: Identifier
    level: Literal["business_unit", "service", "application"]
    under: Identifier | None = None
    since: date = Field(default=date.min, alias="from", description="first day, UTC")


class OwnerRule(BaseModel):
    """Usage that matches belongs to the owner; the first rule that matches and holds that day."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    owner: str = Field(description="an application's id, or pool/<id>")
    when: Match = Match()
    name: str = ""
    since: date = Field(default=date.min, alias="from", description="first day, UTC")
    until: date = Field(default=date.max, description="first day on which it no longer holds")

    @model_validator(mode="after")
    def holds_some_day(self) -> "OwnerRule":
        """A rule that never holds is a mistake."""
        if self.since >= self.until:
            raise ValueError(f"until {self.until} is not after from {self.since}")
        return self

    def holds(self, day: date) -> bool:
        """Whether the rule is in force on a day."""
        return self.since <= day < self.until


@dataclass(frozen=True)
class OwnerRules:
    """The rules in their order, by the applications that they name: few of them have to be tried.

    An organisation with a rule for each of a thousand applications tries one.
    """

    rules: Sequence[OwnerRule]

    @cached_property
    def _naming(self) -> tuple[Mapping[str, Sequence[int]], Sequence[int]]:
        """Rules that ask for an application by its whole name, and all others, by their places."""
        named: dict[str, list[int]] = {}
        others: list[int] = []
        for place, rule in enumerate(self.rules):
            asked = rule.when.application
            if not asked or any(sign in glob for glob in asked for sign in "*?["):
                others.append(place)
            else:
                for name in asked:
                    named.setdefault(name, []).append(place)
        return named, others

    def first(self, dimensions: Mapping[str, str], day: date) -> OwnerRule | None:
        """The first rule that matches a usage and holds that day."""
        named, others = self._naming
        places = named.get(dimensions.get("application", ""), ())
        for place in merge(places, others):
            rule = self.rules[place]
            if rule.holds(day) and rule.when.matches(dimensions):
                return rule
        return None


@dataclass(frozen=True, slots=True)
class Path:
    """Where an application stands: `unit/service/application`."""

    unit: str
    service: str
    application: str

    def __str__(self) -> str:
        return f"{self.unit}/{self.service}/{self.application}"

    def of(self, level: str) -> str:
        """The path down to a level; the organisation's is empty."""
        parts = (self.unit, self.service, self.application)
        return "/".join(parts[: series.TREE.index(level)])


NOBODY = Path(series.UNOWNED, series.UNOWNED, series.UNOWNED)


@dataclass(frozen=True, slots=True)
class Tree:
    """The owners and their places over time."""

    places: Mapping[str, tuple[Owner, ...]]
    """Owner id to its entries, earliest first."""

    @classmethod
    def of(cls, owners: Iterable[Owner]) -> "Tree":
        """The tree of the rulebook's entries."""
        places: dict[str, tuple[Owner, ...]] = {}
        for owner in sorted(owners, key=lambda entry: entry.since):
            places[owner.id] = (*places.get(owner.id, ()), owner)
        return cls(places)

    def placed(self, owner: str, day: date) -> Owner:
        """The entry in force on a day; before the first one, the first. Raises KeyError."""
        entries = self.places[owner]
        return next((entry for entry in reversed(entries) if entry.since <= day), entries[0])

    def path(self, application: str, day: date) -> Path:
        """Where an application stands on a day; an unknown one is nobody's."""
        if application not in self.places:
            return NOBODY
        service = self.placed(application, day).under or series.UNOWNED
        unit = self.placed(service, day).under or series.UNOWNED
        return Path(unit, service, application)

    def text(self, owner: str, day: date) -> str:
        """The path of an owner of any level, written `unit/service/application`."""
        above = self.placed(owner, day).under if owner in self.places else None
        return owner if above is None else f"{self.text(above, day)}/{owner}"

    def home(self, owner: str) -> str:
        """The business unit under which an owner was first placed.

        It decides the partition of the owner's series, so that a reorganisation moves no history.
        """
        if owner not in self.places:
            return owner
        first = self.places[owner][0]
        return owner if first.under is None else self.home(first.under)

    def applications(self, owner: str, day: date) -> tuple[str, ...]:
        """An owner's applications on a day, sorted; an application is its own."""
        found = [
            entry
            for entry, places in self.places.items()
            if places[0].level == series.APPLICATION and owner in self.text(entry, day).split("/")
        ]
        return tuple(sorted(found))


def faults(owners: Sequence[Owner]) -> list[tuple[int, str]]:
    """What is wrong with the entries: index and message."""
    level = {owner.id: owner.level for owner in owners}
    placed: set[tuple[str, date]] = set()
    found = []
    for index, owner in enumerate(owners):
        above = ABOVE[owner.level]
        if (owner.id, owner.since) in placed:
            found.append((index, f"{owner.id!r} is placed twice from the same day"))
        placed.add((owner.id, owner.since))
        if owner.id == series.UNOWNED:
            found.append((index, f"{series.UNOWNED!r} is the name for usage without an owner"))
        elif owner.level != level[owner.id]:
            found.append((index, f"{owner.id!r} is a {level[owner.id]} elsewhere"))
        elif above is None and owner.under is not None:
            found.append(
                (index, "a business unit stands under the organisation: leave `under` out")
            )
        elif above is not None and level.get(owner.under or "") != above:
            found.append((index, f"a {owner.level} stands under a {above}, not {owner.under!r}"))
    return found
