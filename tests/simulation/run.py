"""Many seeds on all cores: `python -m tests.simulation.run --seeds 1000 --seed 1`.

Prints each seed that fails with what befell its members; the last line is one JSON object.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context
from os import cpu_count

from tests.simulation.simulated import Result, simulate

SHOWN = 5
"""Failing seeds that are told in full."""


def told(result: Result) -> str:
    """A failing seed in words: how to run it again, what happened, what is wrong."""
    lines = [f"seed {result.seed} failed: make simulate SEEDS=1 SEED={result.seed}"]
    lines += [result.scenario, result.faults]
    lines += [f"  {line}" for line in result.trace]
    lines += [f"  wrong: {wrong}" for wrong in result.mistakes]
    return "\n".join(lines)


def say(text: str) -> None:
    """A line for whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(seeds: int, first: int, cores: int) -> dict[str, float | int]:
    """Run the seeds; what came of them."""
    began, failures, steps = time.monotonic(), 0, 0
    with get_context("spawn").Pool(cores) as pool:
        for result in pool.imap_unordered(simulate, range(first, first + seeds), chunksize=4):
            steps += result.steps
            failures += bool(result.mistakes)
            if result.mistakes and failures <= SHOWN:
                say(told(result))
    return {
        "seeds": seeds,
        "first": first,
        "failures": failures,
        "steps": steps,
        "seconds": round(time.monotonic() - began, 1),
    }


def main(arguments: Sequence[str]) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--cores", type=int, default=cpu_count() or 1, help="processes at once")
    given = parser.parse_args(arguments)
    found = run(given.seeds, given.seed, given.cores)
    say(json.dumps(found))
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
