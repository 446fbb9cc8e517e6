"""The benchmark of costs runs, and ends as every benchmark does."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_ends_with_one_json_line_that_tells_cpu_bytes_and_memory() -> None:
    few = ["--usages", "2000", "--series", "50", "--a-minute", "1000", "--rounds", "1"]
    few += ["--identities", "100000", "--remembered", "50"]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.cost", *few],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(ran.stdout.splitlines()[-1])
    assert min(told["cpu_s_per_million"].values()) > 0
    assert {"usage", "charge", "tally", "watch-state"} <= set(told["bytes_per_million"])
    assert 16 < told["mib_per_million_ids"] * 2**20 / 1e6 < 200
    assert told["mib_per_thousand_series"] > told["mib_per_thousand_series_a_day_old"] > 0
