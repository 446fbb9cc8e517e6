"""What every policy promises, whatever it watches; a new one is added to SET."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import TypeAdapter

from policies import PolicySettings
from schemas.rules import Grain, Memory, Past, Rule
from schemas.states import Bucket, Model

SET: tuple[dict[str, Any], ...] = (
    {"kind": "limit", "name": "quarter", "series": "*", "usd": "2.50", "window": "15m"},
    {"kind": "limit", "name": "two-days", "series": "*", "usd": 100, "window": "2d"},
    {"kind": "growth", "name": "tripled", "series": "*", "window": "2h", "floor_usd": "0.01"},
    {"kind": "models_allowed", "name": "approved", "models": "gpt-4o*"},
    {"kind": "price_per_call", "name": "dear", "series": "*", "usd": "0.02", "calls": 5},
    {"kind": "price_per_call", "name": "each", "series": "*", "usd": 1, "grain": "minute"},
    {"kind": "share", "of": "unowned", "name": "orphans", "series": "*", "percent": "2.5"},
    {"kind": "share", "of": "unpriced", "name": "gaps", "series": "*", "percent": 5, "charges": 9},
)
SERIES = "models.approved:chat|claude-opus"
ADAPTER: TypeAdapter[Any] = TypeAdapter(PolicySettings)
RULES: tuple[Rule, ...] = tuple(ADAPTER.validate_python(text).rule_for(SERIES) for text in SET)
DILUTED = ("share",)
"""Causes that cost can calm: more of what is owned makes the share of what is not smaller."""

UNMETERED = ("models_allowed",)
"""Causes that also find, at close, what costs nothing; the ceiling of all others decides alone."""

LEARNING = ("growth",)
"""Causes that keep something of the past, to count what burns above it."""

NOTHING: Memory = {}
every = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
money = st.one_of(st.just(0), st.integers(1, 10_000), st.integers(1, 10**11))
runs = st.lists(st.tuples(money, st.integers(1, 60)), max_size=8)


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    """Up to 480 closed buckets, in runs of equal cost."""
    costs = [cost for cost, length in draw(runs) for _ in range(length)]
    at = draw(st.integers(490_000, 500_000))
    return Past(at=at, costs=costs, first=at - len(costs), last=at, since=at - 1000)


@st.composite
def buckets(draw: st.DrawFn) -> Bucket:
    """Any bucket that the meter could have filled."""
    cost, charges = draw(money), draw(st.integers(0, 50))
    return Bucket(
        cost=cost,
        charges=charges,
        unpriced=draw(st.integers(0, charges)),
        unowned=draw(st.integers(0, cost)),
        quantities={"requests": draw(st.integers(0, 50))},
    )


def test_every_kind_of_the_rulebook_is_in_this_suite() -> None:
    kinds = ADAPTER.json_schema()["discriminator"]["mapping"]

    assert set(kinds) == {text["kind"] for text in SET}


@every
def test_its_cause_is_its_kind_and_its_name_the_rulebooks(rule: Rule) -> None:
    text = next(text for text in SET if text["name"] == rule.name)

    assert rule.cause == text["kind"]


@every
@settings(max_examples=30)
@given(past=pasts(), bucket=buckets())
def test_the_same_input_gives_the_same_verdict_and_stays_as_it_was(
    rule: Rule, past: Past, bucket: Bucket
) -> None:
    before = deepcopy((past, bucket))

    said = [rule.verdict(NOTHING, past, bucket) for _ in range(2)]
    ceilings = [rule.ceiling(NOTHING, past) for _ in range(2)]

    assert (past, bucket) == before
    assert said[0] == said[1]
    assert ceilings[0] == ceilings[1]


@every
@settings(max_examples=30)
@given(past=pasts(), bucket=buckets(), learnt=st.lists(money, max_size=30))
def test_what_it_learns_changes_no_verdict(
    rule: Rule, past: Past, bucket: Bucket, learnt: list[int]
) -> None:
    memory: dict[str, Model] = {}
    for at, cost in enumerate(learnt, start=past.at - len(learnt)):
        memory |= rule.learn(memory, past._replace(at=at), Bucket(cost=cost))

    assert rule.ceiling(memory, past) == rule.ceiling(NOTHING, past)
    assert rule.verdict(memory, past, bucket) == rule.verdict(NOTHING, past, bucket)
    assert rule.cause in LEARNING or memory == {}
    assert rule.taught(memory, learnt) == {}


@every
@settings(max_examples=30)
@given(past=pasts(), bucket=buckets())
def test_a_cost_that_reaches_the_ceiling_is_a_breach(
    rule: Rule, past: Past, bucket: Bucket
) -> None:
    ceiling = rule.ceiling(NOTHING, past)
    if ceiling is None:
        return
    just, more = max(ceiling, 0), max(ceiling, 0) + bucket.cost

    assert rule.verdict(NOTHING, past, replace(bucket, cost=just)).breach
    assert rule.verdict(NOTHING, past, replace(bucket, cost=more)).breach


@every
@settings(max_examples=30)
@given(past=pasts(), bucket=buckets())
def test_under_the_ceiling_only_charges_without_cost_are_a_breach(
    rule: Rule, past: Past, bucket: Bucket
) -> None:
    ceiling = rule.ceiling(NOTHING, past)
    if ceiling is None or ceiling <= 0:
        return
    under = [replace(bucket, cost=cost) for cost in (min(bucket.cost, ceiling - 1), ceiling - 1)]
    found = [one for one in under if rule.verdict(NOTHING, past, one).breach]

    assert all(one.cost == 0 and one.charges > 0 for one in found)
    assert not found or rule.cause in UNMETERED


@every
@settings(max_examples=60)
@given(past=pasts(), given_=st.lists(buckets(), min_size=1, max_size=59))
def test_what_costs_less_than_it_rests_by_is_no_breach(
    rule: Rule, past: Past, given_: list[Bucket]
) -> None:
    left, costs = rule.rests(NOTHING, past), list(past.costs)
    for number, one in enumerate(given_):
        if left <= 0 or rule.grain is not Grain.MINUTE:
            return
        bucket = replace(one, cost=min(one.cost, left - 1))
        now = past._replace(at=past.at + number, costs=costs[max(0, len(costs) - rule.memory) :])
        assert not rule.verdict(NOTHING, now, bucket).breach or not bucket.cost
        left -= bucket.cost
        costs.append(bucket.cost)


@every
@settings(max_examples=30)
@given(length=st.integers(0, 480), bucket=buckets())
def test_where_nothing_was_spent_an_empty_bucket_is_no_breach(
    rule: Rule, length: int, bucket: Bucket
) -> None:
    idle = Past(at=490_000, costs=[0] * length, first=490_000 - length, last=489_000, since=0)

    ceiling = rule.ceiling(NOTHING, idle)

    assert ceiling is None or ceiling > 0
    assert not rule.verdict(NOTHING, idle, Bucket()).breach


@every
@settings(max_examples=30)
@given(past=pasts(), bucket=buckets(), more=money)
def test_more_cost_is_never_less_a_breach(
    rule: Rule, past: Past, bucket: Bucket, more: int
) -> None:
    if rule.cause in DILUTED:
        return
    dearer = replace(bucket, cost=bucket.cost + more)

    less, greater = rule.verdict(NOTHING, past, bucket), rule.verdict(NOTHING, past, dearer)

    assert greater.breach >= less.breach
    assert greater.excess >= less.excess


@every
@settings(max_examples=30)
@given(past=pasts(), bucket=buckets())
def test_a_verdict_gives_its_reason_in_numbers(rule: Rule, past: Past, bucket: Bucket) -> None:
    verdict = rule.verdict(NOTHING, past, bucket)

    assert any(sign.isdigit() for sign in verdict.reason)
    assert 0 <= verdict.low <= verdict.expected <= verdict.high
    assert verdict.window >= 1
    assert verdict.excess >= 0 or not verdict.breach


@every
@settings(max_examples=30)
@given(past=pasts(), bucket=buckets())
def test_it_sees_no_further_back_than_its_memory(rule: Rule, past: Past, bucket: Bucket) -> None:
    recent = past._replace(costs=past.costs[max(0, len(past.costs) - rule.memory) :])

    assert rule.ceiling(NOTHING, recent) == rule.ceiling(NOTHING, past)
    assert rule.verdict(NOTHING, recent, bucket) == rule.verdict(NOTHING, past, bucket)


@every
@given(minute=st.integers(0, 10**8))
def test_what_is_usual_is_never_negative(rule: Rule, minute: int) -> None:
    assert rule.usual(NOTHING, minute) >= 0


@every
def test_watch_keeps_as_many_buckets_as_it_wants(rule: Rule) -> None:
    kept = {Grain.MINUTE: 2 * 1440, Grain.HOUR: 56 * 24}

    assert 0 <= rule.memory < kept[rule.grain]


@every
def test_it_says_nothing_of_series_that_it_was_not_given(rule: Rule) -> None:
    text = next(text for text in SET if text["name"] == rule.name)
    narrowed = {**text, "series": "application:search"} if "series" in text else text

    assert ADAPTER.validate_python(narrowed).rule_for("application:chat") is None
