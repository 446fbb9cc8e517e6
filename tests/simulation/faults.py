"""What may befall a member, where, and how often in a seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """What befalls a member at a point of its work."""

    CRASH = "crash"
    """It is gone; the log hears nothing more of it."""

    PAUSE = "pause"
    """It stands still while others go on, and then continues: perhaps a zombie."""

    REFUSE = "refuse"
    """The log refuses, and nothing has happened."""

    UNCERTAIN = "uncertain"
    """No answer comes."""


WHERE: Mapping[str, tuple[Fault, ...]] = {
    "poll": (Fault.CRASH, Fault.PAUSE, Fault.REFUSE),
    "polled": (Fault.CRASH, Fault.PAUSE),
    "own": (Fault.CRASH, Fault.PAUSE, Fault.REFUSE),
    "owned": (Fault.CRASH, Fault.PAUSE),
    "begin": (Fault.CRASH, Fault.PAUSE, Fault.REFUSE),
    "produced": (Fault.CRASH, Fault.PAUSE, Fault.REFUSE, Fault.UNCERTAIN),
    "offsets": (Fault.CRASH, Fault.PAUSE, Fault.REFUSE, Fault.UNCERTAIN),
    "committed": (Fault.CRASH, Fault.PAUSE, Fault.UNCERTAIN),
}
"""The points of a member's work in their order, and what may happen at each.

Before the fence, between fence and restore, before a batch is taken and before it is worked on;
before anything is written, after the records, after the position, and after the commit is decided
but before its answer is seen.
"""


@dataclass(frozen=True, slots=True)
class Faults:
    """What a seed has in store."""

    chances: Mapping[Fault, float]
    """How likely each is at a point where it may happen."""

    most: int
    """How many befall members altogether."""

    lag: float
    """How likely a transaction's marker stays away at each look."""

    small: float
    """How likely a poll gives only a few records."""

    moves: float
    """How likely an action is a member that leaves or comes."""

    jumps: bool
    """Whether the clocks of the log and of the members jump."""


def draw(seed: int) -> Faults:
    """A seed's faults; some seeds have none, so that a failure there says something else."""
    drawn = Random(f"faults {seed}")
    rate = drawn.choice((0, 0.01, 0.03, 0.08))
    return Faults(
        chances={fault: rate * drawn.choice((0, 1, 1)) for fault in Fault},
        most=drawn.randint(5, 25),
        lag=drawn.choice((0, 0.3, 0.7)),
        small=drawn.choice((0, 0.1, 0.4)),
        moves=drawn.choice((0, 0.05, 0.15)),
        jumps=drawn.random() < 0.3,
    )
