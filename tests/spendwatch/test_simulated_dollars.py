"""What the simulated organisation costs: by public prices, a day, and when something goes wrong."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from genai_prices import Usage, calc_price

from spendwatch.simulated import Kind, Overrun, demo_overruns, fortnight_overruns, simulate
from spendwatch.simulated.organisation import CALLERS, TREE
from spendwatch.simulated.prices import (
    BATCH,
    FEATURE_USE,
    GPU_HOUR,
    PRICES,
    SEAT_DAY,
    VENDOR_CALL,
)

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
Event = Mapping[str, Any]
PRODUCTS = {"gpu_seconds": GPU_HOUR / 3600, "seats": SEAT_DAY, "uses": FEATURE_USE}


@cache
def public_usd(provider: str, model: str, tier: str, **tokens: int) -> float:
    """Dollars by genai-prices on the simulated days."""
    found = calc_price(
        Usage(**tokens),
        model_ref=model,
        provider_id=provider,
        genai_request_timestamp=MONDAY,
        price_context={"processing": "batch"} if tier == "batch" else None,
    )
    return float(found.total_price)


@cache
def each_usd(provider: str, model: str, tier: str) -> Mapping[str, float]:
    """Dollars a token by public prices; no event passes the context where prices jump."""

    def thousand(**tokens: int) -> float:
        return public_usd(provider, model, tier, **tokens) / 1000

    caches = PRICES[provider, model].read > 0
    writes = PRICES[provider, model].write > 0
    return {
        "input_uncached": thousand(input_tokens=1000),
        "cache_read": thousand(input_tokens=1000, cache_read_tokens=1000) if caches else 0,
        "cache_write_5m": thousand(input_tokens=1000, cache_write_tokens=1000) if writes else 0,
        "output": thousand(output_tokens=1000),
        "reasoning": thousand(output_tokens=1000),
    }


def usd(event: Event) -> float:
    """What an event costs."""
    data: Mapping[str, str] = event["data"]
    quantities: Mapping[str, int] = event["data"]["quantities"]
    if "model" in data:
        each = each_usd(data["provider"], data["model"], data["tier"])
        return sum(each[name] * n for name, n in quantities.items() if name != "requests")
    if event["type"] == "ai.usage.call.v1":
        return quantities["requests"] * VENDOR_CALL * (data["provider"] != "gpu-pool")
    return sum(PRODUCTS[name] * number for name, number in quantities.items())


def by_application(events: Iterable[Event]) -> dict[str, float]:
    """Dollars of each application."""
    spent: dict[str, float] = defaultdict(float)
    for event in events:
        spent[event["data"]["application"]] += usd(event)
    return spent


def between(start: datetime, end: datetime, *overruns: Overrun) -> dict[tuple[str, str], Event]:
    """Events by identity."""
    events = simulate(7, start, end, overruns)
    return {(event["source"], event["id"]): event for event in events}


@pytest.fixture(scope="module")
def weekdays() -> list[list[Event]]:
    """The first five days, one list each."""
    return [list(simulate(7, MONDAY + n * DAY, MONDAY + (n + 1) * DAY, [])) for n in range(5)]


@pytest.mark.parametrize(("provider", "model"), PRICES)
def test_prices_are_the_public_ones(provider: str, model: str) -> None:
    price, each = PRICES[provider, model], each_usd(provider, model, "standard")
    told = {name: round(dollars * 1e6, 6) for name, dollars in each.items()}
    assert (told["input_uncached"], told["output"]) == (price.prompt, price.answer)
    assert (told["cache_read"], told["cache_write_5m"]) == (price.read, price.write)


def test_the_batch_tier_is_cheaper_by_its_share() -> None:
    batch, standard = (each_usd("openai", "gpt-4o-mini", tier) for tier in ("batch", "standard"))
    assert batch["input_uncached"] == pytest.approx(BATCH * standard["input_uncached"])
    assert batch["output"] == pytest.approx(BATCH * standard["output"])


def test_applications_cost_what_is_stated_a_weekday(weekdays: list[list[Event]]) -> None:
    stated: dict[str, float] = defaultdict(float)
    for caller in CALLERS.values():
        stated[caller.application] += caller.weekday_usd
    spent = by_application(event for day in weekdays for event in day)
    assert spent.keys() == stated.keys()
    for application, expected in stated.items():
        assert spent[application] / 5 == pytest.approx(expected, rel=0.12), application
        assert 5 <= expected <= 60, application


def test_a_usual_week_has_no_quarter_of_an_hour_far_beyond_the_weeks_before() -> None:
    dearest: dict[tuple[str, int], float] = defaultdict(float)
    for week in range(3):
        for (application, _), spent in quarters(MONDAY + week * 7 * DAY).items():
            dearest[application, week] = max(dearest[application, week], spent)
    for application in {name for name, _ in dearest}:
        before = max(dearest[application, 0], dearest[application, 1])
        assert dearest[application, 2] < 1.35 * before, application


def quarters(start: datetime) -> dict[tuple[str, str], float]:
    """Dollars of each application's quarters of an hour in the week from then."""
    spent: dict[tuple[str, str], float] = defaultdict(float)
    for event in simulate(7, start, start + 7 * DAY, []):
        quarter = f"{event['time'][:13]}.{int(event['time'][14:16]) // 15}"
        spent[event["data"]["application"], quarter] += usd(event)
    return spent


def added(overrun: Overrun) -> float:
    """Dollars that an overrun adds, and that it changes nothing but its owner's within its time."""
    start, end = overrun.start - 30 * MINUTE, overrun.end + 30 * MINUTE
    usual, hurt = between(start, end), between(start, end, overrun)
    changed = list(differing(usual, hurt))
    times = [datetime.fromisoformat(event["time"]) for event in changed]
    assert overrun.start <= min(times)
    assert max(times) < overrun.end
    assert {event["data"]["application"] for event in changed} == {overrun.owner}
    return sum(map(usd, hurt.values())) - sum(map(usd, usual.values()))


def differing(usual: Mapping[Any, Event], hurt: Mapping[Any, Event]) -> Iterator[Event]:
    """Events that came, went or changed."""
    for identity in usual.keys() | hurt.keys():
        if usual.get(identity) != hurt.get(identity):
            yield hurt.get(identity) or usual[identity]


FORTNIGHT = fortnight_overruns(MONDAY)


@pytest.mark.parametrize("overrun", FORTNIGHT, ids=lambda overrun: overrun.kind)
def test_an_overrun_of_the_fortnight_adds_what_is_stated_and_nothing_else(
    overrun: Overrun,
) -> None:
    assert added(overrun) == pytest.approx(overrun.usd, rel=0.12)


@pytest.mark.parametrize("hour", [3, 10])
def test_the_demo_adds_what_is_stated_whatever_the_hour(hour: int) -> None:
    for overrun in demo_overruns(MONDAY + hour * HOUR):
        assert added(overrun) == pytest.approx(overrun.usd, rel=0.2, abs=0.05), overrun.kind


def test_a_runaway_loop_burns_many_times_the_usual_minute() -> None:
    loop = next(one for one in FORTNIGHT if one.kind is Kind.RUNAWAY_LOOP)
    usual = by_application(between(loop.start, loop.end).values())[loop.owner]
    assert 10 < loop.usd / usual < 30


def test_silence_saves_money_and_all_else_costs() -> None:
    assert all((one.usd < 0) == (one.kind is Kind.SILENT_FEED) for one in FORTNIGHT)


def test_every_application_that_calls_has_a_place_in_the_tree() -> None:
    placed = {name for services in TREE.values() for names in services.values() for name in names}
    calling = {caller.application for caller in CALLERS.values()}
    assert calling == placed | {"gpu-pool"}
