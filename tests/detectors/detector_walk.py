"""A watch in small: leads a detector through the closed buckets of one series."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import pi, sin
from random import Random

from schemas.rules import Grain, Memory, Past, Rule, Verdict
from schemas.siblings import Siblings
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
    bucket: Bucket
    ceiling: int | None
    verdict: Verdict
    changed: Memory

    @property
    def cost(self) -> int:
        """Nano-dollars."""
        return self.bucket.cost

    @property
    def after(self) -> Memory:
        """What is known once the bucket has been learnt."""
        return {**self.memory, **self.changed} if self.changed else self.memory


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


def walk(
    rule: Rule,
    given: Sequence[int | Bucket],
    since: int = EPOCH,
    first: int = -1,
    siblings: Siblings | None = None,
) -> Iterator[Step]:
    """Every bucket in order, the first on Monday at midnight unless said otherwise; a number is
    the cost of one without quantities.
    """
    start = MONDAY * day(rule.grain) if first < 0 else first
    buckets = list(map(bucket, given))
    costs = [one.cost for one in buckets]
    memory: Memory = {}
    for index, one in enumerate(buckets):
        past = past_at(rule, costs, index, start, since)
        past = past._replace(siblings=siblings if index < rule.siblings else None)
        ceiling, verdict = rule.ceiling(memory, past), rule.verdict(memory, past, one)
        step = Step(past, memory, one, ceiling, verdict, rule.learn(memory, past, one))
        yield step
        memory = step.after


def bucket(given: int | Bucket) -> Bucket:
    """A bucket, or one of that cost."""
    return Bucket(cost=given) if isinstance(given, int) else given


def learned(rule: Rule, given: Sequence[int | Bucket]) -> Memory:
    """What a detector remembers after these buckets."""
    start, buckets = MONDAY * day(rule.grain), list(map(bucket, given))
    costs = [one.cost for one in buckets]
    memory: Memory = {}
    for index, one in enumerate(buckets):
        seen = costs[max(0, index - rule.memory) : index]
        past = Past(start + index, seen, start, start + index, EPOCH)
        memory = {**memory, **rule.learn(memory, past, one)}
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


def called(costs: Sequence[int], call: int, seed: int = 1) -> list[Bucket]:
    """Buckets of these costs whose calls cost `call` nano-dollars each, give or take a tenth; one
    call in fifty fails, and writes 300 tokens.
    """
    random = Random(seed)
    return [asked(cost, int(cost / call * random.gammavariate(100, 1 / 100))) for cost in costs]


def asked(cost: int, calls: int) -> Bucket:
    """A bucket of so many calls."""
    held = {"requests": calls, "failed": calls // 50, "output": 300 * calls}
    return Bucket(
        cost=cost, charges=calls, quantities={name: held[name] for name in held if held[name]}
    )
