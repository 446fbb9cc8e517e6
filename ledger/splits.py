"""Dividing a pool's cost: parts that sum to it exactly, whatever the weights."""

from collections.abc import Mapping

UNALLOCATED = ""
"""The name under which cost stays with the pool, where no member did anything."""


def split(cost: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Name to nano-dollars; the remainder goes to the largest part, ties by name.

    Parts sum to `cost` exactly, which may be negative. Without any weight all of it is
    unallocated.
    """
    total = sum(weights.values())
    if total == 0:
        return {UNALLOCATED: cost} if cost else {}
    parts = {name: cost * weight // total for name, weight in weights.items() if weight}
    largest = min(parts, key=lambda name: (-weights[name], name))
    parts[largest] += cost - sum(parts.values())
    return {name: part for name, part in parts.items() if part}


def correction(final: Mapping[str, int], provisional: Mapping[str, int]) -> dict[str, int]:
    """What turns the provisional split into the final one; sums to 0 where both sum alike."""
    names = sorted({*final, *provisional})
    moved = {name: final.get(name, 0) - provisional.get(name, 0) for name in names}
    return {name: amount for name, amount in moved.items() if amount}
