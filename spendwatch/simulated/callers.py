"""A caller: one key of an application that uses one model, GPU, vendor or product."""

from dataclasses import dataclass
from typing import Any

from schemas.cloudevents import CALL, FEATURE, GPU, LLM, SEAT
from spendwatch.simulated.prices import (
    BATCH,
    FEATURE_USE,
    GPU_HOUR,
    PRICES,
    SEAT_DAY,
    VENDOR_CALL,
)
from spendwatch.simulated.rhythm import Rhythm, busy_minutes
from spendwatch.simulated.spreads import Shape

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who sends usage, how often and how much.

    `every` is seconds between two events: what was used since the last one is sent as one event
    (`requests` counts its calls), nothing where nothing was used. `pace` is units a busy minute,
    where a unit is a call, a use, a GPU second or a seat; `most` is the most units of an event.
    `cached` and `written` are shares of the prompt read from and written to a cache, `reasoning`
    is a share of the answer. `steady`: a machine without noise; `bursts`: at times twice as busy.
    """

    name: str
    type: str
    provider: str
    application: str
    source: str
    rhythm: Rhythm
    every: float
    pace: float
    model: str = ""
    environment: str = "production"
    feature: str = ""
    principal: str = ""
    tier: str = "standard"
    outcome: str = "ok"
    resource: str = ""
    product: str = ""
    shape: Shape | None = None
    cached: float = 0.0
    written: float = 0.0
    reasoning: float = 0.0
    most: int = 1_000_000
    steady: bool = False
    bursts: bool = False

    @property
    def prompt_usd(self) -> float:
        """Expected dollars for the prompt of a call."""
        if self.shape is None:
            return 0.0
        price = PRICES[self.provider, self.model]
        fresh = 1 - self.cached - self.written
        each = fresh * price.prompt + self.cached * price.read + self.written * price.write
        return self.shape.prompt.mean * each * self.discount / MILLION

    @property
    def answer_usd(self) -> float:
        """Expected dollars for the answer of a call."""
        if self.shape is None or self.shape.answer is None:
            return 0.0
        price = PRICES[self.provider, self.model]
        return self.shape.answer.mean * price.answer * self.discount / MILLION

    @property
    def discount(self) -> float:
        """What the tier leaves of the price."""
        return BATCH if self.tier == "batch" else 1.0

    @property
    def unit_usd(self) -> float:
        """Expected dollars a unit."""
        if self.type == LLM:
            return self.prompt_usd + self.answer_usd
        if self.type == CALL and self.provider == POOL:
            return 0.0  # paid for as GPU hours
        return {CALL: VENDOR_CALL, FEATURE: FEATURE_USE, GPU: GPU_HOUR / 3600, SEAT: SEAT_DAY}[
            self.type
        ]

    @property
    def busy_usd(self) -> float:
        """Expected dollars a busy minute."""
        return self.pace * self.unit_usd

    @property
    def weekday_usd(self) -> float:
        """Expected dollars a weekday; bursts, where it has them, add some 6 % to that."""
        return self.busy_usd * busy_minutes(self.rhythm)


POOL = "gpu-pool"
"""The shared GPUs: as an application they are used up, as a provider they are called."""


def caller(name: str, kind: str, units: float, **rest: Any) -> Caller:
    """A caller named `application/what` that uses so many units a weekday."""
    application = name.partition("/")[0]
    rhythm = rest.setdefault("rhythm", Rhythm.OFFICE)
    rest.setdefault("source", f"/acme/{application}")
    pace = units / busy_minutes(rhythm)
    return Caller(name=name, type=kind, application=application, pace=pace, **rest)


def llm(name: str, model: str, shape: Shape, usd: float, **rest: Any) -> Caller:
    """A caller of `provider/model` that spends so many dollars a weekday."""
    provider, _, model = model.partition("/")
    rest = {"provider": provider, "model": model, "shape": shape, **rest}
    one = caller(name, LLM, 1.0, **rest)
    return caller(name, LLM, usd / one.unit_usd, **rest)
