"""What a bucket's cost is made of, in the figures that people compare and parts are split by.

Its cost is that of the first close: what came late has no part in it.
"""

from dataclasses import dataclass
from fractions import Fraction

from schemas import clues
from schemas.states import Bucket

PLAIN = (
    "input_uncached", "cache_read", "cache_write_5m", "cache_write_1h", "audio_in", "image_in",
)  # fmt: skip
GROWN = ("output", "reasoning", "audio_out")
"""Tokens that go in, and that come out."""

WEIGHT = 4
"""Tokens that go in are worth one that comes out: most price lists say from three to eight."""

WRITTEN = ("cache_write_5m", "cache_write_1h")
MOST = 2**62
"""What is beyond says nothing to anybody, and no column holds it."""

UNITS = ("gpu_seconds", "uses", "requests")
"""What measures usage that has no tokens: the first that both have.

Not seats: when the hours that are over of one are added hangs on when it was heard of.
"""


@dataclass(frozen=True, slots=True)
class Amounts:
    """What was expected and what was observed, nano-dollars.

    `per_call`: what was expected is for the calls that came, whatever is usual.
    """

    expected: int
    observed: int
    per_call: bool = False

    @property
    def excess(self) -> int:
        """What is to be explained."""
        return self.observed - self.expected


def measured(usual: Bucket, seen: Bucket) -> str | None:
    """`tokens` or the unit that measures both; None where none does."""
    if not (usual.cost > 0 and seen.cost > 0):
        return None
    if tokens(usual) > 0 and tokens(seen) > 0:
        return "tokens"
    both = (unit for unit in UNITS if min(amount(usual, unit), amount(seen, unit)) > 0)
    return next(both, None)


def counts(usual: Bucket, seen: Bucket, amounts: Amounts) -> dict[str, int]:
    """What people compare: calls, failed ones, tokens a call and percent of input from a cache.

    Each as seen, and as usual for the expected cost under `usual_`; left out are those that are 0
    and those beyond MOST.
    """
    part, whole = max(amounts.expected, 0), usual.cost
    if amounts.per_call:
        part, whole = calls(seen), calls(usual)
    scale = Fraction(part, whole) if whole > 0 else Fraction(0)
    found = _counted(seen, Fraction(1))
    if scale:
        found |= {f"usual_{name}": count for name, count in _counted(usual, scale).items()}
    return {name: count for name, count in found.items() if 0 < count < MOST}


def _counted(bucket: Bucket, scale: Fraction) -> dict[str, int]:
    count = calls(bucket)
    given = sum(amount(bucket, name) for name in PLAIN)
    whole = given + sum(amount(bucket, name) for name in GROWN)
    read = amount(bucket, "cache_read")
    return {
        "calls": round(scale * count),
        "failed": round(scale * amount(bucket, clues.FAILED)),
        "tokens_per_call": round(Fraction(whole, count)) if count > 0 else 0,
        "cached_percent": round(Fraction(100 * read, given)) if given > 0 else 0,
    }


def calls(bucket: Bucket) -> int:
    """Requests, and one for each usage of a model that counts none."""
    return amount(bucket, "requests") + amount(bucket, clues.UNCOUNTED)


def tokens(bucket: Bucket) -> int:
    """Tokens, those that come out weighted."""
    plain = sum(amount(bucket, name) for name in PLAIN)
    return plain + WEIGHT * sum(amount(bucket, name) for name in GROWN)


def amount(bucket: Bucket, name: str) -> int:
    """A quantity or a clue of a bucket."""
    return bucket.quantities.get(name, 0)
