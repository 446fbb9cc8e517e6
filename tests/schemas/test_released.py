"""Released contracts stay as they are."""

from schemas import contracts
from tests.schemas.release_schemas import edited, hashes, released

ADVICE = "a released contract never changes: add a version; for a new one `make release-schemas`"


def test_no_released_contract_was_edited() -> None:
    assert edited(released()) == [], ADVICE


def test_every_contract_is_listed() -> None:
    assert released().keys() == set(contracts.names()), ADVICE


def test_an_edit_and_a_removal_are_noticed() -> None:
    now = hashes()
    assert edited({**now, "usage.v1": "0" * 64, "usage.v0": "0" * 64}) == ["usage.v0", "usage.v1"]
    assert edited({}) == []
