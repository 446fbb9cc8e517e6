"""Some seeds of the simulation, and that a seed is the same again. `make simulate` runs many."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.simulation.faults import WHERE, Fault
from tests.simulation.run import told
from tests.simulation.simulated import Result, simulate

SEEDS = range(1, 17)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results() -> Sequence[Result]:
    return [simulate(seed) for seed in SEEDS]


def test_whatever_befalls_the_members_the_settled_view_is_that_of_a_replay(
    results: Sequence[Result],
) -> None:
    failed = [told(result) for result in results if result.mistakes]
    assert failed == []


def test_the_seeds_leave_no_fault_and_no_point_out(results: Sequence[Result]) -> None:
    lines = [line.split() for result in results for line in result.trace]
    befell = {(line[1], line[-1]) for line in lines if len(line) == 5 and line[3] == "at"}
    assert {fault for fault, _ in befell} == set(Fault)
    assert {point for _, point in befell} == WHERE.keys()
    done = {line[1] for line in lines}
    assert {"start", "leave", "crash", "wake", "jump", "thin"} <= done


def test_a_seed_runs_the_same_way_again_in_another_process() -> None:
    seed = 7
    here = simulate(seed)
    code = f"from tests.simulation.simulated import simulate; print(simulate({seed}).digest)"
    there = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
    )
    assert here.digest == simulate(seed).digest == there.stdout.strip()
    assert here.digest != simulate(seed + 1).digest
