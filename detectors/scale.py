"""What is said, and what it was counted to be worth: a table measured once."""

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
        return float(np.interp(worth, self.true, self.raw)) + max(0.0, worth - self.true[-1])
