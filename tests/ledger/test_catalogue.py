"""Our flat rates against genai-prices' own calculation."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from itertools import product

import numpy as np
import pytest
from genai_prices import Usage, calc_price
from genai_prices.data import providers
from genai_prices.data_units import unit_data
from genai_prices.types import (
    ClauseAnd,
    ClauseOr,
    MatchLogic,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.catalogue import CONTEXTS, Public, public
from ledger.prices import PROMPT, price
from ledger.schedules import schedule
from ledger.validity import dawn
from schemas.cloudevents import TIERS
from schemas.columns import quantities as names

GREAT = ("openai", "anthropic", "google")
LATE = datetime(2026, 11, 20, 12, tzinfo=UTC)
Counts = Mapping[str, int]


def texts(match: MatchLogic) -> list[str]:
    """Texts of a match, one of which is a name of the model."""
    if isinstance(match, ClauseOr | ClauseAnd):
        inner = match.or_ if isinstance(match, ClauseOr) else match.and_
        return [text for each in inner for text in texts(each)]
    return [str(text) for text in vars(match).values()]


def called(provider: Provider, model: ModelInfo) -> str:
    """A name by which the provider's model is found: seldom not its id."""
    tried = (model.id, *texts(model.match))
    return next(name for name in tried if provider.find_model(name) is model)


MODELS = [(of.id, called(of, model), model) for of in providers for model in of.models]


def reported(counts: Counts) -> Usage:
    """Disjoint quantities as the totals and subsets that genai-prices wants, all of them said."""
    of = {name: counts.get(name, 0) for name in names()}
    totals = {
        "input_tokens": sum(of[name] for name in PROMPT),
        "cache_read_tokens": of["cache_read"],
        "cache_write_tokens": of["cache_write_5m"] + of["cache_write_1h"],
        "cache_write_5m_tokens": of["cache_write_5m"],
        "cache_write_1h_tokens": of["cache_write_1h"],
        "input_audio_tokens": of["audio_in"],
        "input_image_tokens": of["image_in"],
        "output_tokens": of["output"] + of["reasoning"] + of["audio_out"],
        "output_reasoning_tokens": of["reasoning"],
        "output_audio_tokens": of["audio_out"],
    }
    return Usage(**{key: totals.get(key, 0) for key in unit_data if key != "requests"})


def theirs(provider: str, model: str, tier: str, at: datetime, counts: Counts) -> int:
    """Its own price in nano-dollars, rounded half to even."""
    found = calc_price(
        reported(counts),
        model,
        provider_id=provider,
        genai_request_timestamp=at,
        price_context=CONTEXTS.get(tier),
    )
    with localcontext(prec=50):
        return int((found.total_price * 10**9).to_integral_value("ROUND_HALF_EVEN"))


def ours(cases: Sequence[tuple[str, str, str, datetime, Counts]]) -> list[int]:
    """Our prices of all cases in one batch."""
    schedules = [
        schedule({"type": "llm", "provider": provider, "model": model, "tier": tier}, at, ())
        for provider, model, tier, at, _ in cases
    ]
    rows = [[counts.get(name, 0) for name in names()] for *_, counts in cases]
    quantities = np.array(rows, dtype=np.int64).reshape(len(rows), len(names()))
    priced = price(quantities, schedules, np.arange(len(cases)))
    assert set(priced.state.tolist()) <= {0}
    cost: list[int] = priced.cost.tolist()
    return cost


def moments(model: ModelInfo) -> Sequence[datetime]:
    """Before and after each dated change of the model, and some times of a late day."""
    dated = [] if isinstance(model.prices, ModelPrice) else model.prices
    bounds = [each.constraint for each in (*dated, *(model.price_variants or ()))]
    days = [dawn(each.start_date) for each in bounds if isinstance(each, StartDateConstraint)]
    around = [
        day + shift for day in set(days) for shift in (-timedelta(microseconds=1), timedelta())
    ]
    return [datetime(2024, 1, 1, tzinfo=UTC), *sorted(around), LATE]


def found(provider: str, model: str, tier: str, at: datetime) -> Public:
    listed = public(provider, model, tier, at)
    assert listed is not None
    return listed


def prompts(of: Public) -> Iterator[Counts]:
    """Usages at and just above each threshold, with every quantity that has a rate."""
    priced = {
        name: 7 * place + 3 for place, name in enumerate(names()) if name in of.steps[0].rates
    }
    priced |= {"requests": 1}
    fixed = sum(priced.get(name, 0) for name in PROMPT if name != "input_uncached")
    for step in of.steps:
        for tokens in (step.above, step.above + 1):
            yield {**priced, "input_uncached": max(tokens - fixed, 0)}


@pytest.mark.parametrize("provider", GREAT)
def test_every_model_of_the_great_three_costs_what_genai_prices_says(provider: str) -> None:
    models = [(name, model) for listed, name, model in MODELS if listed == provider]
    cases = [
        (provider, name, tier, at, counts)
        for (name, model), tier in product(models, TIERS)
        for at in moments(model)
        for of in [found(provider, name, tier, at)]
        if "input_uncached" in of.steps[0].rates
        for counts in prompts(of)
    ]
    assert len({case[1] for case in cases}) > 0.9 * len(models)
    assert ours(cases) == [theirs(*case) for case in cases]


def test_every_model_of_every_provider_costs_what_genai_prices_says() -> None:
    cases = [
        (provider, name, "standard", LATE, counts)
        for provider, name, _ in MODELS
        for of in [found(provider, name, "standard", LATE)]
        if "input_uncached" in of.steps[0].rates
        for counts in prompts(of)
    ]
    assert ours(cases) == [theirs(*case) for case in cases]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(
    ("provider", "model"), [("azure", "gpt-4o-mini"), ("google", "claude-2"), ("azure", "gpt-5.2")]
)
def test_a_model_of_another_list_costs_what_genai_prices_says(
    provider: str, model: str, tier: str
) -> None:
    case = (provider, model, tier, LATE, {"input_uncached": 1234, "cache_read": 99, "output": 567})
    assert ours([case]) == [theirs(*case)]


few = st.integers(0, 5000)
many = few | st.integers(0, 10**6) | st.sampled_from([0, 199_999, 200_000, 200_001, 272_001])
counts_of = st.fixed_dictionaries(dict.fromkeys(names()[:9], many))
times = st.datetimes(datetime(2023, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([each for each in MODELS if each[0] in GREAT]), st.data())
def test_any_usage_of_the_great_three_costs_what_genai_prices_says(
    listed: tuple[str, str, ModelInfo], data: st.DataObject
) -> None:
    provider, model, info = listed
    tier = data.draw(st.sampled_from(TIERS))
    at = data.draw(st.sampled_from(moments(info)) | times)
    rates = found(provider, model, tier, at).steps[0].rates
    drawn = data.draw(counts_of)
    counts = {name: count for name, count in drawn.items() if name in rates} | {"requests": 1}
    case = (provider, model, tier, at, counts)
    assert ours([case]) == [theirs(*case)]


@given(st.sampled_from([each for each in MODELS if each[0] == "deepseek"]), times)
def test_prices_by_the_hour_hold_exactly_as_long_as_they_say(
    listed: tuple[str, str, ModelInfo], at: datetime
) -> None:
    provider, model, _ = listed
    now = found(provider, model, "standard", at)
    assert now.holds_from <= at < now.holds_until
    counts = {"input_uncached": 123_457, "output": 77_777, "requests": 1}
    for edge in (now.holds_from, now.holds_until - timedelta(microseconds=1)):
        assert found(provider, model, "standard", edge).steps == now.steps
        assert (
            theirs(provider, model, "standard", edge, counts)
            == ours([(provider, model, "standard", at, counts)])[0]
        )


def test_deepseek_costs_more_by_day_than_by_night() -> None:
    day = found("deepseek", "deepseek-chat", "standard", LATE)
    night = found("deepseek", "deepseek-chat", "standard", LATE.replace(hour=17))
    assert day.holds_until == LATE.replace(hour=16, minute=30) == night.holds_from
    assert day.steps[0].rate_id.endswith("/undatedT00:30/standard/0")
    assert night.steps[0].rate_id.endswith("/undatedT16:30/standard/0")


def all_prices() -> Iterator[tuple[str, str, Public]]:
    for (provider, name, model), tier in product(MODELS, TIERS):
        if tier == "standard" or model.price_variants:
            for at in moments(model):
                yield provider, name, found(provider, name, tier, at)


def test_every_public_rate_is_exact_and_nearly_all_are_whole_pico_dollars() -> None:
    broken = set()
    for provider, model, of in all_prices():
        for step in of.steps:
            for rate in step.rates.values():
                assert 0 <= rate < 10**12
                if rate.denominator > 1:
                    assert 10**12 % rate.denominator == 0
                    broken.add((provider, model))
    assert {provider for provider, *_ in broken} == {"openrouter", "huggingface_together"}
    assert len(broken) < 30


def test_a_rate_id_names_one_set_of_rates() -> None:
    named: dict[str, object] = {}
    for _, _, of in all_prices():
        for step in of.steps:
            assert named.setdefault(step.rate_id, step.rates) == step.rates


def test_thresholds_are_above_zero() -> None:
    for _, _, of in all_prices():
        above = [step.above for step in of.steps]
        assert above[0] == 0 < len(above) and above == sorted(set(above))


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "gpt-9-imaginary"), ("nobody", "gpt-4o"), ("", ""), ("openai", "")],
)
def test_what_the_catalogue_does_not_know_has_no_price(provider: str, model: str) -> None:
    assert public(provider, model, "standard", LATE) is None


@pytest.mark.parametrize(
    ("provider", "model", "listed"),
    [
        ("openai", "gpt-4o-2024-11-20", "openai/gpt-4o"),
        ("vertex_ai", "gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("google", "claude-2", "anthropic/claude-2"),
        ("litellm", "anthropic/claude-2", "anthropic/claude-2"),
    ],
)
def test_a_model_is_known_by_its_other_names(provider: str, model: str, listed: str) -> None:
    assert f"/{listed}/" in found(provider, model, "standard", LATE).steps[0].rate_id


def test_a_tier_has_its_own_price_from_the_day_it_is_listed() -> None:
    before = found("openai", "gpt-4.1", "batch", datetime(2026, 10, 13, tzinfo=UTC)).steps[0]
    after = found("openai", "gpt-4.1", "batch", datetime(2026, 10, 14, tzinfo=UTC)).steps[0]
    assert before.rate_id.endswith("/openai/gpt-4.1/undated/standard/0")
    assert after.rate_id.endswith("/openai/gpt-4.1/2026-10-14/batch/0")
    assert after.rates["output"] == before.rates["output"] / 2


def test_a_known_price_by_hand() -> None:
    """Claude Sonnet 4.5: 20k uncached, 60k read, 10k written for 5 min, 10k for 1 h, 2k out."""
    counts = {
        "input_uncached": 20_000,
        "cache_read": 60_000,
        "cache_write_5m": 10_000,
        "cache_write_1h": 10_000,
        "output": 2_000,
    }
    usd = Decimal("0.06") + Decimal("0.018") + Decimal("0.0375") + Decimal("0.06") + Decimal("0.03")
    assert ours([("anthropic", "claude-sonnet-4-5", "standard", LATE, counts)]) == [usd * 10**9]
