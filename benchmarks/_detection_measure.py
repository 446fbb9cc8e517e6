"""Scores of clean series and of their twins with overruns, by any detector.

A scorer is given a whole series, and of each twin what happens from its start on. Row t of what it
answers must not know of rows after it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from benchmarks._spend_overruns import DOWN, OVERRUNS, UP, inject
from benchmarks._spend_simulated import WEEK, Floats, Series

Scores = Floats
"""A row each: how strange the bucket is upwards and downwards; 0 is usual, more is stranger."""

Mapped = Callable[..., Iterable[Any]]
"""`map`, or that of a pool of processes."""


class Twin(NamedTuple):
    """A series with one overrun, from `start` up to `stop`."""

    kind: str
    start: int
    stop: int
    dollars: Floats


class Scorer(Protocol):
    """Scores of a whole series, and of each twin from its start up to its stop."""

    def __call__(self, dollars: Floats, twins: Sequence[Twin]) -> tuple[Scores, list[Scores]]: ...


class Stepper(Protocol):
    """A detector that is asked bucket by bucket: it scores, then learns."""

    def step(self, t: int, x: float) -> tuple[float, float]: ...


@dataclass(frozen=True)
class Stepped:
    """Bucket by bucket; at the start of a twin the detector is copied."""

    make: Callable[[], Stepper]

    def __call__(self, dollars: Floats, twins: Sequence[Twin]) -> tuple[Scores, list[Scores]]:
        """Scores, see Scorer."""
        one, rows, saved = self.make(), [], dict[int, Stepper]()
        for t, x in enumerate(dollars.tolist()):
            saved |= {n: deepcopy(one) for n, twin in enumerate(twins) if twin.start == t}
            rows.append(one.step(t, x))
        return np.array(rows, float), [_on(saved[n], twin) for n, twin in enumerate(twins)]


def _on(one: Stepper, twin: Twin) -> Scores:
    values = twin.dollars[twin.start : twin.stop].tolist()
    return np.array([one.step(t, x) for t, x in enumerate(values, twin.start)], float)


@dataclass(frozen=True)
class Whole:
    """All rows at once; a twin is scored up to its stop."""

    score: Callable[[Floats], Scores]

    def __call__(self, dollars: Floats, twins: Sequence[Twin]) -> tuple[Scores, list[Scores]]:
        """Scores, see Scorer; ValueError if a row knew of rows after it."""
        clean = self.score(dollars)
        return clean, [self._since(clean, twin) for twin in twins]

    def _since(self, clean: Scores, twin: Twin) -> Scores:
        scores = self.score(twin.dollars[: twin.stop])
        if not np.array_equal(scores[: twin.start], clean[: twin.start]):
            raise ValueError(f"rows before {twin.start} were scored with rows after it")
        return scores[twin.start :]


def unchanged(dollars: Floats) -> Floats:
    """The past as it was."""
    return dollars


@dataclass(frozen=True)
class Plan:
    """What happens to which series, and when.

    Each kind happens to every `every`-th series, within `spread` rows from row `first` on, which is
    also where false alarms begin to count; `scale` buckets are an hour; `past` changes a series
    before anything else.
    """

    seed: int
    first: int
    spread: int = WEEK
    kinds: Sequence[str] = tuple(OVERRUNS)
    every: int = 5
    scale: int = 1
    past: Callable[[Floats], Floats] = field(default=unchanged)

    def twins(self, number: int, dollars: Floats) -> Iterator[Twin]:
        """The twins of a series in which there is something to find."""
        rng = np.random.default_rng([self.seed, 99, number])
        for offset, kind in enumerate(self.kinds):
            if (number + offset) % self.every == 0:
                start = int(self.first + rng.integers(0, self.spread))
                hurt, stop = inject(dollars, kind, start, self.scale)
                twin = Twin(kind, start, stop, hurt)
                if self._differs(twin, dollars):
                    yield twin

    def _differs(self, twin: Twin, dollars: Floats) -> bool:
        kind, start, stop, hurt = twin
        if kind in DOWN and dollars[max(0, start - WEEK * self.scale) : start].sum() == 0:
            return False
        return not (kind in UP and hurt[start:stop].sum() <= dollars[start:stop].sum())


class Case(NamedTuple):
    """A twin as it was scored; `lost` are the dollars of the overrun up to each row, summed."""

    label: str
    kind: str
    series: int
    start: int
    scores: Scores
    lost: Floats


class Result(NamedTuple):
    """Scores of all clean series and of all twins."""

    plan: Plan
    clean: Sequence[Scores]
    cases: Sequence[Case]


def run(scorer: Scorer, series: Sequence[Series], plan: Plan, mapped: Mapped = map) -> Result:
    """All series and their twins through a scorer."""
    told = list(mapped(partial(_one, scorer, plan), range(len(series)), series))
    return Result(plan, [clean for clean, _ in told], [case for _, own in told for case in own])


def _one(scorer: Scorer, plan: Plan, number: int, given: Series) -> tuple[Scores, list[Case]]:
    dollars = plan.past(given.dollars)
    twins = list(plan.twins(number, dollars))
    clean, hurt = scorer(dollars, twins)
    cases = [
        Case(given.label, kind, number, start, scores,
             np.cumsum(changed[start:stop] - dollars[start:stop]))
        for (kind, start, stop, changed), scores in zip(twins, hurt, strict=True)
    ]  # fmt: skip
    return clean, cases
