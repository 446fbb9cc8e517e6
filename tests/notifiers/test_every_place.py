"""What every place promises, whatever its kind."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifiers.base import Notifier, Refused
from notifiers.manner import Manner
from notifiers.samples import sample
from schemas.records import Incident
from tests.notifiers.conftest import Golden
from tests.notifiers.incident_samples import (
    CASES,
    HOSTILE,
    NOW,
    hostile,
    incident,
    resolved,
    update,
)
from tests.notifiers.place_kits import KINDS, Kit, kits, strings

BY_KIND = {kit.kind: kit for kit in kits()}

parametrised = pytest.mark.parametrize("bare", BY_KIND.values(), ids=KINDS)
"""For what needs no server."""


@parametrised
@pytest.mark.parametrize("case", CASES)
def test_every_state_and_severity_reads_as_its_golden_file(
    bare: Kit, case: str, golden: Golden
) -> None:
    golden(bare.kind, case, bare.render(update(CASES[case])))


@parametrised
def test_a_test_message_says_that_it_is_one(bare: Kit, golden: Golden) -> None:
    rendered = bare.render(sample("spend-alerts", "acme", NOW))

    golden(bare.kind, "test-message", rendered)
    assert any("TEST" in text for text in strings(rendered))


@parametrised
@pytest.mark.parametrize("case", CASES)
def test_the_vendor_takes_what_is_rendered(bare: Kit, case: str) -> None:
    assert bare.problem(json.loads(json.dumps(bare.render(update(CASES[case]))))) == ""


@parametrised
@pytest.mark.parametrize("case", CASES)
def test_rendering_is_deterministic(bare: Kit, case: str) -> None:
    assert bare.render(update(CASES[case])) == bare.render(update(CASES[case]))


@parametrised
def test_the_dollars_are_in_the_first_text(bare: Kit) -> None:
    rendered = list(strings(bare.render(update())))

    assert any("$412" in text for text in rendered)


@parametrised
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_harmless(bare: Kit, name: str) -> None:
    rendered = json.loads(json.dumps(bare.render(update(hostile(name)))))

    assert bare.problem(rendered) == ""
    for text in strings(rendered):
        assert all(line.isprintable() for line in text.split("\n"))
        if bare.kind == "slack":
            assert "<" not in text
            assert ">" not in text


@parametrised
@given(name=st.text(max_size=300), size=st.integers(1, 40))
def test_text_of_any_length_is_cut_inside_the_limits(bare: Kit, name: str, size: int) -> None:
    said = hostile(name * size)
    many = replace(
        said,
        dimensions={f"{n}{name * size}": name * size for n in range(30)},
        evidence=tuple(replace(said.evidence[0], reason=f"{n}{name * size}") for n in range(30)),
        causes=(name * size,) * 30,
    )
    rendered = bare.render(update(many, organisation=name * size))

    assert bare.problem(json.loads(json.dumps(rendered))) == ""
    assert len(json.dumps(rendered, ensure_ascii=False).encode()) < 20_000


async def shown_twice(place: Notifier, of: Incident) -> None:
    remote = await place.show(update(of), {})
    await place.show(update(of, delivered=of.revision), remote)


async def test_showing_the_same_revision_twice_makes_one_thing(kit: Kit, place: Notifier) -> None:
    await shown_twice(place, incident())

    assert kit.things() == 1


async def test_a_resolve_changes_what_was_opened(kit: Kit, place: Notifier) -> None:
    remote = await place.show(update(), {})
    after = await place.show(update(resolved(), delivered=1), remote)

    assert "Resolved" in kit.latest()
    assert after["told"] == "9"
    assert kit.things() == (2 if kit.kind in {"webhook", "console"} else 1)


async def test_growth_alone_adds_nothing_that_people_have_to_read(
    kit: Kit, place: Notifier
) -> None:
    remote = await place.show(update(), {})
    grown = incident(revision=2, accrued_nano_usd=10**15)
    after = await place.show(update(grown, delivered=1), remote)

    assert after["told"] == "2"
    assert kit.things() == (2 if kit.kind == "webhook" else 1)


async def test_what_was_made_is_found_again(kit: Kit, place: Notifier) -> None:
    remote = await place.show(update(), {})

    assert await place.find(update(delivered=1), remote) == remote


async def test_where_nothing_was_made_nothing_is_found(kit: Kit, place: Notifier) -> None:
    assert await place.find(update(), {}) is None


async def test_a_place_can_be_closed_twice(kit: Kit) -> None:
    place = kit.open()
    await place.show(update(), {})
    await place.close()
    await place.close()


async def test_a_secret_that_is_not_there_refuses_by_name(
    vendor: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_TOKEN", "JIRA_TOKEN", "HOOK_SECRET"):
        monkeypatch.delenv(name)
    place = vendor.open()

    with pytest.raises(Refused, match="secret_missing"):
        await place.show(update(), {})
    await place.close()


@parametrised
def test_every_place_has_a_manner_and_ends_at_some_time(bare: Kit) -> None:
    manner = bare.settings.manner

    assert isinstance(manner, Manner)
    assert manner.at_once >= 1
    assert len(manner.retries) > 0
