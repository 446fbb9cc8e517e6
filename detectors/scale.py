"""What is said, and what it was counted to be worth: a table measured once."""

from bisect import bisect
from dataclasses import dataclass

import numpy as np

from detectors.tails import Floats


@dataclass(frozen=True, slots=True)
class Scale:
    """log10 of once in so many: what was said, rising, and what it was found to be worth."""

    raw: tuple[float, ...]
    true: tuple[float, ...]

    def calibrated(self, said: Floats) -> Floats:
        """What it is worth; beyond the last measured value it goes on at the same pace."""
        worth: Floats = np.interp(said, self.raw, self.true) + np.maximum(0.0, said - self.raw[-1])
        return worth

    def said_for(self, worth: float) -> float:
        """What has to be said for it to be worth that much."""
        at = min(max(bisect(self.true, worth), 1), len(self.true) - 1)
        (low, high), (said, most) = self.true[at - 1 : at + 1], self.raw[at - 1 : at + 1]
        share = min(max((worth - low) / (high - low), 0.0), 1.0)
        return said + share * (most - said) + max(0.0, worth - self.true[-1])
