"""What all policies share: how one is named and set, and that it is told its limits."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.cuts import Cut
from schemas.match import Globs
from schemas.rules import Plain, Rule

HOUR = 60
DAY = 1440
"""Minutes."""

SIZES = {"m": 1, "h": HOUR, "d": DAY}

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,47}$")]
"""A policy's name; short enough that a cut can be named after it."""

Window = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}[mhd]$")]
"""A length of time as it is written: `15m`, `4h`, `7d`."""


def minutes_of(window: str) -> int:
    """Minutes of a window."""
    return int(window[:-1]) * SIZES[window[-1]]


class Settings(BaseModel, ABC):
    """What the rulebook says of one policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name

    @abstractmethod
    def rule_for(self, series: str) -> Rule | None:
        """The rule that watches a series; None where this policy has nothing to say of it."""

    def cuts(self) -> tuple[Cut, ...]:
        """The cuts that this policy needs beside those of the rulebook."""
        return ()


class Watching(Settings):
    """A policy that watches the series its globs name, all alike."""

    series: Globs

    @abstractmethod
    def rule(self) -> Rule:
        """The rule that watches each of its series."""

    def rule_for(self, series: str) -> Rule | None:
        """The rule, where a glob of `series` matches."""
        return self.rule() if any(fnmatchcase(series, glob) for glob in self.series) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Plain):
    """A rule that is told its limits: by itself it learns nothing, expects no cost, never accepts
    what it found, and keeps it from nobody's learning.
    """


def latest(costs: Sequence[int], count: int) -> int:
    """The sum of the last `count` costs, or of all where there are fewer."""
    return sum(costs[max(0, len(costs) - count) :])


def exceeds(part: int, whole: int, ratio: Decimal) -> bool:
    """Whether `part` is more than `ratio` times `whole`, exactly."""
    numerator, denominator = ratio.as_integer_ratio()
    return part * denominator > numerator * whole


def times(amount: int, ratio: Decimal) -> int:
    """`ratio` times a whole amount, rounded down; exact inside."""
    numerator, denominator = ratio.as_integer_ratio()
    return numerator * amount // denominator
