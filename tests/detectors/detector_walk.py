"""A watch in small: leads a detector through the closed buckets of one series."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import pi, sin
from random import Random

from schemas.rules import Grain, Memory, Past, Rule, Verdict
from schemas.states import Bucket

MONDAY = 20_003
"""A Monday, in days since 1970."""

DOLLAR = 10**9
EPOCH = 0


@dataclass(frozen=True)
class Step:
    """One bucket: what was known before, what was said, what was learnt."""

    past: Past
    memory: Memory
    cost: int
    ceiling: int | None
    verdict: Verdict
    changed: Memory


def day(grain: Grain) -> int:
    """Buckets in a day."""
    return Grain.DAY.minutes // grain.minutes


def past_at(rule: Rule, costs: Sequence[int], index: int, first: int, since: int) -> Past:
    """What is known when bucket `index` of the costs begins; `first` is the bucket of index 0."""
    spoke = (at for at in range(index, -1, -1) if costs[at])
    return Past(
        at=first + index,
        costs=costs[max(0, index - rule.memory) : index],
        first=first,
        last=first + next(spoke, 0),
        since=since,
    )


def walk(rule: Rule, costs: Sequence[int], since: int = EPOCH, first: int = -1) -> Iterator[Step]:
    """Every bucket of the costs in order, the first on Monday at midnight unless said otherwise."""
    start = MONDAY * day(rule.grain) if first < 0 else first
    memory: Memory = {}
    for index, cost in enumerate(costs):
        past = past_at(rule, costs, index, start, since)
        ceiling, verdict = rule.ceiling(memory, past), rule.verdict(memory, past, Bucket(cost=cost))
        changed = rule.learn(memory, past, Bucket(cost=cost))
        yield Step(past, memory, cost, ceiling, verdict, changed)
        memory = {**memory, **changed} if changed else memory


def learned(rule: Rule, costs: Sequence[int]) -> Memory:
    """What a detector remembers after these costs."""
    start, held = MONDAY * day(rule.grain), list(costs)
    memory: Memory = {}
    for index, cost in enumerate(held):
        seen = held[max(0, index - rule.memory) : index]
        past = Past(start + index, seen, start, start + index, EPOCH)
        memory = {**memory, **rule.learn(memory, past, Bucket(cost=cost))}
    return memory


def office(grain: Grain, days: int, dollars: float = 100.0, seed: int = 1) -> list[int]:
    """A series with a daily rhythm, a quiet weekend and noise of a quarter; `dollars` a day."""
    random, size = Random(seed), day(grain)
    mean = dollars * DOLLAR / size
    return [
        int(
            mean
            * (0.4 if index // size % 7 >= 5 else 1.0)
            * (1.0 - 0.8 * sin(2 * pi * index / size))
            * random.gammavariate(16, 1 / 16)
        )
        for index in range(days * size)
    ]
