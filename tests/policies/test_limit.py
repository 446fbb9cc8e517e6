"""A limit over a sliding window, against plain sums."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.limit import Limit, LimitSettings
from schemas.ends import Ends
from schemas.rules import Grain, Past
from schemas.states import Bucket

DOLLAR = 1_000_000_000


def limit(usd: Any = 10, window: str = "5m") -> Limit:
    settings = LimitSettings(name="cap", series=("*",), usd=usd, window=window)
    rule = settings.rule_for("application:chat")
    assert isinstance(rule, Limit)
    return rule


def past(*costs: int) -> Past:
    return Past(at=1000, costs=costs, first=1000 - len(costs), last=999, since=0)


def test_the_ceiling_is_what_the_window_leaves() -> None:
    rule = limit()

    assert rule.ceiling({}, past(9 * DOLLAR, DOLLAR, 0, 2 * DOLLAR, 0)) == 7 * DOLLAR
    assert rule.ceiling({}, past()) == 10 * DOLLAR


def test_a_full_window_is_told_in_dollars() -> None:
    verdict = limit().verdict({}, past(4 * DOLLAR, DOLLAR), Bucket(cost=7 * DOLLAR))

    assert verdict.breach
    assert verdict.excess == 2 * DOLLAR
    assert verdict.reason == "$12.00 in the last 5 minutes; the limit is $10.00"


def test_an_old_burst_in_a_full_window_is_no_news_but_going_on_is() -> None:
    rule, burst = limit(), past(50 * DOLLAR, 0, 0)

    assert not rule.verdict({}, burst, Bucket(cost=2 * DOLLAR - 1)).breach
    assert rule.verdict({}, burst, Bucket(cost=2 * DOLLAR)).breach


@given(
    costs=st.lists(st.integers(0, 40), min_size=1, max_size=60),
    most=st.integers(1, 100),
    length=st.integers(1, 12),
)
def test_a_bucket_is_a_breach_exactly_when_it_fills_its_window_or_goes_on_at_the_limits_pace(
    costs: list[int], most: int, length: int
) -> None:
    rule = Limit(name="cap", grain=Grain.MINUTE, memory=length - 1, limit=most, buckets=length)
    for at, cost in enumerate(costs):
        held = sum(costs[max(0, at - length + 1) : at])
        verdict = rule.verdict({}, past(*costs[:at]), Bucket(cost=cost))

        assert verdict.observed == held + cost
        full, at_pace = held >= most, cost * length >= most
        assert verdict.breach == (at_pace if full else held + cost >= most)


@given(most=st.integers(1, 10**15), length=st.integers(1, 1440), start=st.integers(0, 10**8))
def test_what_is_usual_adds_up_to_the_limit_over_any_window(
    most: int, length: int, start: int
) -> None:
    rule = Limit(name="cap", grain=Grain.MINUTE, memory=length - 1, limit=most, buckets=length)

    assert sum(rule.usual({}, minute) for minute in range(start, start + length)) == most


@pytest.mark.parametrize(
    ("window", "grain", "buckets", "ends"),
    [
        ("1m", Grain.MINUTE, 1, Ends.PACE),
        ("15m", Grain.MINUTE, 15, Ends.PACE),
        ("24h", Grain.MINUTE, 1440, Ends.PACE),
        ("25h", Grain.HOUR, 25, Ends.NEXT),
        ("7d", Grain.HOUR, 168, Ends.NEXT),
    ],
)
def test_windows_to_a_day_slide_by_the_minute_and_longer_ones_by_the_hour(
    window: str, grain: Grain, buckets: int, ends: Ends
) -> None:
    rule = limit(window=window)

    assert (rule.grain, rule.buckets, rule.memory) == (grain, buckets, buckets - 1)
    assert rule.ends is ends


@pytest.mark.parametrize("window", ["0h", "1441m", "169h", "8d", "1.5h", "90", "1w", ""])
def test_other_windows_are_refused(window: str) -> None:
    with pytest.raises(ValidationError):
        limit(window=window)


@pytest.mark.parametrize(
    ("usd", "nano"),
    [("0.1", 100_000_000), (0.1, 100_000_000), ("1234.000000001", 1234 * DOLLAR + 1)],
)
def test_dollars_are_read_exactly(usd: Any, nano: int) -> None:
    assert limit(usd).limit == nano


@pytest.mark.parametrize("usd", [0, -1, "0.0000000001", "1234567.123456789", "NaN", 10**10, True])
def test_amounts_that_are_none_or_too_fine_are_refused(usd: Any) -> None:
    with pytest.raises(ValidationError):
        limit(usd)
