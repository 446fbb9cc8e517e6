from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.cloudevents import REQUIRED
from schemas.match import KINDS, Match, kind

CHAT = {
    "type": "ai.usage.llm.v1",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "application": "chat",
    "tier": "batch",
}


def match(**globs: Any) -> Match:
    return Match.model_validate(globs)


def test_an_empty_match_matches_all() -> None:
    assert match().matches(CHAT)
    assert match().matches({})


@pytest.mark.parametrize(
    "globs",
    [
        {"provider": "openai"},
        {"model": "gpt-4o*"},
        {"model": ["o1", "gpt-4o-????"]},
        {"type": "llm", "tier": ["batch", "flex"]},
        {"environment": ""},
    ],
)
def test_every_named_dimension_must_match_one_of_its_globs(globs: Mapping[str, Any]) -> None:
    assert match(**globs).matches(CHAT)


@pytest.mark.parametrize(
    "globs",
    [
        {"provider": "OpenAI"},
        {"model": "gpt-4o"},
        {"provider": "openai", "application": "search"},
        {"type": "gpu"},
        {"environment": "?*"},
    ],
)
def test_one_dimension_that_differs_is_enough_to_not_match(globs: Mapping[str, Any]) -> None:
    assert not match(**globs).matches(CHAT)


@given(st.sampled_from(sorted(REQUIRED)))
def test_a_type_is_matched_in_its_long_and_its_short_form(name: str) -> None:
    assert kind(name) in KINDS
    assert match(type=kind(name)).matches({"type": name})
    assert match(type=kind(name)).matches({"type": kind(name)})


@pytest.mark.parametrize(
    "globs",
    [
        {"region": "eu"},
        {"model": []},
        {"model": None},
        {"model": 4},
        {"model": [4]},
        {"type": "ai.usage.llm.v1"},
        {"type": "lmm"},
        {"tier": "turbo"},
    ],
)
def test_what_can_never_be_meant_is_an_error(globs: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        match(**globs)


def test_a_match_names_the_dimensions_that_decide() -> None:
    assert match().named == ()
    assert match(tier="batch", type="llm").named == ("tier", "type")


@given(st.dictionaries(st.sampled_from(sorted(Match.model_fields)), st.text()))
def test_a_match_answers_for_any_text(dimensions: Mapping[str, str]) -> None:
    assert match(provider="*").matches(dimensions)
