"""Series and overruns of the detection benchmark are those of the reference, to the bit."""

import numpy as np
import pytest

from benchmarks._spend_minutes import minutes
from benchmarks._spend_overruns import OVERRUNS, inject
from benchmarks._spend_real import clients, looped
from benchmarks._spend_simulated import KINDS, WEEK, Series, organisation
from tests.benchmarks.bench_reference import data, digest, reference

CLIENTS = "1be4a70f04883081114a20f8992c89313eac9631b805744457ce9d0f36e1f378"
MINUTES = "f74b0aa01ccb700270d3375836ce20107774c2675a40ebfb40b9378bf6da6486"
"""The reference's `clients(data)` and `minutes(1, data, 2, 3)`, made with pandas."""


@pytest.mark.parametrize("seed", [1, 2])
def test_the_simulated_organisation_is_the_references(seed: int) -> None:
    theirs = reference("spend").organisation(seed, 3, 16)
    assert digest(organisation(seed, 3, 16)) == digest([Series(*one) for one in theirs])


def test_real_clients_are_the_references_and_so_is_what_is_made_longer() -> None:
    real = clients(data())
    assert (len(real), digest(real)) == (127, CLIENTS)
    theirs = reference("spend").looped(1, real[::10])
    assert digest(looped(1, real[::10])) == digest([Series(*one) for one in theirs])


def test_minutes_are_the_references() -> None:
    assert digest(minutes(1, data(), 2, 3)) == MINUTES


@pytest.mark.parametrize("kind", OVERRUNS)
@pytest.mark.parametrize(("start", "scale"), [(200, 1), (490, 1), (0, 1), (100, 60)])
def test_overruns_are_the_references(kind: str, start: int, scale: int) -> None:
    spend = reference("spend")
    assert {name: tuple(one) for name, one in OVERRUNS.items()} == spend.OVERRUNS
    for _, dollars in organisation(1, 3, len(KINDS)):
        ours, theirs = (one(dollars, kind, start, scale) for one in (inject, spend.inject))
        assert ours.stop == theirs[1]
        assert ours.dollars[start:].tobytes() == theirs[0][start:].tobytes()


def test_kinds_take_turns_and_no_hour_costs_less_than_nothing() -> None:
    made = organisation(5, 2, 2 * len(KINDS))
    assert [label for label, _ in made] == 2 * list(KINDS)
    assert all(len(dollars) == 2 * WEEK and dollars.min() >= 0 for _, dollars in made)
    assert all(dollars.sum() > 0 for label, dollars in made if label != "sparse")


def test_an_overrun_changes_nothing_before_it() -> None:
    for name in OVERRUNS:
        [(_, dollars)] = organisation(3, 4, 1)
        hurt, stop = inject(dollars, name, 300)
        assert np.array_equal(hurt[:300], dollars[:300])
        assert hurt[300:stop].sum() != dollars[300:stop].sum()
