"""The stage of a round: one broker, a fleet of processes under a supervisor, and a producer."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep

from streams.log import Log
from tests.kafka.broker import Broker
from tests.kafka.fleet import Fleet

TOGETHER = ("meter", "watch", "deliver")
APART = ("meter", "watch --only split", "watch --only watch", "watch --only judge", "deliver")
"""The processes of a round: the usual three, or each step in a process of its own."""

TEND = 0.25
"""Seconds between two looks of the supervisor."""

STARTS = 30.0
"""Seconds that a process gets to start: most of it is the imports, on a machine that is busy."""


@dataclass
class Scene:
    """What faults work on."""

    broker: Broker
    fleet: Fleet
    log: Log
    parts: Sequence[str]
    chance: random.Random
    poison: int = 0
    """Records sent so far that nobody can use."""

    revived: list[str] = field(default_factory=list)
    """Processes that ended by themselves and were started again."""

    def pause(self, seconds: float) -> None:
        """Wait, and start again what ends meanwhile."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            self.tend()
            sleep(min(TEND, left))

    def tend(self) -> None:
        """Be the supervisor that every process has."""
        self.revived += self.fleet.tend()

    def moment(self, least: float, most: float) -> None:
        """Wait for a random time."""
        self.pause(self.chance.uniform(least, most))

    def until_up(self, *slots: str, part: str = "") -> None:
        """Wait until workers have started: those of a part, or of all parts."""
        places = [(one, slot) for one in ([part] if part else self.parts) for slot in slots]
        until = monotonic() + STARTS
        while not all(self.fleet.is_up(*place) for place in places) and monotonic() < until:
            self.pause(TEND)

    def home(self, step: str) -> str:
        """The process that runs a step."""
        mine = {step, f"watch --only {step}"}
        return next((part for part in self.parts if part in mine), "watch")
