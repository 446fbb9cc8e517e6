"""Why an amount is there."""

from enum import IntEnum


class Kind(IntEnum):
    """The kind of an amount, as tallies number it; only `usage` feeds buckets and ceilings."""

    USAGE = 0
    LATE = 1
    """Its bucket had closed under its own partition's watermark."""

    REVERSAL = 2
    """Takes back what an older rate or owner charged."""

    RERATE = 3
    """Charges it again."""

    TRUEUP = 4
    """Final less provisional split of a pool's day."""

    FINAL = 5
    """The final split of a pool's closed day, for budgets alone."""

    @property
    def word(self) -> str:
        """As charges name it."""
        return self.name.lower()


RESTATED = frozenset({Kind.REVERSAL, Kind.RERATE})
"""What corrects charges: a price or an owner was wrong."""
