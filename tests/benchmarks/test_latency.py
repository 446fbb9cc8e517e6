"""The benchmark of latency runs on a real Kafka, and what it tells hangs together."""

import pytest

from benchmarks import _overruns, latency
from benchmarks._load import Load
from benchmarks._organisation import Organisation
from streams import rulebook
from tests.benchmarks.bench_kit import told


@pytest.mark.kafka
@pytest.mark.timeout(240)
def test_every_overrun_is_told(kafka_servers: str) -> None:
    few = ["--rate", "400", "--series", "50", "--overruns", "4", "--seconds", "2", "--runs", "1"]
    few += ["--loads", "half"]
    figures = told("latency", *few, servers=kafka_servers)
    assert figures.keys() == {"rate_per_s", *(f"p{at}_s_at_half_load" for at in (50, 95, 99))}
    assert 0 < figures["p50_s_at_half_load"] <= figures["p95_s_at_half_load"]


def test_a_load_is_evenly_in_time_and_begins_when_it_says() -> None:
    load = Load(series=50, a_second=100, seconds=2)
    assert len(load.messages(1e9, load.count)) == load.count == 200
    [batch] = Organisation(50, start=10**15).usage(200, 6_000, 200)
    times = batch["time"].cast("int64").to_pylist()
    assert (times[0], times[100], times[199]) == (10**15, 10**15 + 10**6, 10**15 + 1_990_000)


def test_applications_that_are_to_overrun_have_a_limit_and_no_usage_of_their_own() -> None:
    organisation = Organisation(50, overruns=2)
    [batch] = organisation.usage(200, 6_000, 200)
    assert organisation.hot == ["hot-0", "hot-1"]
    assert not set(organisation.hot) & set(batch["application"].to_pylist())
    names = [policy.name for policy in rulebook.read(organisation.text).policies]
    assert "guard" in names
    assert "guard" not in [one.name for one in rulebook.read(Organisation(50).text).policies]


def test_stages_add_up_to_the_latency() -> None:
    one = {"sent": 1.0, "usage": 1.5, "tally": 2.0, "finding": 4.0, "incident": 4.5, "told": 7.0}
    taken = {name: sum(seconds) for name, seconds in _overruns.stages([one])}
    assert taken == {"usage": 0.5, "tally": 0.5, "finding": 2.0, "incident": 0.5, "told": 2.5}
    assert latency.latencies([one]) == [6.0] == [sum(taken.values())]
