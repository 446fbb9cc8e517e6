"""Which models may be used where: the first charge of any other is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from policies.base import Policy, Settings
from schemas import series as naming
from schemas.cuts import Cut, Dimension
from schemas.ends import Ends
from schemas.match import Globs, Match
from schemas.money import dollars
from schemas.rules import Grain, Memory, Past, Rule, Verdict
from schemas.states import Bucket
from schemas.wording import counted


class ModelsAllowedSettings(Settings):
    """Only `models` may be used in `environments`; without environments, anywhere.

    It declares the cut that it watches: one series for each model of an application, of an
    environment where environments are named.
    """

    kind: Literal["models_allowed"] = "models_allowed"
    models: Globs
    environments: Globs = ()

    def cuts(self) -> tuple[Cut, ...]:
        """The cut that it watches, named after it."""
        by: tuple[Dimension, ...] = ("application", "model")
        if not self.environments:
            return (Cut(name=self._cut, by=by),)
        when = Match(environment=self.environments)
        return (Cut(name=self._cut, by=("environment", *by), when=when),)

    def rule_for(self, series: str) -> Rule | None:
        """A rule for a series of its cut whose model is not allowed."""
        level, values = naming.split(series)
        if level != self._cut or any(fnmatchcase(values[-1], glob) for glob in self.models):
            return None
        return ModelsAllowed(name=self.name, model=values[-1], where=self._where(values))

    @property
    def _cut(self) -> str:
        return f"models.{self.name}"

    def _where(self, values: tuple[str, ...]) -> str:
        return f" in {values[0]}" if self.environments else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsAllowed(Policy):
    """Any charge is a breach, also one that costs nothing."""

    cause: str = "models_allowed"
    grain: Grain = Grain.MINUTE
    ends: Ends = Ends.QUIET
    model: str
    where: str

    def ceiling(self, memory: Memory, past: Past) -> int:
        """One nano-dollar: found at once. What cost nothing is found when the bucket closes."""
        return 1

    def quiet(self, memory: Memory, past: Past, costs: Sequence[int]) -> bool:
        """Nothing was charged."""
        return not any(costs)

    def rests(self, memory: Memory, past: Past) -> int:
        """Until anything is charged."""
        return 1

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Whether there was a charge, or a part of one that began in another minute."""
        told = f"{self.model} is not allowed{self.where}"
        return Verdict(
            breach=bucket.charges > 0 or bucket.cost > 0,
            window=1,
            observed=bucket.cost,
            expected=0,
            low=0,
            high=0,
            reason=f"{told}: {counted(bucket.charges, 'charge')}, {dollars(bucket.cost)}",
        )
