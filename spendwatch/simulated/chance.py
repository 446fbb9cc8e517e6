"""Chance that follows from names: the same names give the same numbers in any process."""

from hashlib import blake2b

import numpy as np


def chance(*names: str | int) -> np.random.Generator:
    """A stream of random numbers that depends on the names alone, never on Python's own hash."""
    digest = blake2b("|".join(map(str, names)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
