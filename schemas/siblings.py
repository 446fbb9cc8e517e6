"""Siblings: the series of a cut that differ in its last dimension alone, as an owner's keys."""

from dataclasses import dataclass

from schemas.series import LEVELS

SPANS = (1, 4, 12, 24)
"""Hours of a day for which it is known what siblings cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Siblings:
    """What the series of a family cost in a day, nano-dollars; each by the spans of `SPANS`.

    Of each series the dearest hours that follow each other within the day, so many as the span
    says: half of them cost no more than `middles`, nine in ten no more than `tops`.
    """

    series: int
    middles: tuple[int, ...]
    tops: tuple[int, ...]


def family_of(series: str) -> str | None:
    """What a series shares with its siblings, the other values of the cut's last dimension:
    `keys:chat` of `keys:chat|key-7`. None for what no cut declares.
    """
    level, _, values = series.partition(":")
    return None if level in LEVELS else f"{level}:{values.rpartition('|')[0]}"
