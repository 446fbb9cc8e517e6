"""The benchmark of the meter's steps runs, and ends as every benchmark does."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_ends_with_one_json_line_whose_steps_make_up_the_total() -> None:
    few = ["--usages", "1000", "--batch", "500", "--rounds", "1"]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.meter_steps", *few],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(ran.stdout.splitlines()[-1])
    costs = told["us_per_usage"]
    bare = {costs.pop("fastavro"), costs.pop("columns")}
    total = costs.pop("total")
    assert (told["usages"], told["batch"]) == (1000, 500)
    assert abs(sum(costs.values()) - total) < 0.1 and min(bare) > 0
