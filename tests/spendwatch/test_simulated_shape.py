"""The simulated day, week and calls look like those that they are shaped after."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spendwatch.simulated import simulate
from spendwatch.simulated.callers import Caller
from spendwatch.simulated.organisation import CALLERS
from spendwatch.simulated.rhythm import SHOPPERS_BY_HOUR, Rhythm
from spendwatch.simulated.spreads import (
    CHANCES,
    CODE,
    CONVERSATION,
    DOCUMENTS,
    Floats,
    Shape,
    Spread,
)

DATA = Path(__file__).parents[2] / "../shared/data"
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
Event = Mapping[str, Any]
TRACES = {
    "azure_llm_2023/code.csv": CODE,
    "azure_llm_2023/conv.csv": CONVERSATION,
    "mooncake_fast25/synthetic.csv": DOCUMENTS,
}
real = pytest.mark.skipif(not DATA.exists(), reason="the real traces are not beside the repository")


@pytest.fixture(scope="module")
def sent() -> dict[str, list[Event]]:
    """A week's events by caller."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in simulate(7, MONDAY, MONDAY + timedelta(days=7), []):
        found[event["id"][2:].rsplit("-", 2)[0]].append(event)
    return found


def units(events: list[Event]) -> Floats:
    """What a caller used in each hour of the week: calls, uses, GPU seconds or seats."""
    hours = np.zeros(168)
    for event in events:
        moment, of = datetime.fromisoformat(event["time"]), event["data"]["quantities"]
        used = of.get("requests") or of.get("uses") or of.get("gpu_seconds") or of.get("seats")
        hours[int((moment - MONDAY) / timedelta(hours=1))] += used
    return hours


def test_every_caller_sends_within_a_week(sent: dict[str, list[Event]]) -> None:
    assert sent.keys() == CALLERS.keys()


@pytest.mark.parametrize("name", [n for n, c in CALLERS.items() if c.rhythm is Rhythm.OFFICE])
def test_offices_rest_at_night_and_at_weekends(sent: dict[str, list[Event]], name: str) -> None:
    days = units(sent[name]).reshape(7, 24)
    assert days[:5, :5].mean() < 0.15 * days[:5, 11:16].mean()
    assert days[5:].mean() < 0.35 * days[:5].mean()


@pytest.mark.parametrize("name", [n for n, c in CALLERS.items() if c.rhythm is Rhythm.SHOPPERS])
def test_shoppers_come_less_at_night_and_at_weekends(
    sent: dict[str, list[Event]], name: str
) -> None:
    days = units(sent[name]).reshape(7, 24)
    assert 0.4 < days[:5, 6:8].mean() / days[:5, 14:18].mean() < 0.75
    assert 0.7 < days[5:].mean() / days[:5].mean() < 1


def test_the_nightly_job_keeps_to_its_hours(sent: dict[str, list[Event]]) -> None:
    days = units(sent["product-copy/nightly"]).reshape(7, 24)
    assert days[:, 4:].sum() == days[:, 0].sum() == 0
    assert (days[:, 2] > 0).all()


def test_machines_send_the_same_day_and_night(sent: dict[str, list[Event]]) -> None:
    for name, caller in CALLERS.items():
        if caller.rhythm is Rhythm.STEADY and caller.every < 3600:
            hours = units(sent[name])
            assert hours.max() == hours.min()


@pytest.mark.parametrize("name", [n for n, c in CALLERS.items() if c.shape])
def test_calls_take_the_stated_tokens_on_average(sent: dict[str, list[Event]], name: str) -> None:
    caller, events = CALLERS[name], sent[name]
    assert caller.shape is not None
    calls = sum(event["data"]["quantities"]["requests"] for event in events)
    prompts = sum(prompt(event) for event in events) / calls
    assert prompts == pytest.approx(caller.shape.prompt.mean, rel=4.5 / calls**0.5)
    shares = np.array([parts(event) for event in events]).sum(0) / sum(map(prompt, events))
    assert shares == pytest.approx((caller.cached, caller.written), abs=0.01)


def prompt(event: Event) -> int:
    """Tokens of an event's prompts."""
    of = event["data"]["quantities"]
    return sum(of.get(name, 0) for name in ("input_uncached", "cache_read", "cache_write_5m"))


def parts(event: Event) -> tuple[int, int]:
    """Tokens read from and written to a cache."""
    of = event["data"]["quantities"]
    return of.get("cache_read", 0), of.get("cache_write_5m", 0)


def test_no_event_looks_like_a_call_with_a_long_context(sent: dict[str, list[Event]]) -> None:
    assert max(prompt(event) for events in sent.values() for event in events) < 200_000


@pytest.mark.parametrize("shape", [CONVERSATION, DOCUMENTS], ids=["conversation", "documents"])
def test_single_calls_have_the_stated_quantiles(sent: dict[str, list[Event]], shape: Shape) -> None:
    tokens = np.array([prompt(event) for event in singles(sent, shape)])
    assert len(tokens) > 500
    error = 4 * 0.5 / len(tokens) ** 0.5  # four standard errors of a share
    for chance, quantile in zip(CHANCES, shape.prompt.quantiles, strict=True):
        assert (tokens < quantile).mean() <= chance + error
        assert (tokens <= quantile + 0.5).mean() >= chance - error


def singles(sent: dict[str, list[Event]], shape: Shape) -> list[Event]:
    """Events of one call each, by callers of that shape."""
    alike: list[Caller] = [caller for caller in CALLERS.values() if caller.shape is shape]
    events = [event for caller in alike for event in sent[caller.name]]
    return [event for event in events if event["data"]["quantities"]["requests"] == 1]


@real
@pytest.mark.parametrize("name", TRACES)
def test_spreads_are_the_quantiles_of_the_real_traces(name: str) -> None:
    trace = np.genfromtxt(DATA / name, delimiter=",", skip_header=1, usecols=(1, 2))
    shape = TRACES[name]
    assert shape.answer is not None
    for tokens, spread in zip(trace.T, (shape.prompt, shape.answer), strict=True):
        assert np.rint(np.quantile(tokens, CHANCES)).tolist() == list(spread.quantiles)
        assert off(tokens, spread) < 0.07


def off(tokens: Floats, spread: Spread) -> float:
    """How far a spread's mean is from the trace's: 16 quantiles cannot hold more than some per
    cent of a mean that a long tail makes."""
    return abs(spread.mean / float(tokens.mean()) - 1)


@real
def test_the_shoppers_day_is_that_of_the_real_clients() -> None:
    trace = np.genfromtxt(DATA / "servegen/m-large.csv", delimiter=",", skip_header=1)
    slots = np.zeros(14 * 144)
    np.add.at(slots, trace[:, 1].astype(int), trace[:, 2])
    hours = slots.reshape(14, 24, 6).sum(2)
    share = (hours / hours.sum(1, keepdims=True)).mean(0)
    assert (share / share.max()).round(3).tolist() == list(SHOPPERS_BY_HOUR)
