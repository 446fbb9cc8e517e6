"""River's models as detectors: any anomaly or drift class, with records laid on its score.

A class is named in the rulebook, `model: anomaly.GaussianScorer`, with its `params`. Each bucket
is one number; it is scored, then learnt. The largest score of each UTC day is a record
(price.py), so T means the same here as for sums of dollars. The model is built anew from kept
buckets once a day, at a bucket derived from the series' name: what it has seen is always known.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from detectors import price, profile
from detectors.base import (
    Calibrated,
    Detector,
    Floor,
    differing,
    floor_at,
    learns_until,
)
from detectors.features import LIMITS, Feature
from detectors.memo import Memo
from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.money import dollars, nano
from schemas.rules import Grain, Memory, Past, Verdict
from schemas.states import Bucket, Model
from schemas.wording import counted, span

KEPT = {Grain.MINUTE: 2 * DAY_MINUTES, Grain.HOUR: 56 * 24}
"""Past buckets; a model is taught all of them but up to a day."""

RIPE_DAYS = 7
"""Days of scores before it may find something: models are wild while they are young."""


class RiverSettings(Calibrated):
    """Finds buckets that a model of River's calls strange, and that cost more than usual."""

    kind: Literal["river"] = "river"
    model: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*\.[A-Z]\w*$")]
    params: dict[str, JsonValue] = Field(default_factory=dict)
    grain: Literal[Grain.MINUTE, Grain.HOUR] = Grain.HOUR
    feature: Feature = Feature.LOG
    floor_usd: Floor = Floor(20)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.feature is Feature.RATIO and self.grain is Grain.MINUTE:
            raise ValueError("feature ratio needs hours: of minutes only two days are kept")
        rivermodels().tried(self._make())
        return self

    def _make(self) -> Callable[[], Any]:
        return partial(rivermodels().built, self.model, self.params, LIMITS[self.feature])

    def rule(self, series: str) -> "River":
        """Of its own for each series: it keeps the series' model at hand."""
        home = rivermodels()
        return River(
            name=self.name,
            grain=self.grain,
            memory=KEPT[self.grain],
            version=self._version(home.VERSION),
            idles=self.grain is Grain.HOUR,
            model=self.model,
            once_in=self.once_in,
            floor=nano(self.floor_usd),
            offset=_digest(series) % (DAY_MINUTES // self.grain.minutes),
            memo=Memo(self._make(), home.score, home.teach, self.feature),
        )

    def _version(self, river: str) -> str:
        settings = (river, self.model, self.params, self.feature)
        return f"1-{_digest(json.dumps(settings, sort_keys=True)):x}"


def rivermodels() -> ModuleType:
    """The module that imports River, which takes seconds: only rulebooks that name it wait."""
    return import_module("detectors.rivermodels")


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class River(Detector):
    """The detector. Beside the profile's parts its memory has

    - `scores`: the largest score of each of the last 56 days, oldest first;
    - `today`: the largest score of the day so far, from the last midnight that closed a day;
    - `limit`: the score that a usual day passes once in T days, set at midnight.
    """

    cause: str = "river"
    model: str
    once_in: int
    floor: int
    offset: int
    memo: Memo = field(compare=False, repr=False)

    @property
    def day(self) -> int:
        """Buckets in a day."""
        return DAY_MINUTES // self.grain.minutes

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """The bucket up to which it only learns; None once it may find something."""
        if "limit" in memory:
            return None
        return learns_until(past.first, self.day) + (RIPE_DAYS - 1) * self.day

    def _taught(self, past: Past) -> list[int]:
        """What the model has learnt when the bucket begins: all that is kept but up to a day."""
        since_built = (past.at - self.offset) % self.day
        return list(past.costs[-(self.memory - self.day + since_built) :])

    def _expected(self, memory: Memory, at: int) -> int:
        size = self.grain.minutes
        return profile.expected(memory, at * size // HOUR_MINUTES) * size // HOUR_MINUTES

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Asks the model where the bucket costs enough more than usual."""
        expected = self._expected(memory, past.at)
        floor = max(1, floor_at(self.floor, past.at - past.first, self.day))
        told = "limit" in memory and bucket.cost - expected >= floor
        score = self.memo.scored(self._taught(past), bucket.cost) if told else 0.0
        limit, top = memory["limit"].doubles if told else (0.0, 0.0)
        return Verdict(
            breach=score > top and score >= limit,
            window=1,
            observed=bucket.cost,
            expected=expected,
            low=0,
            high=expected + floor,
            reason=self._reason(memory, bucket.cost, expected, score) if told else "no excess",
        )

    def _reason(self, memory: Memory, cost: int, expected: int, score: float) -> str:
        limit, top = memory["limit"].doubles
        days = len(memory["scores"].doubles)
        return (
            f"{dollars(cost)} in the last {span(self.grain.minutes)}; "
            f"expected {dollars(expected)}; {self.model} scores {score:.3g}; band to {limit:.3g} "
            f"(once in {self.once_in} days); largest of {counted(days, 'day')} {top:.3g}"
        )

    def usual(self, memory: Memory, minute: int) -> int:
        """A sixtieth of its hour's usual cost."""
        return profile.expected_minute(memory, minute)

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """The day's largest score; the profile at the end of an hour; the limit at midnight."""
        cost, end = bucket.cost, past.at + 1
        changed = self._seen(memory, past, cost)
        if end % (HOUR_MINUTES // self.grain.minutes) == 0:
            hour = past.at * self.grain.minutes // HOUR_MINUTES
            spent = cost + sum(past.costs[-59:]) if self.grain is Grain.MINUTE else cost
            changed |= profile.learnt(memory, hour, spent)
        if end % self.day == 0 and end >= learns_until(past.first, self.day):
            changed |= self._midnight({**memory, **changed})
        return differing(memory, changed)

    def _seen(self, memory: Memory, past: Past, cost: int) -> dict[str, Model]:
        """Scored, then learnt; what costs no more than usual is not strange in our sense."""
        above, costs = cost > self._expected(memory, past.at), self._taught(past)
        score = self.memo.scored(costs, cost) if above else 0.0
        self.memo.learnt(costs, cost)
        return {} if score <= _today(memory) else {"today": Model(doubles=(score,))}

    def _midnight(self, memory: Memory) -> dict[str, Model]:
        old = memory.get("scores", Model()).doubles
        scores = (*old[1 - price.KEPT_DAYS :], price.guarded(old, _today(memory)))
        changed = {"scores": Model(doubles=scores), "today": Model(doubles=(0.0,))}
        if len(scores) < RIPE_DAYS:
            return changed
        limit = price.limit(scores, self.once_in)
        return {**changed, "limit": Model(doubles=(limit, max(scores)))}


def _today(memory: Memory) -> float:
    part = memory.get("today")
    return part.doubles[0] if part else 0.0
