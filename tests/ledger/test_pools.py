"""Pools: what their drivers count, and what a pool may say of itself."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from ledger.pools import MEASURED, Driver, Pool
from schemas import columns

DONE: Mapping[str, Mapping[str, int]] = {
    "chat": {
        "input_uncached": 1, "cache_read": 2, "cache_write_5m": 4, "cache_write_1h": 8,
        "output": 16, "reasoning": 32, "audio_in": 64, "audio_out": 128, "image_in": 256,
        "requests": 1000, "gpu_seconds": 2000, "seats": 3000, "uses": 4000,
    },
    "stranger": {"requests": 9},
}  # fmt: skip


def pool(driver: str, members: tuple[str, ...] = ("chat", "rank"), **more: Any) -> Pool:
    given = {"id": "p", "when": {"type": "gpu"}, "driver": driver, "members": members, **more}
    return Pool.model_validate(given)


@pytest.mark.parametrize(
    ("driver", "weights"),
    [
        ("tokens", {"chat": 511, "rank": 0}),
        ("calls", {"chat": 1000, "rank": 0}),
        ("gpu_hours", {"chat": 2000, "rank": 0}),
        ("seats", {"chat": 3000, "rank": 0}),
        ("even", {"chat": 1, "rank": 1}),
    ],
)
def test_a_driver_weighs_members_by_what_they_did(driver: str, weights: dict[str, int]) -> None:
    assert pool(driver).weights(DONE, ("chat", "rank")) == weights


def test_fixed_shares_are_as_they_are_written() -> None:
    fixed = pool("fixed", percent={"chat": 0, "rank": 100})
    assert fixed.weights(DONE, ("chat", "rank")) == {"chat": 0, "rank": 100}


def test_every_driver_is_known_and_counts_quantities_that_there_are() -> None:
    assert {*MEASURED, Driver.EVEN, Driver.FIXED} == set(Driver)
    counted = [name for names in MEASURED.values() for name in names]
    assert len(set(counted)) == len(counted)
    assert set(counted) == set(columns.quantities()) - {"uses"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"driver": "fixed"}, "adds up to 100"),
        ({"driver": "fixed", "percent": {"chat": 100}}, "names every member"),
        ({"driver": "fixed", "percent": {"chat": 50, "rank": 49}}, "adds up to 100"),
        ({"driver": "fixed", "percent": {"chat": 150, "rank": -50}}, "never negative"),
        ({"driver": "fixed", "percent": {"chat": 50, "else": 50}}, "names every member"),
        ({"driver": "calls", "percent": {"chat": 50, "rank": 50}}, "for the driver `fixed` alone"),
        ({"driver": "calls", "members": ()}, "at least 1 item"),
        ({"driver": "guess"}, "Input should be"),
        ({"driver": "even", "surprise": 1}, "Extra inputs"),
    ],
)
def test_a_pool_that_does_not_add_up_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        pool(**more)
