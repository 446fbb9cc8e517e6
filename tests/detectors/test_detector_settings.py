"""How detectors are written in a rulebook."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from detectors import DETECTORS, KINDS, DetectorSettings

ADAPTER: TypeAdapter[Any] = TypeAdapter(DetectorSettings)


def test_a_detector_watches_the_series_that_its_globs_name() -> None:
    one = ADAPTER.validate_python(
        {"kind": "records", "name": "jumps", "series": ["application:*", "keys:chat|*"]}
    )

    watched = ("application:chat", "keys:chat|key-7")
    assert [one.rule_for(name).name for name in watched] == ["jumps", "jumps"]
    assert one.rule_for("service:assistants") is None
    assert one.rule_for("keys:search|key-7") is None


def test_settings_are_frozen_and_know_no_other_fields() -> None:
    one = ADAPTER.validate_python({"kind": "records", "name": "jumps", "series": "*"})

    with pytest.raises(ValidationError):
        one.name = "other"
    with pytest.raises(ValidationError, match="hunch"):
        ADAPTER.validate_python({"kind": "records", "name": "a", "series": "*", "hunch": 1})


def test_all_mistakes_are_named_at_once() -> None:
    text = {"kind": "records", "name": "A", "grain": "day", "once_in_days": 1, "floor_usd": -1}

    with pytest.raises(ValidationError) as wrong:
        ADAPTER.validate_python(text)

    named = {error["loc"][-1] for error in wrong.value.errors()}
    assert named == {"name", "series", "grain", "once_in_days", "floor_usd"}


@pytest.mark.parametrize("kind", ["records", "newcomer"])
def test_money_floors_are_exact_to_the_nano_dollar(kind: str) -> None:
    text = {"kind": kind, "name": "a", "series": "*", "floor_usd": "0.100000001"}

    assert ADAPTER.validate_python(text).rule_for("application:a").floor == 100_000_001
    with pytest.raises(ValidationError):
        ADAPTER.validate_python({**text, "floor_usd": "0.0000000001"})


def test_the_registry_and_the_rulebooks_union_name_the_same_kinds() -> None:
    assert len(DETECTORS) == len(KINDS)
    for kind, settings in DETECTORS.items():
        assert settings.model_fields["kind"].default == kind
    assert set(ADAPTER.json_schema()["discriminator"]["mapping"]) == set(DETECTORS)
