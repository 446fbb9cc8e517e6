"""What rules of hours share that learn at midnight: their memory is that of coming.py."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

from detectors import coming
from detectors.base import Detector, learns_until
from detectors.rhythm import DAY
from schemas.rules import Memory, Past


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily(Detector):
    """A rule of hours that learns nothing within a day."""

    once_in: int
    floor: int

    @property
    def learner(self) -> Hashable:
        """What is rare and what is dear is no part of it."""
        return replace(self, once_in=0, floor=0)

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """The hour up to which it only learns; None once it may find something."""
        return None if "known" in memory else learns_until(past.first, DAY)

    def day_over(self, memory: Memory, past: Past, cost: int) -> coming.Hours | None:
        """The hours to learn from, if the one of that cost ends a day."""
        end = past.at + 1
        if end % DAY or end < learns_until(past.first, DAY):
            return None
        return coming.Hours(past.first, end, coming.filled(self, memory, past, cost))
