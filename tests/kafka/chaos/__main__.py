"""Crash rounds on a real Kafka: `python -m tests.kafka.chaos --rounds 25 --seed 1`.

Round by round a fleet of real processes is fed, broken and compared with the producer's ledger and
a replay. The last line is one JSON object, 0 in every number but `rounds` where all is well; lines
of several runs add up. A round's seed is its own: `--rounds 1 --seed s` draws the same again.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.kafka.broker import running
from tests.kafka.chaos.rounds import Round
from tests.kafka.chaos.verdict import COUNTED


def main(arguments: list[str]) -> int:
    """Play rounds; 1 if anything was lost, doubled, missing or not recovered."""
    given = parsed(arguments)
    folder = given.folder or Path(tempfile.mkdtemp(prefix="chaos-"))
    found = Counter[str]()
    with running() as broker:
        for seed in range(given.seed, given.seed + given.rounds):
            done = Round(seed, folder / f"seed-{seed}", given.keep).run(broker)
            found.update(rounds=1, **done.verdict.numbers())
            say(str(done))
            for note in done.verdict.notes[:20]:
                say(f"  {note}")
    say(json.dumps({name: found[name] for name in ("rounds", *COUNTED)}))
    return int(any(found[name] for name in COUNTED))


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.kafka.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; each adds one")
    parser.add_argument("--folder", type=Path, help="where the logs of a failed round stay")
    parser.add_argument("--keep", action="store_true", help="the logs of sound rounds as well")
    return parser.parse_args(arguments)


def say(line: str) -> None:
    """A line at once, whoever reads."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
