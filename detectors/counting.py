"""What is counted beside cost: calls, successes, tokens; how many, what one cost, and in words."""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.columns import quantities
from schemas.money import divided, dollars
from schemas.wording import counted

CALLS, SUCCESSES = "calls", "successes"
NOUNS = {CALLS: ("call", ""), SUCCESSES: ("success", "successes"), "requests": ("call", "")}
NOUNS |= {"uses": ("use", ""), "seats": ("seat", ""), "gpu_seconds": ("GPU second", "")}
"""One, and many where that is no mere `s`; all else is counted in tokens."""

PICO = 1000
"""Pico-dollars in a nano-dollar."""

MOST = 2**63 - 1
"""What an Avro long holds."""


class Sums(NamedTuple):
    """What hours cost together, of how many units, and what so many usually cost; nano-dollars."""

    cost: int
    units: int
    expected: int

    @property
    def excess(self) -> int:
        """Above what so many units usually cost."""
        return self.cost - self.expected

    @property
    def unit(self) -> int:
        """What a unit cost, pico-dollars, rounded down; 0 without any."""
        return min(MOST, self.cost * PICO // self.units) if self.units else 0


def known(per: str) -> str:
    """The same name. Raises ValueError where nothing is counted by it."""
    if per not in (CALLS, SUCCESSES, *quantities()):
        raise ValueError(f"{per!r} is none of {CALLS}, {SUCCESSES}, {', '.join(quantities())}")
    return per


def count(per: str, held: Mapping[str, int]) -> int:
    """How many units a bucket's quantities are; a call that failed is no success."""
    if per == SUCCESSES:
        return max(0, held.get("requests", 0) - held.get("failed", 0))
    return held.get("requests" if per == CALLS else per, 0)


def one(per: str) -> str:
    """One unit: `a call`, `an output token`."""
    noun = _noun(per)[0]
    return f"{'an' if noun[0] in 'aio' else 'a'} {noun}"


def many(per: str, units: int) -> str:
    """So many units: `1 call`, `2,000 successes`."""
    return counted(units, *_noun(per))


def _noun(per: str) -> tuple[str, str]:
    return NOUNS.get(per, (f"{per.replace('_', ' ')} token", ""))


def each(cost: int, units: int) -> str:
    """What a unit cost, in dollars."""
    return dollars(divided(cost, units))
