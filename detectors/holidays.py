"""Holidays: days on which little is usual. A rulebook names them, and detectors take them as such.

What was spent less than usual on such a day is taken as if it had been spent: no silence is heard,
and the hours of that weekday are not learnt to be cheap. What was spent more is as it is.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from detectors import profile
from detectors.base import Detector
from schemas.match import Globs
from schemas.moments import EPOCH
from schemas.rules import Memory, Past, Rule

DAY = 24
"""Hours."""


class Holiday(BaseModel):
    """Days, UTC, on which series do less than they do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    dates: Annotated[tuple[date, ...], Field(min_length=1, max_length=1000)]
    series: Globs = ("*",)

    def days(self, series: str) -> Collection[int]:
        """Its days since 1970 for a series."""
        if not any(fnmatchcase(series, glob) for glob in self.series):
            return ()
        return {(one - EPOCH.date()).days for one in self.dates}


def observing(rule: Rule, days: frozenset[int]) -> Rule:
    """The rule, with holidays if it is one that learns what is usual."""
    return replace(rule, holidays=days) if days and isinstance(rule, Detector) else rule


def filled(
    days: frozenset[int], usual: Callable[[int], int], past: Past, cost: int
) -> Sequence[int]:
    """The past costs of hours, and the cost of the hour that follows, those of holidays at least
    as dear as they usually are; `usual` is nano-dollars by hour since 1970.
    """
    start, costs = past.at - len(past.costs), (*past.costs, cost)
    if not any(day in days for day in range(start // DAY, past.at // DAY + 1)):
        return costs
    return [
        max(cost, usual(at)) if at // DAY in days else cost for at, cost in enumerate(costs, start)
    ]


def hour(days: frozenset[int], memory: Memory, at: int, cost: int) -> int:
    """What an hour is learnt as by a rule that keeps a profile."""
    return max(cost, profile.expected(memory, at)) if at // DAY in days else cost
