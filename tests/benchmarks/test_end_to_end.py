"""The benchmark of the whole way runs on a real Kafka, and ends as every benchmark does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import end_to_end
from benchmarks._backlog import backlog, sums
from benchmarks._organisation import Organisation

ROOT = Path(__file__).parents[2]
FIELDS = {"usage_per_s", "cpu_s_per_million", "ratio_bare", "ratio_copy"}


def told(servers: str, *arguments: str) -> dict[str, float | None]:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.end_to_end", *arguments],
        cwd=ROOT,
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": servers},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, float | None] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.kafka
@pytest.mark.timeout(240)
def test_ours_and_the_peers_in_python_come_to_the_same_sums(kafka_servers: str) -> None:
    few = ["--usages", "4000", "--series", "50", "--rounds", "1"]
    figures = told(kafka_servers, *few, "--only", "bare,copy")
    assert figures.keys() >= FIELDS
    assert all(figures[name] for name in FIELDS)


def test_the_first_usages_of_a_backlog_come_to_less_than_all_of_them() -> None:
    organisation = Organisation(50)
    given = backlog(organisation, 2000, 1000)
    few, all_ = (sums(given.first(count), organisation.books) for count in (500, 2000))
    assert (few.charges, all_.charges) == (500, 2000)
    assert 0 < few.total < all_.total
    assert set(few.nano_usd) <= set(all_.nano_usd)


def test_a_ratio_is_the_median_over_the_rounds_and_none_without_the_peer() -> None:
    rounds = [{"meter_per_s": ours, "bare_per_s": 2.0} for ours in (1.0, 8.0, 6.0)]
    assert end_to_end.ratios(rounds, "per_s", "meter", "bare") == 3.0
    assert end_to_end.ratios(rounds, "per_s", "meter", "faust") is None
