"""The benchmark of scale runs on a real Kafka, and its figures are made of the right parts."""

import json

import numpy as np
import pytest

from benchmarks import _walk, scale
from benchmarks._backlog import backlog, books_of, sums
from benchmarks._organisation import START, Organisation
from schemas.moments import MINUTE
from tests.benchmarks.bench_kit import told

COSTS = {
    "meter": 2e-6,
    "watch": 1e-6,
    "turns_meter": 8e-6,
    "turns_watch": 4e-6,
    "minute": 0.6,
    "hour": 36.0,
}
"""CPU seconds, made up."""


@pytest.mark.kafka
@pytest.mark.timeout(240)
def test_every_width_and_number_of_workers_comes_to_the_meters_own_sums(kafka_servers: str) -> None:
    few = ["--series", "20,40", "--usages", "2000", "--live", "50", "--rounds", "1"]
    few += ["--partitions", "1", "--workers", "2"]
    figures = told("scale", *few, servers=kafka_servers)
    assert {"cpu_us_at_20_series", "sparse_cpu_us_at_40_series", "cpu_ratio_40_to_20_series"} <= (
        figures.keys()
    )
    assert {"usage_per_s_at_1_partitions", "cpu_s_per_million_at_2_workers"} <= figures.keys()
    assert min(figures.values()) > 0


def test_two_workers_are_held_against_one(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = {20: [COSTS]}
    kafka = {"cpu_s_per_million_at_1_workers": 8.0, "cpu_s_per_million_at_2_workers": 10.0}
    scale.last_line(rounds, kafka)
    assert json.loads(capsys.readouterr().out)["cpu_ratio_two_workers"] == 1.25


def test_what_a_usage_costs_is_its_own_and_its_share_of_closing() -> None:
    assert scale.microseconds(COSTS, "") == pytest.approx(3 + 0.1 + 0.1)
    assert scale.microseconds(COSTS, "turns_") == pytest.approx(12 + 0.1 + 0.1)
    assert scale.microseconds(COSTS, "sparse_") == pytest.approx(12 + 10 + 10)


def test_the_first_tenth_of_many_keys_has_four_fifths_of_the_usage() -> None:
    organisation = Organisation(2_000)
    key = organisation._skewed(np.arange(50_000))
    share = np.count_nonzero(key < organisation.keys // 10) / len(key)
    wanted = sum(1 / k for k in range(1, organisation.keys // 10 + 1)) / sum(
        1 / k for k in range(1, organisation.keys + 1)
    )
    assert share == pytest.approx(wanted, abs=0.01)
    assert 0 <= key.min() < key.max() < organisation.keys


def test_a_walk_puts_its_usages_where_it_is_told_and_gives_each_another_identity() -> None:
    walk = _walk.Walk(Organisation(50))
    begins, ids = [], set[str]()
    for at in (START, START + 7 * MINUTE):
        batch = walk._rows(100, at, skewed=False)
        begins.append(batch["time"][0].cast("int64").as_py())
        ids |= set(batch["id"].to_pylist())
        walk.take(100, at)
    assert begins == [START, START + 7 * MINUTE]
    assert len(ids) == 200


def test_a_backlog_comes_to_the_same_on_any_number_of_partitions() -> None:
    organisation = Organisation(50)
    books = books_of(organisation)
    one, two = (sums(backlog(organisation, 500, 1000, width), books) for width in (1, 2))
    assert one.nano_usd == two.nano_usd
    assert one.charges.count == two.charges.count == 500
