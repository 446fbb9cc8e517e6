from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rates import Rate
from ledger.schedules import DRIVERS, PriceState, Rates, deciding, schedule
from ledger.validity import FIRST, LAST
from schemas.columns import quantities

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
GPT = {"type": "ai.usage.llm.v1", "provider": "openai", "model": "gpt-4o", "tier": "standard"}
UNKNOWN = {**GPT, "model": "gpt-9-imaginary"}
GPU = {"type": "ai.usage.gpu.v1", "provider": "cluster", "resource": "h100"}
PUBLIC = "genai-prices-0.2.3/openai/gpt-4o/undated/standard/0"
CONTRACT = {
    "name": "contract",
    "when": {"provider": "openai", "model": "gpt-4o*"},
    "from": date(2026, 11, 1),
    "until": date(2026, 12, 1),
    "usd": {"input_uncached": 2, "output": 8},
    "per": "million",
}
DISCOUNT = {"name": "discount", "when": {"provider": "openai"}, "discount_percent": 15}
FALLBACK = {
    "name": "fallback",
    "when": {"type": "llm"},
    "usd": {"input_uncached": 3, "output": 9, "cache_read": 1},
    "per": "million",
    "fallback": True,
}


def rates(dimensions: Mapping[str, str], *card: Mapping[str, Any], at: datetime = NOON) -> Rates:
    return schedule(dimensions, at, [Rate.model_validate(entry) for entry in card]).rates[0]


def bits(*names: str) -> int:
    return sum(1 << quantities().index(name) for name in names)


def pico(of: Rates, name: str) -> Fraction | None:
    price = of.prices[quantities().index(name)]
    return price.pico if price else None


def told(of: Rates, *names: str) -> tuple[str, str, tuple[str, ...]]:
    present = bits(*names)
    return of.state(present).value, of.rate_id(present), of.lacking(present)


def test_a_known_model_has_its_public_price() -> None:
    of = rates(GPT)
    assert pico(of, "input_uncached") == 2_500_000 and pico(of, "cache_read") == 1_250_000
    assert told(of, "input_uncached", "output", "requests") == ("resolved", PUBLIC, ())


def test_an_unknown_model_is_unpriced_and_never_free() -> None:
    of = rates(UNKNOWN)
    assert set(of.prices) == {None}
    assert told(of, "output", "requests") == ("unpriced", "", ("output",))


def test_a_contract_beats_the_public_price_for_the_quantities_that_it_names() -> None:
    of = rates(GPT, CONTRACT, DISCOUNT)
    assert pico(of, "input_uncached") == 2_000_000 and pico(of, "reasoning") == 8_000_000
    assert pico(of, "cache_read") == Fraction(1_250_000 * 85, 100)
    both = f"card/contract/2026-11-01+card/discount/undated+{PUBLIC}"
    assert told(of, "output") == ("resolved", "card/contract/2026-11-01", ())
    assert told(of, "output", "cache_read") == ("resolved", both, ())


def test_the_first_entry_that_names_a_quantity_prices_it() -> None:
    narrow = {**CONTRACT, "name": "narrow", "usd": {"output": 1}}
    of = rates(GPT, narrow, CONTRACT)
    assert pico(of, "output") == 1_000_000 and pico(of, "input_uncached") == 2_000_000


def test_the_first_discount_alone_lowers_the_public_price() -> None:
    more = {**DISCOUNT, "name": "more", "discount_percent": 12.5}
    assert pico(rates(GPT, more, DISCOUNT), "output") == Fraction(10_000_000 * 7, 8)


def test_a_discount_of_everything_is_a_price_of_zero() -> None:
    of = rates(GPT, {**DISCOUNT, "discount_percent": 100})
    assert pico(of, "output") == 0
    assert of.state(bits("output")) is PriceState.RESOLVED


def test_a_fallback_prices_only_what_nothing_else_does_and_is_an_estimate() -> None:
    assert told(rates(GPT, FALLBACK), "output") == ("resolved", PUBLIC, ())
    of = rates(UNKNOWN, FALLBACK)
    assert told(of, "output") == ("estimated", "card/fallback/undated", ())
    assert told(of, "output", "cache_write_1h")[0::2] == ("unpriced", ("cache_write_1h",))


def test_a_contract_after_a_fallback_still_beats_it() -> None:
    assert told(rates(GPT, FALLBACK, CONTRACT), "output")[1] == "card/contract/2026-11-01"


def test_a_literal_zero_is_a_price() -> None:
    of = rates(UNKNOWN, {**CONTRACT, "when": {}, "usd": {"output": 0}})
    assert told(of, "output") == ("resolved", "card/contract/2026-11-01", ())
    assert pico(of, "output") == 0


def test_a_contract_ends_when_it_says() -> None:
    on = [rates(GPT, CONTRACT, at=datetime(2026, month, 1, tzinfo=UTC)) for month in (11, 12)]
    assert [pico(of, "output") for of in on] == [8_000_000, 10_000_000]
    before = rates(GPT, CONTRACT, at=datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC))
    assert pico(before, "output") == 10_000_000


def test_drivers_are_billable_only_where_something_prices_them() -> None:
    call = {"type": "ai.usage.call.v1", "provider": "bing"}
    entry = {"name": "search", "when": {"type": "call"}, "usd": {"requests": 5}, "per": "thousand"}
    assert told(rates(call), "requests") == ("resolved", "", ())
    assert told(rates(call, entry), "requests") == ("resolved", "card/search/undated", ())
    assert pico(rates(call, entry), "requests") == 5_000_000_000


def test_a_public_price_for_a_request_is_its_price() -> None:
    sonar = {**GPT, "provider": "perplexity", "model": "sonar"}
    assert pico(rates(sonar), "requests") == 12_000_000_000


def test_an_hour_of_a_gpu_is_an_exact_ratio() -> None:
    of = rates(GPU, {"name": "h100", "usd": {"gpu_seconds": 3.5}, "per": "hour"})
    assert (of.numerators[quantities().index("gpu_seconds")], of.divisor) == (8_750_000_000, 9)
    assert told(rates(GPU), "gpu_seconds") == ("unpriced", "", ("gpu_seconds",))


def test_only_a_usage_of_a_model_has_public_prices() -> None:
    assert set(rates({**GPT, "type": "ai.usage.call.v1"}).prices) == {None}


def test_thresholds_of_context_are_steps() -> None:
    gemini = {**GPT, "provider": "google", "model": "gemini-2.5-pro"}
    of = schedule(gemini, NOON, ())
    assert of.above == (0, 200_000)
    assert [pico(step, "input_uncached") for step in of.rates] == [1_250_000, 2_500_000]


@pytest.mark.parametrize(
    ("card", "stretch"),
    [
        ([], None),
        ([{**CONTRACT, "when": {}}], (datetime(2026, 11, 1, tzinfo=UTC), DECEMBER)),
        ([{**CONTRACT, "when": {}, "from": None}], (FIRST, DECEMBER)),
        ([{**CONTRACT, "when": {"provider": "anthropic"}}], None),
    ],
)
def test_a_schedule_holds_until_an_entry_that_is_meant_begins_or_ends(
    card: list[Mapping[str, Any]], stretch: tuple[datetime, datetime] | None
) -> None:
    of = schedule(UNKNOWN, NOON, [Rate.model_validate(entry) for entry in card])
    assert (of.holds_from, of.holds_until) == (stretch or (FIRST, LAST))


@given(st.integers(0, 10**9))
def test_a_schedule_is_the_same_as_long_as_it_holds(seconds: int) -> None:
    card = [Rate.model_validate(entry) for entry in (CONTRACT, DISCOUNT, FALLBACK)]
    dimensions = {**GPT, "tier": "batch"}
    of = schedule(dimensions, NOON, card)
    other = of.holds_from + timedelta(seconds=seconds) % (of.holds_until - of.holds_from)
    assert schedule(dimensions, other, card) == of


def test_the_card_says_which_dimensions_decide() -> None:
    card = [Rate.model_validate(entry) for entry in (CONTRACT, DISCOUNT)]
    assert deciding(()) == ("model", "provider", "tier", "type")
    gpu = Rate.model_validate({**DISCOUNT, "when": {"resource": "h100"}})
    assert "resource" in deciding([*card, gpu])


def test_drivers_are_quantities() -> None:
    assert set(DRIVERS) < set(quantities())
