"""What all detectors share: their settings, and how they speak of time and money."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.match import Globs
from schemas.moments import DAY_MINUTES, at_minute
from schemas.plain import Plain
from schemas.rules import Grain, Memory, Rule, Verdict

Floor = Annotated[Decimal, Field(ge=0, le=9_000_000_000, decimal_places=9)]
"""Excess dollars under which nothing is told."""

OnceIn = Annotated[int, Field(ge=10, le=100_000)]
"""The return period T: what a usual day shows once in so many days is still usual."""

DEFAULT_ONCE_IN = 90
"""Where nothing is said of how many false alarms may be."""

LEARNING = Verdict(False, 1, 0, 0, 0, 0, "still learning")
"""What a detector says before it knows a day."""

TRIPLED_DAYS = 14
"""A young series knows little, so its money floor is tripled (reference: detection, finding 7)."""

PATIENCE = 7 * DAY_MINUTES
"""A lasting new level is accepted when the longest window, a week, has filled with it."""


class Settings(BaseModel, ABC):
    """One detector as the rulebook states it; `series` are globs over series names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,47}$")]
    series: Globs

    def rule_for(self, series: str) -> Rule | None:
        """The detector of a series; None where no glob matches its name."""
        return self.rule(series) if any(fnmatchcase(series, glob) for glob in self.series) else None

    @abstractmethod
    def rule(self, series: str) -> Rule:
        """The detector of a series that it watches."""


class Calibrated(Settings):
    """A detector whose alarms are as rare as the rulebook's `false_alarms_a_month` makes them."""

    once_in_days: OnceIn | None = None

    @property
    def once_in(self) -> int:
        """T, days."""
        return self.once_in_days or DEFAULT_ONCE_IN


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector(Plain):
    """A rule that learns: what it finds is kept out of learning, until a level that stays counts
    as usual.
    """

    grain: Grain = Grain.MINUTE
    guards: bool = True
    patience: int = PATIENCE
    holidays: frozenset[int] = frozenset()
    """Days since 1970 on which little is usual."""


def differing(memory: Memory, parts: Memory) -> Memory:
    """Those parts that are not in the memory as they are."""
    return {part: model for part, model in parts.items() if memory.get(part) != model}


def floor_at(floor: int, age: int, day: int) -> int:
    """The money floor for a series of that age; `age` and `day` in buckets."""
    return floor if age >= TRIPLED_DAYS * day else 3 * floor


def learns_until(first: int, day: int) -> int:
    """The midnight at which a series' first day counts as one; all in buckets.

    A first day of less than twelve hours says little of a day: it is joined with the second.
    """
    return -(-(2 * first + day) // (2 * day)) * day


def clock(minute: int, seen_from: int) -> str:
    """A minute since 1970 in words, with its day where it is not that of `seen_from`."""
    same = minute // DAY_MINUTES == seen_from // DAY_MINUTES
    return f"{at_minute(minute):{'%H:%M' if same else '%Y-%m-%d %H:%M'}} UTC"
