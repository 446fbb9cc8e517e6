"""A rulebook made ready for the steps: what it says of one usage, one series, one moment.

A Book is one version with its hash; Books are all versions, and time chooses among them. Both are
values: what they remember of earlier questions only saves asking twice.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

from detectors.base import Settings
from detectors.holidays import observing
from ledger import schedules
from ledger.budgets import Budget
from ledger.owners import NOBODY, OwnerRules, Path, Tree
from ledger.pools import Pool
from schemas import cuts, records, series
from schemas.moments import micros, moment
from schemas.rules import Rule
from streams import rulebook
from streams.rulebook import Rulebook
from streams.steps.lines import Lines
from streams.steps.ruled import Line
from streams.steps.tallying import root_of

Dimensions = Mapping[str, str]
K = TypeVar("K")
V = TypeVar("V")

BESIDE = {series.UNIT: 1, series.SERVICE: 2, series.APPLICATION: 2, series.POOL: 2}
"""How many levels of the tree a series that stands beside it is named for."""

MOST = 100_000
"""Answers of one kind that a book remembers: producers may invent names without end."""


def _kept(answers: dict[K, V], key: K, answer: V) -> V:
    """Remember an answer; too many are forgotten together."""
    if len(answers) >= MOST:
        answers.clear()
    answers[key] = answer
    return answer


@dataclass(frozen=True)
class Book:
    """One version of the rulebook, in force from `effective_from` in event time."""

    hash: str
    effective_from: datetime
    rulebook: Rulebook
    published: int = field(default=0, compare=False)
    """When the log took it, microseconds since 1970; until then it decided nothing."""

    homes: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Owners' business units as they were first published: no correction moves a series."""

    _schedules: dict[tuple[object, ...], schedules.Schedule] = field(
        default_factory=dict, compare=False
    )
    _members: dict[tuple[str, date], tuple[str, ...]] = field(default_factory=dict, compare=False)
    _paths: dict[tuple[str, date], str] = field(default_factory=dict, compare=False)
    _roots: dict[str, str] = field(default_factory=dict, compare=False)
    _rules: dict[str, tuple[Rule, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, record: records.Rulebook, published: int = 0) -> "Book":
        """The version that a record of topic `rulebook` holds. Raises Faulty."""
        read = rulebook.read(record.text)
        return cls(record.hash, record.effective_from, read, published)

    @cached_property
    def tree(self) -> Tree:
        """The owners and their places."""
        return Tree.of(self.rulebook.owners)

    @cached_property
    def rules_of_owners(self) -> OwnerRules:
        """Whose a usage is."""
        return OwnerRules(self.rulebook.rules)

    @cached_property
    def cuts(self) -> tuple[cuts.Cut, ...]:
        """All cuts, also those that budgets and policies declare for themselves."""
        return self.rulebook.all_cuts

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The dimensions of usage that anything in the rulebook asks for, sorted."""
        matches = [
            *(rule.when for rule in self.rulebook.rules),
            *(pool.when for pool in self.rulebook.pools),
            *(rate.when for rate in self.rulebook.rates),
            *(cut.when for cut in self.cuts),
        ]
        named = {name for match in matches for name, globs in match if globs}
        named |= {name for cut in self.cuts for name in cut.by}
        priced = {"type", "provider", "model", "tier", "resource", "product", "feature"}
        return tuple(sorted((named | priced | {"application"}) - {"service", "business_unit"}))

    def line(self, dimensions: Dimensions, day: date) -> Line:
        """Where a usage with these dimensions goes on a day."""
        owner, rule = self._owner(dimensions, day)
        pooled = owner.startswith("pool/")
        path = Path(owner, owner, owner) if pooled else self.tree.path(owner, day)
        tree = (
            [series.name(series.POOL, owner.removeprefix("pool/"))]
            if pooled
            else [
                series.name(series.APPLICATION, path.application),
                series.name(series.SERVICE, path.service),
                series.name(series.UNIT, path.unit),
            ]
        )
        organisation = series.name(series.ORGANISATION, self.rulebook.organisation)
        own = self._cut_series(dimensions, path, pooled or path is NOBODY)
        drivers = [
            series.name(series.DRIVER, pool.id, owner)
            for pool in self.rulebook.pools
            if owner in self.members(pool, day)
        ]
        return Line(owner, path, rule, (*tree, organisation, *own), tuple(drivers))

    def _owner(self, dimensions: Dimensions, day: date) -> tuple[str, str]:
        """The owner and the name of the rule that found it."""
        for pool in self.rulebook.pools:
            if pool.when.matches(dimensions):
                return pool.owner, pool.owner
        rule = self.rules_of_owners.first(dimensions, day)
        return (series.UNOWNED, "") if rule is None else (rule.owner, rule.name or rule.owner)

    def _cut_series(self, dimensions: Dimensions, path: Path, nobody: bool) -> list[str]:
        """The series of all cuts; what nobody owns is cut by the application's own name."""
        application = dimensions["application"] if nobody else path.application
        full = {
            **dimensions,
            "application": application,
            "service": path.service,
            "business_unit": path.unit,
        }
        found = [cut.series_of(dimensions, full) for cut in self.cuts]
        return [name for name in found if name is not None]

    def members(self, pool: Pool, day: date) -> tuple[str, ...]:
        """The applications that share a pool."""
        key = (pool.id, day)
        if key not in self._members:
            named = [self.tree.applications(member, day) for member in pool.members]
            self._members[key] = tuple(sorted({one for found in named for one in found}))
        return self._members[key]

    def pool(self, name: str) -> Pool | None:
        """A pool by its id."""
        return next((pool for pool in self.rulebook.pools if pool.id == name), None)

    @cached_property
    def deciding(self) -> tuple[str, ...]:
        """The dimensions on which a price can depend."""
        return schedules.deciding(self.rulebook.rates)

    def schedule(self, dimensions: Dimensions, at: datetime) -> schedules.Schedule:
        """What the usage costs at a moment; see ledger.schedules."""
        key = (at.date(), *(dimensions.get(name, "") for name in self.deciding))
        found = self._schedules.get(key)
        if found is None or not found.holds_from <= at < found.holds_until:
            asked = schedules.schedule(dimensions, at, self.rulebook.rates)
            found = _kept(self._schedules, key, asked)
        return found

    def root(self, name: str) -> str:
        """What decides the partition of a series."""
        found = self._roots.get(name)
        return _kept(self._roots, name, self._root(name)) if found is None else found

    def _root(self, name: str) -> str:
        level, values = series.split(name)
        if level not in series.TREE:
            return root_of(name, level)
        return root_of(name, self.homes.get(values[0]) or self.tree.home(values[0]))

    @cached_property
    def detectors(self) -> tuple[Settings, ...]:
        """The detectors, each with how rare its alarms are to be."""
        return self.rulebook.calibrated

    def rules(self, name: str) -> tuple[Rule, ...]:
        """The detectors and policies that watch a series, in the rulebook's order."""
        found = self._rules.get(name)
        if found is None:
            settings = (*self.detectors, *self.rulebook.policies)
            made = (one.rule_for(name) for one in settings)
            days = frozenset(day for one in self.rulebook.holidays for day in one.days(name))
            found = self._rules[name] = tuple(observing(rule, days) for rule in made if rule)
        return found

    def watched_by(self, rules: Mapping[str, tuple[Rule, ...]]) -> "Book":
        """The same version, where these rules and no others watch the series of these names."""
        return replace(self, _rules=dict(rules))

    def budgets(self, name: str) -> tuple[Budget, ...]:
        """The budgets of a series."""
        return tuple(one for one in self.rulebook.budgets if one.watched == name)

    def dimensions(self, name: str, day: date) -> Mapping[str, str]:
        """What a series is cut by; for owners, their place in the tree.

        What stands beside the tree, a pool or what nobody owns, is its own unit and service, so
        that it is never taken for a part of another or for the whole.
        """
        level, values = series.split(name)
        found = dict(cuts.dimensions_of(name, self.cuts))
        owner = found.get(series.APPLICATION) or (values[0] if level in series.TREE else "")
        if owner in self.tree.places:
            places = self.tree.text(owner, day).split("/")
        else:
            places = [values[0]] * BESIDE.get(level, 0)
        return found | dict(zip(series.TREE[1:], places, strict=False))

    def path(self, name: str, day: date) -> str:
        """The owner of a series, written `unit/service/application`."""
        found = self._paths.get((name, day))
        if found is None:
            found = _kept(self._paths, (name, day), self._path(name, day))
        return found

    def _path(self, name: str, day: date) -> str:
        level, values = series.split(name)
        if level == series.ORGANISATION:
            return ""
        if level in (series.UNIT, series.SERVICE, series.APPLICATION):
            return self._tree_path(level, values[0], day)
        if level == series.POOL:
            return f"pool/{values[0]}"
        if level == series.UNALLOCATED:
            return f"pool/{values[0]} unallocated"
        application = cuts.dimensions_of(name, self.cuts).get(series.APPLICATION)
        return self._tree_path(series.APPLICATION, application, day) if application else ""

    def _tree_path(self, level: str, owner: str, day: date) -> str:
        if owner in self.tree.places:
            return self.tree.text(owner, day)
        return NOBODY.of(level)


@dataclass(frozen=True)
class Books:
    """All versions of the rulebook, earliest first; the first holds from the beginning of time."""

    versions: Sequence[Book]
    _lines: list[Lines] = field(default_factory=list, compare=False, repr=False)

    @cached_property
    def starts(self) -> list[int]:
        """From when each holds, microseconds since 1970."""
        return [micros(book.effective_from) for book in self.versions]

    @property
    def lines(self) -> Lines:
        """The lines that are remembered; when they are too many they are forgotten together."""
        if not self._lines or self._lines[0].size >= MOST:
            self._lines[:] = [Lines(self.versions)]
        return self._lines[0]

    def index(self, time: int) -> int:
        """Which version holds at a time, microseconds since 1970."""
        return max(bisect_right(self.starts, time) - 1, 0)

    def at(self, time: int) -> Book:
        """The version that holds at a time, microseconds since 1970."""
        return self.versions[self.index(time)]

    def rated(
        self, dimensions: Dimensions, index: int, time: int, before: int
    ) -> tuple[schedules.Schedule, schedules.Schedule | None]:
        """What a usage costs by a version, and what it did before where that was another price.

        Times are microseconds since 1970.
        """
        found = self.versions[index].schedule(dimensions, moment(time))
        if self.index(before) == index and found.holds_from <= moment(before):
            return found, None
        former = self.at(before).schedule(dimensions, moment(before))
        return found, None if found.prices_as(former) else former
