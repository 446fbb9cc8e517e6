"""Several columns of whole numbers as one, so that rows that agree in all are found at once."""

from collections.abc import Sequence

import numpy as np

from streams.steps.intake import Ints

WIDEST = 2**62
"""Combined numbers stay below, so that they fit 64 bits."""


def combined(keys: Sequence[Ints]) -> Ints:
    """One number for each row, the same where all keys are, ordered as the keys are in turn."""
    found, wide = np.zeros(len(keys[0]), dtype=np.int64), 1
    for key in keys if len(found) else ():
        least = int(key.min())
        size = int(key.max()) - least + 1
        if wide * size > WIDEST:
            seen, found = np.unique(found, return_inverse=True)
            wide = len(seen)
        found, wide = found * size + (key - least), wide * size
    return found
