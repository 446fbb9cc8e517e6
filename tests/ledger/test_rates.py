from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.rates import Card, Rate

CARD: TypeAdapter[tuple[Rate, ...]] = TypeAdapter(Card)
EXAMPLE = """
- {name: openai-contract, when: {provider: openai, model: "gpt-4o*"}, from: 2026-01-01,
   until: 2027-01-01, usd: {input_uncached: 2.00, output: 8.00}, per: million}
- {name: openai-discount, when: {provider: openai}, discount_percent: 15}
- {name: h100, when: {type: gpu, resource: h100}, usd: {gpu_seconds: 3.50}, per: hour}
- {name: copilot, when: {type: seat, product: copilot}, usd: {seats: 19.00}, per: unit}
- {name: search, when: {type: call, provider: bing}, usd: {requests: 5.00}, per: thousand}
- {name: summaries, when: {type: feature, feature: summarise}, usd: {uses: 0.02}, per: unit}
- {name: default-llm, when: {type: llm}, usd: {output: 3}, per: million, fallback: true}
"""


def rate(**fields: Any) -> Rate:
    return Rate.model_validate({"name": "x", "usd": {"output": 1}, "per": "million", **fields})


def test_a_card_reads_from_yaml_with_exact_prices() -> None:
    contract, _, gpu, seat, call, feature, _ = CARD.validate_python(yaml.safe_load(EXAMPLE))
    assert contract.pico("output") == 8_000_000
    assert gpu.pico("gpu_seconds") == Fraction(3_500_000_000_000, 3600)
    assert seat.pico("seats") == 19 * 10**12
    assert call.pico("requests") == 5_000_000_000
    assert feature.pico("uses") == 20_000_000_000


def test_a_rate_is_called_by_its_name_and_first_day() -> None:
    contract, discount, *_ = CARD.validate_python(yaml.safe_load(EXAMPLE))
    assert contract.rate_id == "card/openai-contract/2026-01-01"
    assert discount.rate_id == "card/openai-discount/undated"


@given(st.decimals(min_value=0, max_value=100, places=6))
def test_a_price_written_in_yaml_never_passes_through_binary_fractions(price: Decimal) -> None:
    read = rate(usd=yaml.safe_load(f"{{output: {price:f}}}"))
    assert read.pico("output") == Fraction(price) * 10**6


@pytest.mark.parametrize("price", ["0.1234567890123", "1234567.123456789", "9000000.01", "-0.01"])
def test_a_price_that_a_double_may_not_hold_or_that_makes_no_sense_is_refused(price: str) -> None:
    with pytest.raises(ValidationError):
        rate(usd=yaml.safe_load(f"{{output: {price}}}"))


def test_reasoning_is_billed_as_output_unless_it_is_priced_apart() -> None:
    assert rate(usd={"output": 2}).pico("reasoning") == 2_000_000
    assert rate(usd={"output": 2, "reasoning": 0}).pico("reasoning") == 0
    assert rate(usd={"input_uncached": 2}).pico("reasoning") is None


def test_a_rate_holds_from_its_first_day_until_the_day_before_its_last() -> None:
    dated = rate(**{"from": date(2026, 1, 1), "until": date(2026, 2, 1)})
    assert not dated.holds(date(2025, 12, 31))
    assert dated.holds(date(2026, 1, 1))
    assert dated.holds(date(2026, 1, 31))
    assert not dated.holds(date(2026, 2, 1))
    assert rate().holds(date(1, 1, 1))


@pytest.mark.parametrize(
    "fields",
    [
        {"usd": None, "per": None},
        {"discount_percent": 10},
        {"per": None},
        {"usd": {}},
        {"usd": {"tokens": 1}},
        {"usd": {"output": True}},
        {"usd": {"output": float("nan")}},
        {"usd": {"output": float("inf")}},
        {"usd": {"output": "free"}},
        {"per": "day"},
        {"per": "hour"},
        {"usd": None, "per": None, "discount_percent": 101},
        {"usd": None, "per": None, "discount_percent": 10, "fallback": True},
        {"from": date(2026, 2, 1), "until": date(2026, 2, 1)},
        {"from": 20260101},
        {"from": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"name": "a/b"},
        {"name": "a+b"},
        {"when": {"region": "eu"}},
        {"currency": "EUR"},
    ],
)
def test_an_entry_that_says_nothing_or_two_things_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rate(**fields)


def test_two_entries_with_one_id_are_refused() -> None:
    entry = {"name": "x", "discount_percent": 5}
    with pytest.raises(ValidationError, match="card/x/undated"):
        CARD.validate_python([entry, entry])
    assert CARD.validate_python([entry, {**entry, "from": date(2026, 1, 1)}])


def test_a_price_may_be_thousands_of_dollars_and_as_exact_as_a_double() -> None:
    seats = {"name": "seats", "when": {"type": "seat"}, "per": "unit"}
    [price] = (Rate.model_validate({**seats, "usd": {"seats": 1250.75}}).usd or {}).values()
    assert price == Decimal("1250.75")
    with pytest.raises(ValidationError, match="15 digits"):
        Rate.model_validate({**seats, "usd": {"seats": "1250.123456789012"}})
