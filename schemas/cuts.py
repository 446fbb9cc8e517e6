"""Cuts: series that the rulebook declares beside the tree, by any dimensions of usage."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas import series
from schemas.match import Match

Dimension = Literal[
    "type", "provider", "model", "application", "service", "business_unit", "environment",
    "feature", "principal", "tier", "outcome", "resource", "product", "source",
]  # fmt: skip
"""What a cut may be by; application, service and business_unit are the owner's."""


class Cut(BaseModel):
    """One series for each combination of values of `by` among the usage that matches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
    by: tuple[Dimension, ...] = ()
    when: Match = Match()
    series: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """About how many series it makes; by it detectors are set to be rare enough."""

    def series_of(self, usage: Mapping[str, str], owned: Mapping[str, str]) -> str | None:
        """The series that a usage belongs to; None where it does not match or lacks a value.

        `usage` holds its own dimensions, `owned` the same with its owner's names in their place.
        """
        values = [owned[name] for name in self.by]
        if not self.when.matches(usage) or not all(values):
            return None
        return series.name(self.name, *values)


def dimensions_of(name: str, cuts: Sequence[Cut]) -> Mapping[str, str]:
    """What a cut's series is cut by; empty for a series that no cut declares."""
    level, values = series.split(name)
    declared = next((cut for cut in cuts if cut.name == level), None)
    return {} if declared is None else dict(zip(declared.by, values, strict=False))
