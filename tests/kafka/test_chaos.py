"""Two crash rounds of fixed seeds; `make chaos ROUNDS=n SEED=s` plays more."""

import random
from pathlib import Path

import pytest

from tests.kafka.broker import Broker
from tests.kafka.chaos.faults import (
    KINDS,
    LONG,
    LONGEST,
    STEPS,
    BrokerKilled,
    KilledAt,
    Poisoned,
    StoppedAt,
    Unreachable,
    Zombie,
    draw,
)
from tests.kafka.chaos.rounds import Round
from tests.kafka.failing import Point

SEEDS = (4, 13)


@pytest.mark.kafka
@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_round_of_faults_loses_nothing_and_tells_nothing_twice(
    seed: int, kafka_broker: Broker, tmp_path: Path
) -> None:
    done = Round(seed, tmp_path / "round").run(kafka_broker)
    assert done.verdict.sound, "\n".join([str(done), *done.verdict.notes])


def test_a_seed_draws_the_same_faults_again() -> None:
    assert draw(random.Random(7)) == draw(random.Random(7))


def test_a_round_has_one_to_three_faults_and_ends_in_time() -> None:
    for seed in range(500):
        faults = draw(random.Random(seed))
        assert 1 <= len(faults) <= 3
        outages = sum(isinstance(fault, Unreachable) for fault in faults)
        lasts = sum(fault.lasts for fault in faults)
        assert outages <= 1
        assert lasts <= (LONGEST if outages else LONG)


def test_a_hundred_rounds_see_every_kind_of_fault() -> None:
    faults = [fault for seed in range(1, 101) for fault in draw(random.Random(seed))]
    kinds = {type(fault) for fault in faults}
    assert {BrokerKilled, Poisoned, Unreachable, Zombie} <= kinds
    assert len(kinds) == len(KINDS) + 2  # a kill and a zombie come in two ways each
    pointed = [fault for fault in faults if isinstance(fault, KilledAt | StoppedAt)]
    assert {fault.point for fault in pointed} == set(Point)
    assert {fault.step for fault in pointed} == set(STEPS)
