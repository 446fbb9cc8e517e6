"""Public prices: genai-prices compiled to flat rates, by its own rules and without its network.

Source: github.com/pydantic/genai-prices. Its price of a model depends on the day, for some models
on the hour, on the request's context (batch, flex, priority) and on how many prompt tokens the
request has: above a threshold the other price is for all of its tokens, not for the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from genai_prices import __version__
from genai_prices.data import providers
from genai_prices.data_snapshot import DataSnapshot
from genai_prices.types import ModelInfo, ModelPrice, PriceVariant, TieredPrices

from ledger.rates import scaled
from ledger.validity import FIRST, Constraint, around, begun, edges

KEYS: Mapping[str, tuple[str, ...]] = {
    "input_uncached": ("input_mtok",),
    "cache_read": ("cache_read_mtok", "input_mtok"),
    "cache_write_5m": ("cache_write_5m_mtok", "cache_write_mtok", "input_mtok"),
    "cache_write_1h": ("cache_write_1h_mtok", "cache_write_mtok", "input_mtok"),
    "output": ("output_mtok",),
    "reasoning": ("output_reasoning_mtok", "output_mtok"),
    "audio_in": ("input_audio_mtok", "input_mtok"),
    "audio_out": ("output_audio_mtok", "output_mtok"),
    "image_in": ("input_image_mtok", "input_mtok"),
    "requests": ("requests_kcount",),
}
"""Our disjoint quantities to its price keys, narrowest first: the first with a price is its price.

It counts totals and takes each part that has a price out of the whole (its decompose.py), so a
part without a price of its own stays in the whole and is priced with it.
"""

UNITS: Mapping[str, int] = {"mtok": 10**6, "kcount": 10**3}
"""How many units a price key is for, by the last word of its name."""

CONTEXTS: Mapping[str, Mapping[str, str]] = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
}
"""Our tiers in its words; standard is no context."""


@dataclass(frozen=True, slots=True)
class Step:
    """The rates of requests with more than `above` prompt tokens: quantity to pico-dollars."""

    above: int
    rate_id: str
    rates: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Public:
    """A model's public price in `[holds_from, holds_until)`."""

    steps: tuple[Step, ...]
    holds_from: datetime
    holds_until: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A model and the provider that lists it; not `own`, it is not the provider that was asked."""

    model: ModelInfo
    provider: str
    own: bool


def public(provider: str, model: str, tier: str, at: datetime) -> Public | None:
    """What the model costs at an aware moment; None where the catalogue does not know it.

    A tier without prices of its own costs what standard costs, and the rate id says `standard`.
    """
    listed = listing(provider, model)
    if listed is None:
        return None
    moment = at.astimezone(UTC)
    applied = _variants(listed, tier, moment)
    since = begun([*_standard(listed.model), *(each.constraint for each in applied)], moment)
    named = f"{listed.provider}/{listed.model.id}/{since}/{tier if applied else 'standard'}"
    prices = listed.model.get_prices(moment, CONTEXTS.get(tier) if listed.own else None)
    return Public(_steps(prices, named), *around(edges(_all(listed.model), moment), moment))


@lru_cache(maxsize=4096)
def listing(provider: str, model: str) -> Listed | None:
    """The model by any of its names, as genai-prices finds it; None where it does not."""
    # A snapshot of our own: the package's shared one keeps every name that it was ever asked for.
    snapshot = DataSnapshot(providers=providers, from_auto_update=False, timestamp=FIRST)
    try:
        asked, found = snapshot.find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    own = any(found is each for each in asked.models)
    lister = next(each for each in providers if any(found is one for one in each.models))
    return Listed(found, lister.id, own)


def _variants(listed: Listed, tier: str, moment: datetime) -> Sequence[PriceVariant]:
    """The tier's prices in force; genai-prices has none for a model of another's list."""
    context = CONTEXTS.get(tier, {}) if listed.own else {}
    return [
        each
        for each in listed.model.price_variants or ()
        if each.when.items() <= context.items()
        and (each.constraint is None or each.constraint.active(moment))
    ]


def _standard(model: ModelInfo) -> Sequence[Constraint]:
    if isinstance(model.prices, ModelPrice):
        return ()
    return [each.constraint for each in model.prices]


def _all(model: ModelInfo) -> Sequence[Constraint]:
    variants = model.price_variants or ()
    return [*_standard(model), *(each.constraint for each in variants)]


def _steps(prices: ModelPrice, named: str) -> tuple[Step, ...]:
    prefix = f"genai-prices-{__version__}/{named}"
    return tuple(
        Step(above, f"{prefix}/{above}", _rates(prices, above)) for above in _above(prices)
    )


def _above(prices: ModelPrice) -> Sequence[int]:
    """Thresholds of all the model's prices, ascending, with 0 first."""
    tiered = [price for price in vars(prices).values() if isinstance(price, TieredPrices)]
    return sorted({0, *(tier.start for price in tiered for tier in price.tiers)})


def _rates(prices: ModelPrice, above: int) -> Mapping[str, Fraction]:
    found = {name: _first(prices, keys, above) for name, keys in KEYS.items()}
    return {name: rate for name, rate in found.items() if rate is not None}


def _first(prices: ModelPrice, keys: Sequence[str], above: int) -> Fraction | None:
    for key in keys:
        price = getattr(prices, key)
        if price is not None:
            return scaled(_flat(price, above), UNITS[key.rpartition("_")[2]])
    return None


def _flat(price: Decimal | TieredPrices, above: int) -> Decimal:
    """The price of requests with just more than `above` prompt tokens."""
    if isinstance(price, Decimal):
        return price
    reached = [tier.price for tier in price.tiers if tier.start <= above]
    return reached[-1] if reached else price.base
