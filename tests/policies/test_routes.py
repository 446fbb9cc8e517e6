"""Every route that matches names places, and what an incident was given once it keeps."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from policies.routes import Route, places
from schemas.records import Incident
from tests.notifiers.incident_samples import incident


def route(*to: str, **when: Any) -> Route:
    return Route.model_validate({"places": to, "when": when})


def sev2(**changes: Any) -> Incident:
    """An incident of storefront's chat that nobody was told of yet."""
    made = {"severity": "SEV2", "owner": "retail/storefront/chat", "places": ()}
    named = {"series": "keys:chat|k1", "causes": ("limit", "records")}
    return replace(incident(), **{**made, **named, **changes})


def test_all_that_match_are_heard_each_place_once_in_order() -> None:
    routes = [route("b", "a"), route("a", "c", severity="sev1"), route("c", "b", "d")]

    assert places(sev2(), routes) == ("b", "a", "c", "d")


def test_a_place_that_was_told_is_told_on() -> None:
    assert places(sev2(places=("old",)), [route("new")]) == ("old", "new")
    assert places(sev2(places=("old",)), []) == ("old",)


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        ({}, True),
        ({"severity": "sev2"}, True),
        ({"severity": ["sev1", "SEV2"]}, True),
        ({"severity": "info"}, False),
        ({"severity": "sev*"}, True),
        ({"owner": "retail/*"}, True),
        ({"owner": "retail"}, False),
        ({"owner": ["operations/*", "*/chat"]}, True),
        ({"cause": "limit"}, True),
        ({"cause": "budget"}, False),
        ({"series": "keys:*"}, True),
        ({"series": "keys:*", "severity": "sev1"}, False),
        ({"cause": "records", "owner": "retail/*", "series": "*", "severity": "sev2"}, True),
    ],
)
def test_each_part_that_is_named_must_match(when: dict[str, Any], matches: bool) -> None:
    assert bool(places(sev2(), [route("there", **when)])) is matches


def test_severities_are_written_either_way() -> None:
    assert places(sev2(severity="info"), [route("there", severity="INFO")]) == ("there",)
    assert places(sev2(severity="SEV1"), [route("there", severity="sev1")]) == ("there",)


@pytest.mark.parametrize("wrong", [{"places": []}, {"places": ["a"], "to": "b"}, {}])
def test_a_route_names_places_and_nothing_unknown(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Route.model_validate(wrong)
