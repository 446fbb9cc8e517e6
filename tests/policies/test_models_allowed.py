"""Which models may be used where."""

from typing import Any

import pytest

from policies.models_allowed import ModelsAllowedSettings
from schemas.ends import Ends
from schemas.rules import Past
from schemas.states import Bucket

PAST = Past(at=1000, costs=(), first=1000, last=1000, since=0)
USAGE = {
    "environment": "production",
    "application": "chat",
    "model": "claude|opus 4",
    "type": "llm",
}
STAGING = {**USAGE, "environment": "staging"}


def allowed(**text: Any) -> ModelsAllowedSettings:
    return ModelsAllowedSettings.model_validate(
        {"name": "approved", "models": ["gpt-4o*", "o3"], "environments": ["prod*"], **text}
    )


def test_its_cut_holds_every_model_of_an_application_in_its_environments() -> None:
    (cut,) = allowed().cuts()

    assert cut.by == ("environment", "application", "model")
    assert cut.series_of(USAGE, USAGE) == "models.approved:production|chat|claude%7Copus%204"
    assert cut.series_of(STAGING, STAGING) is None


def test_without_environments_a_usage_that_names_none_is_watched_too() -> None:
    nameless = {**USAGE, "environment": ""}

    (cut,) = ModelsAllowedSettings(name="approved", models=("gpt-4o*",)).cuts()

    assert cut.series_of(nameless, nameless) == "models.approved:chat|claude%7Copus%204"


@pytest.mark.parametrize(
    ("series", "watched"),
    [
        ("models.approved:production|chat|gpt-4o-mini", False),
        ("models.approved:production|chat|o3", False),
        ("models.approved:production|chat|o3-pro", True),
        ("models.approved:production|chat|claude%7Copus%204", True),
        ("models.other:production|chat|o3-pro", False),
        ("application:chat", False),
    ],
)
def test_only_models_that_are_not_allowed_have_a_rule(series: str, watched: bool) -> None:
    assert (allowed().rule_for(series) is not None) == watched


def test_a_charge_is_found_at_once_and_one_without_cost_at_close() -> None:
    rule = allowed().rule_for("models.approved:production|chat|gpt-5")

    assert rule is not None
    assert rule.ceiling({}, PAST) == 1
    assert rule.verdict({}, PAST, Bucket(charges=1)).breach
    assert rule.verdict({}, PAST, Bucket(cost=1)).breach
    assert rule.ends is Ends.QUIET


def test_it_names_model_and_environment() -> None:
    rule = allowed().rule_for("models.approved:production|chat|gpt-5")

    assert rule is not None
    verdict = rule.verdict({}, PAST, Bucket(charges=12, cost=3_400_000_000))

    assert verdict.reason == "gpt-5 is not allowed in production: 12 charges, $3.40"
    assert verdict.excess == 3_400_000_000
