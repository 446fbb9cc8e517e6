"""A model that need not be built again while it is asked about the buckets that follow."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from detectors.features import Feature, latest, numbers


@dataclass(slots=True)
class Memo:
    """One River model and exactly what it was taught.

    It saves building the model anew and nothing else: a model is only used where it was taught
    the very costs that are asked about, so a repeated, skipped or changed bucket, or a restart,
    finds the scores that a new model would give.
    """

    make: Callable[[], Any]
    score: Callable[[Any, float], float]
    teach: Callable[[Any, float], None]
    feature: Feature
    _model: Any = None
    _taught: list[int] | None = None
    _scores: dict[int, float] = field(default_factory=dict)

    def scored(self, costs: list[int], cost: int) -> float:
        """How strange `cost` is after `costs`."""
        self._follow(costs)
        if cost not in self._scores:
            value = latest(self.feature, costs, cost)
            self._scores[cost] = 0.0 if value is None else self.score(self._model, value)
        return self._scores[cost]

    def learnt(self, costs: list[int], cost: int) -> None:
        """Teach what followed `costs`."""
        self._follow(costs)
        self._teach(latest(self.feature, costs, cost))
        self._taught = [*costs, cost]
        self._scores.clear()

    def _follow(self, costs: list[int]) -> None:
        """Have the model that was taught these costs."""
        if self._taught == costs:
            return
        self._model, self._taught = self.make(), list(costs)
        self._scores.clear()
        for value in numbers(self.feature, costs):
            self._teach(value)

    def _teach(self, value: float | None) -> None:
        if value is not None:
            self.teach(self._model, value)
