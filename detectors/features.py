"""What a model is fed of a bucket: one number made of its cost."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import chain, repeat
from math import log, log1p

from schemas.money import NANO

CENT = NANO // 100
WEEK = 168
"""Hours."""


class Feature(StrEnum):
    """The number that stands for a cost."""

    COST = "cost"
    """Dollars."""

    LOG = "log"
    """log(1 + cents)."""

    RATIO = "ratio"
    """log of the cost over that of the same hour a week before, a cent added to both."""


LIMITS = {Feature.COST: None, Feature.LOG: (0.0, 16.0), Feature.RATIO: (-4.0, 4.0)}
"""Between which the number lies, give or take a rare one; 16 is the log of 88,000 dollars."""


def number(feature: Feature, cost: int, before: int | None) -> float | None:
    """The number of an hour whose cost a week before was `before`; None where it has none."""
    if feature is Feature.COST:
        return cost / NANO
    if feature is Feature.LOG:
        return log1p(cost / CENT)
    return None if before is None else log((cost + CENT) / (before + CENT))


def numbers(feature: Feature, costs: Sequence[int]) -> Iterable[float | None]:
    """The numbers of buckets that follow one another."""
    return map(number, repeat(feature), costs, chain(repeat(None, WEEK), costs))


def latest(feature: Feature, earlier: Sequence[int], cost: int) -> float | None:
    """The number of the bucket after `earlier`."""
    return number(feature, cost, earlier[-WEEK] if len(earlier) >= WEEK else None)
