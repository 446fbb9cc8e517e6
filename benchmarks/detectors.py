"""What a detector costs: microseconds a bucket, and bytes of state a series.

`python -m benchmarks.detectors [--days 56] [--rounds 5] [--only hours,loda]`

Each detector of the shared suite lives through as many days of an office's calls as are kept, then
is timed over three more: what the open bucket may cost, the verdict on the closed one, and what is
learnt of it. Beside them stand classes of River behind the same protocol. Bytes are those of the
parts of its memory as the state topic holds them, without their keys; a model of River's is no
part of it, because it is built anew from kept costs.
"""

import argparse
from collections.abc import Mapping, Sequence
from time import process_time
from typing import Any, NamedTuple

from benchmarks import _machine
from schemas.codec import Codec
from schemas.rules import Grain, Memory, Past, Rule
from schemas.states import Bucket
from tests.detectors import detector_walk
from tests.detectors.detector_set import made, texts

MEASURED = 3
"""Days over which buckets are timed."""

CALL = detector_walk.DOLLAR // 175
"""Nano-dollars a call: 17,500 calls a day."""

Text = Mapping[str, Any]
RIVER: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "half-space-trees": ("anomaly.HalfSpaceTrees", {"n_trees": 15, "height": 7}),
    "loda": ("anomaly.LODA", {"n_random_cuts": 30}),
    "one-class-svm": ("anomaly.OneClassSVM", {"nu": 0.2}),
    "holt-winters": (
        "anomaly.PredictiveAnomalyDetection",
        {
            "predictive_model": {
                "model": "time_series.HoltWinters",
                "params": {"alpha": 0.1, "beta": 0.01, "gamma": 0.2, "seasonality": 24},
            },
            "horizon": 1,
        },
    ),
    "page-hinkley": ("drift.PageHinkley", {"mode": "up", "threshold": 5.0}),
    "adwin": ("drift.ADWIN", {}),
}
"""Classes with their arguments, all on hours."""


class Cost(NamedTuple):
    """Of one detector."""

    grain: str
    microseconds: float
    """A bucket."""

    bytes: int
    parts: int
    """Records of the state topic."""


def known() -> dict[str, Text]:
    """All that are measured, by name, as a rulebook writes them."""
    river = {
        name: {"kind": "river", "name": name, "series": "*", "model": model, "params": params}
        for name, (model, params) in RIVER.items()
    }
    return {**texts(), **river}


def measured(text: Text, days: int, rounds: int) -> Cost:
    """What a detector costs once it has lived for so many days."""
    rule = made(dict(text))
    size = detector_walk.day(rule.grain)
    costs = detector_walk.office(rule.grain, days + MEASURED)
    buckets = detector_walk.called(costs, CALL)
    memory = detector_walk.learned(rule, buckets[: days * size])
    rows = list(zip(pasts(rule, costs, days * size), buckets[days * size :], strict=True))
    spent = [timed(rule, memory, rows) for _ in range(rounds)]
    stored = [len(Codec().encode(model)) for model in memory.values()]
    return Cost(rule.grain, sorted(spent)[rounds // 2], sum(stored), len(stored))


def pasts(rule: Rule, costs: Sequence[int], begin: int) -> list[Past]:
    """What is known when each bucket from `begin` on begins."""
    first = detector_walk.MONDAY * detector_walk.day(rule.grain)
    return [
        Past(first + at, costs[max(0, at - rule.memory) : at], first, first + at, 0)
        for at in range(begin, len(costs))
    ]


def timed(rule: Rule, memory: Memory, rows: Sequence[tuple[Past, Bucket]]) -> float:
    """Microseconds of CPU a bucket."""
    started = process_time()
    for past, bucket in rows:
        rule.ceiling(memory, past)
        rule.verdict(memory, past, bucket)
        changed = rule.learn(memory, past, bucket)
        if changed:
            memory = {**memory, **changed}
    return (process_time() - started) * 1e6 / len(rows)


def days_of(text: Text, most: int) -> int:
    """Days that a detector lives before it is timed: of minutes a fortnight at most."""
    return min(most, 14) if made(dict(text)).grain is Grain.MINUTE else most


def main() -> None:
    """Measure, print, and end with one JSON line."""
    every = known()
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--days", type=int, default=56)
    asked.add_argument("--rounds", type=int, default=_machine.ROUNDS)
    asked.add_argument("--only", type=_machine.among(every), default=list(every))
    given = asked.parse_args()
    _machine.describe()
    print(f"{given.days} days of hours, {min(given.days, 14)} of minutes, then {MEASURED} timed")
    print(f"\n{'detector':18}{'kind':12}{'grain':8}{'us a bucket':>12}{'bytes':>8}{'parts':>7}")
    found: dict[str, Cost] = {}
    for name in given.only:
        text = every[name]
        found[name] = cost = measured(text, days_of(text, given.days), given.rounds)
        print(f"{name:18}{text['kind']:12}{cost.grain:8}{cost.microseconds:12.1f}"
              f"{cost.bytes:8,}{cost.parts:7}", flush=True)  # fmt: skip
    print()
    _machine.last_line({name: cost._asdict() for name, cost in found.items()})


if __name__ == "__main__":
    main()
