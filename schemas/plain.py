"""The rule that says nothing: what detectors and policies are made from."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from schemas.ends import Ends
from schemas.rules import NEVER, Grain, Memory, Past
from schemas.states import Bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """What holds of a rule unless it says otherwise: it knows nothing and learns nothing.

    `version` names all settings that its memory depends on.
    """

    name: str
    cause: str
    grain: Grain
    memory: int = 0
    siblings: int = 0
    ends: Ends = Ends.PACE
    guards: bool = False
    idles: bool = True
    patience: int = NEVER
    version: str = "1"

    @property
    def learner(self) -> Hashable:
        """All that it is."""
        return self

    def ceiling(self, memory: Memory, past: Past) -> int | None:
        """None: only the closed bucket can tell."""
        return None

    def quiet(self, memory: Memory, past: Past, costs: Sequence[int]) -> bool:
        """False: every bucket must be looked at."""
        return False

    def rests(self, memory: Memory, past: Past) -> int:
        """0: every bucket must be looked at."""
        return 0

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """None: it may find something from the first bucket on."""
        return None

    def usual(self, memory: Memory, minute: int) -> int:
        """0: nothing is known to be usual, and all that is spent while it lasts is too much."""
        return 0

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """Nothing changes."""
        return {}

    def taught(self, memory: Memory, costs: Sequence[int]) -> Memory | None:
        """Nothing changes: nothing is kept out of what it learns."""
        return {}
