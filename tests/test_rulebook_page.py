"""docs/rulebook.md names every key of a rulebook, and no key that there is not."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from detectors import DETECTORS
from detectors.holidays import Holiday
from ledger.budgets import Budget
from ledger.owners import Owner, OwnerRule
from ledger.pools import Pool
from ledger.rates import Rate
from notifiers.console.settings import ConsoleSettings
from notifiers.jira.settings import JiraSettings
from notifiers.slack.settings import SlackSettings
from notifiers.webhook.settings import WebhookSettings
from policies.growth import GrowthSettings
from policies.limit import LimitSettings
from policies.models_allowed import ModelsAllowedSettings
from policies.price_per_call import PricePerCallSettings
from policies.routes import Route, Which
from policies.severity import Severities
from policies.share import ShareOfUnowned, ShareOfUnpriced
from schemas.cuts import Cut
from schemas.match import Match
from streams.rulebook import Rulebook

PAGE = (Path(__file__).parents[1] / "docs" / "rulebook.md").read_text()
SECTIONS: Mapping[str, type[BaseModel]] = {
    "the parts": Rulebook,
    "owners": Owner,
    "rules": OwnerRule,
    "match": Match,
    "pools": Pool,
    "rates": Rate,
    "cuts": Cut,
    "budgets": Budget,
    **DETECTORS,
    "holidays": Holiday,
    "limit": LimitSettings,
    "growth": GrowthSettings,
    "models_allowed": ModelsAllowedSettings,
    "price_per_call": PricePerCallSettings,
    "share of unowned": ShareOfUnowned,
    "share of unpriced": ShareOfUnpriced,
    "severity": Severities,
    "slack": SlackSettings,
    "jira": JiraSettings,
    "webhook": WebhookSettings,
    "console": ConsoleSettings,
    "routes": Route,
    "which": Which,
}
"""Heading of the page to the settings that it is about."""


def sections() -> Mapping[str, str]:
    """Heading to the text below it."""
    parts = re.split(r"^#{2,3} (.+)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The settings that a field's type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for part in get_args(annotation):
        yield from models(part)


def test_every_part_of_a_rulebook_has_its_section() -> None:
    assert set(models(Rulebook)) == set(SECTIONS.values())


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_section_names_the_keys_that_there_are(heading: str) -> None:
    keys = re.findall(r"^\| `(\w+)` \|", sections()[heading], flags=re.MULTILINE)
    fields = SECTIONS[heading].model_fields
    assert sorted(keys) == sorted(field.alias or name for name, field in fields.items())


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_section_says_what_must_be_given(heading: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([^|]+) \|$", sections()[heading], re.MULTILINE)
    said = {key for key, default in rows if default == "required"}
    fields = SECTIONS[heading].model_fields.items()
    needed = {field.alias or name for name, field in fields if field.is_required()}
    assert said - {"kind"} == needed
