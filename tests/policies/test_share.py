"""How much nobody owns, how much has no price."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from policies.share import ShareSettings
from schemas.ends import Ends
from schemas.rules import Grain, Past, Rule
from schemas.states import Bucket

DOLLAR = 1_000_000_000
PAST = Past(at=1000, costs=(), first=1000, last=1000, since=0)
ADAPTER: TypeAdapter[Any] = TypeAdapter(ShareSettings)


def share(**text: Any) -> Rule:
    settings = ADAPTER.validate_python({"kind": "share", "name": "gaps", "percent": 5, **text})
    rule = settings.rule_for("organisation:acme")
    assert rule is not None
    return rule  # type: ignore[no-any-return]


def test_unowned_cost_above_the_percentage_is_a_breach() -> None:
    bucket = Bucket(cost=1200 * DOLLAR, unowned=340 * DOLLAR)

    verdict = share(of="unowned").verdict({}, PAST, bucket)

    assert verdict.breach
    assert (verdict.observed, verdict.expected) == (340 * DOLLAR, 60 * DOLLAR)
    assert verdict.reason == "$340.00 of $1,200.00 has no owner: 28.3 %, at most 5 %"


def test_the_percentage_itself_is_allowed() -> None:
    rule = share(of="unowned")

    assert not rule.verdict({}, PAST, Bucket(cost=100 * DOLLAR, unowned=5 * DOLLAR)).breach
    assert rule.verdict({}, PAST, Bucket(cost=100 * DOLLAR, unowned=5 * DOLLAR + 1)).breach


def test_an_hour_under_the_floor_says_nothing() -> None:
    rule = share(of="unowned", floor_usd="50")

    assert not rule.verdict({}, PAST, Bucket(cost=50 * DOLLAR - 1, unowned=50 * DOLLAR - 1)).breach
    assert rule.verdict({}, PAST, Bucket(cost=50 * DOLLAR, unowned=50 * DOLLAR)).breach


def test_unpriced_charges_are_counted_as_they_have_no_dollars() -> None:
    rule = share(of="unpriced", percent="12.5", charges=40)

    verdict = rule.verdict({}, PAST, Bucket(charges=40, unpriced=6))

    assert verdict.breach
    assert verdict.observed == verdict.excess == 0
    assert verdict.reason == "6 of 40 charges without a price: 15.0 %, at most 12.5 %"
    assert not rule.verdict({}, PAST, Bucket(charges=40, unpriced=5)).breach
    assert not rule.verdict({}, PAST, Bucket(charges=39, unpriced=39)).breach


@pytest.mark.parametrize(
    "wrong",
    [
        {"of": "unowned", "charges": 5},
        {"of": "unpriced", "floor_usd": 5},
        {"of": "unowned", "percent": 0},
        {"of": "unowned", "percent": 100},
        {"of": "free"},
        {},
    ],
)
def test_each_share_has_its_own_floor(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        share(**wrong)


@pytest.mark.parametrize("of", ["unowned", "unpriced"])
def test_only_a_closed_hour_can_tell_and_the_next_one_calms_it(of: str) -> None:
    rule = share(of=of)

    assert rule.ceiling({}, PAST) is None
    assert (rule.grain, rule.ends) == (Grain.HOUR, Ends.NEXT)


def test_it_watches_the_organisation_unless_told_otherwise() -> None:
    settings = ADAPTER.validate_python(
        {"kind": "share", "name": "gaps", "of": "unowned", "percent": 5}
    )

    assert settings.rule_for("business_unit:retail") is None
