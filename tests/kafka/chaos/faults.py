"""What goes wrong in a round: each fault is a value that its seed draws and that says its name."""

import os
import random
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import ClassVar, Protocol

from streams.log import Entry
from tests.kafka.chaos.scene import Scene
from tests.kafka.failing import Point

STEPS = ("meter", "split", "watch", "judge", "deliver")
OUTAGE = 60.0
SESSION = 6.0
"""Seconds after which a group gives a silent member's partitions away (streams.kafka_settings)."""

STRIKES = 20.0
"""Seconds that a failpoint gets to be reached: at the end of the stream it may never be."""

STANDBY = "9"
POISON: Sequence[bytes | None] = (
    b"\xff\xfe neither Avro nor JSON",
    b'{"specversion": "1.0", "id": "x", "source": "/s", "type": "ai.usage.llm.v1"}',
    b'{"specversion": "1.0", "data": ',
    b"",
    None,
)


class Fault(Protocol):
    """Something that goes wrong and is over when `happen` returns, in about `lasts` seconds."""

    @property
    def lasts(self) -> float:
        """How long it takes."""
        ...

    def happen(self, scene: Scene) -> None:
        """Do it."""
        ...


@dataclass(frozen=True)
class Killed:
    """SIGKILL of the process that runs a step, and a new one after a while."""

    step: str
    away: float
    lasts: ClassVar[float] = 4.0

    def happen(self, scene: Scene) -> None:
        """See Fault."""
        part = scene.home(self.step)
        scene.fleet.kill(part)
        scene.pause(self.away)
        scene.fleet.start(part)


@dataclass(frozen=True)
class KilledAt:
    """SIGKILL at a named point of a step's own transaction."""

    step: str
    point: Point
    number: int
    lasts: ClassVar[float] = 8.0

    def happen(self, scene: Scene) -> None:
        """See Fault."""
        part = failing(scene, self.step, self.point, self.number, signal.SIGKILL)
        struck(scene, part)
        scene.fleet.kill(part)
        scene.fleet.start(part)


@dataclass(frozen=True)
class StoppedAt:
    """SIGSTOP at such a point; another member takes over, and then the first one goes on."""

    step: str
    point: Point
    number: int
    lasts: ClassVar[float] = 20.0

    def happen(self, scene: Scene) -> None:
        """See Fault."""
        part = failing(scene, self.step, self.point, self.number, signal.SIGSTOP)
        scene.fleet.start(part, STANDBY)
        struck(scene, part)
        scene.until_up(STANDBY, part=part)
        scene.moment(SESSION + 2, SESSION + 5)
        scene.fleet.send(part, "0", signal.SIGCONT)
        scene.pause(3.0)
        scene.fleet.stop(part, STANDBY)
        scene.fleet.kill(part)
        scene.fleet.start(part)


@dataclass(frozen=True)
class Zombie:
    """SIGSTOP at any moment for longer than the session, then SIGCONT; with another member or
    without one.
    """

    step: str
    relieved: bool
    lasts: ClassVar[float] = 16.0

    def happen(self, scene: Scene) -> None:
        """See Fault."""
        part = scene.home(self.step)
        if self.relieved:
            scene.fleet.start(part, STANDBY)
            scene.until_up(STANDBY, part=part)
            scene.moment(0, 2)
        scene.fleet.send(part, "0", signal.SIGSTOP)
        scene.moment(SESSION + 2, SESSION + 5)
        scene.fleet.send(part, "0", signal.SIGCONT)
        if self.relieved:
            scene.pause(3.0)
            scene.fleet.stop(part, STANDBY)


@dataclass(frozen=True)
class Scaled:
    """From one worker of a kind to three and back under load, ended in order or killed."""

    step: str
    gently: bool
    lasts: ClassVar[float] = 14.0

    def happen(self, scene: Scene) -> None:
        """See Fault."""
        part = scene.home(self.step)
        for slot in ("1", "2"):
            scene.fleet.start(part, slot)
        scene.until_up("1", "2", part=part)
        scene.moment(6, 9)
        for slot in ("1", "2"):
            (scene.fleet.stop if self.gently else scene.fleet.kill)(part, slot)


@dataclass(frozen=True)
class BrokerKilled:
    """The broker ended as by a power cut, and started again on what it had."""

    away: float
    lasts: ClassVar[float] = 10.0

    def happen(self, scene: Scene) -> None:
        """See Fault."""
        scene.broker.kill()
        scene.pause(self.away)
        scene.broker.start()


@dataclass(frozen=True)
class Unreachable:
    """The broker does not answer for a minute: connections stay, nothing moves."""

    lasts: ClassVar[float] = OUTAGE

    def happen(self, scene: Scene) -> None:
        """See Fault."""
        scene.broker.pause()
        try:
            scene.pause(OUTAGE)
        finally:
            scene.broker.resume()


@dataclass(frozen=True)
class Poisoned:
    """A record that nobody can use, in every partition of usage."""

    kind: int
    lasts: ClassVar[float] = 1.0

    def happen(self, scene: Scene) -> None:
        """See Fault."""
        partitions = range(scene.log.partitions("usage"))
        scene.log.append([Entry("usage", b"k", POISON[self.kind], one) for one in partitions])
        scene.poison += len(partitions)


def failing(scene: Scene, step: str, point: Point, number: int, sign: signal.Signals) -> str:
    """Put a process with a failpoint in the place of the one that runs a step; its part."""
    part = scene.home(step)
    scene.fleet.kill(part)
    told = [step, point.value, str(number), sign.name]
    scene.fleet.start(part, by=[sys.executable, "-m", "tests.kafka.failing", *told])
    return part


def struck(scene: Scene, part: str) -> None:
    """Wait until a process has killed or stopped itself, or had its chance."""
    until = monotonic() + STRIKES
    process = scene.fleet.running[part, "0"]
    flags = os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT
    while monotonic() < until and os.waitid(os.P_PID, process.pid, flags) is None:
        sleep(0.05)


Draw = Callable[[random.Random], Fault]


def a_kill(chance: random.Random) -> Fault:
    """Half at a random moment, half at a named point."""
    if chance.random() < 0.5:
        return Killed(chance.choice(STEPS), round(chance.uniform(0, 3), 1))
    return KilledAt(*somewhere(chance))


def a_zombie(chance: random.Random) -> Fault:
    """Half at a random moment, half at a named point."""
    if chance.random() < 0.5:
        return Zombie(chance.choice(STEPS), chance.random() < 0.7)
    return StoppedAt(*somewhere(chance))


def somewhere(chance: random.Random) -> tuple[str, Point, int]:
    """A transaction's step, point and number."""
    step = chance.choice(STEPS)
    return step, chance.choice(list(Point)), chance.randint(1, 3 if step == "deliver" else 8)


def a_scaling(chance: random.Random) -> Fault:
    """Of any kind of worker."""
    return Scaled(chance.choice(STEPS), chance.random() < 0.5)


def a_broker_kill(chance: random.Random) -> Fault:
    """Away for a moment."""
    return BrokerKilled(round(chance.uniform(0, 3), 1))


def an_outage(chance: random.Random) -> Fault:
    """Always of the same length."""
    return Unreachable()


def a_poison(chance: random.Random) -> Fault:
    """Of any kind."""
    return Poisoned(chance.randrange(len(POISON)))


KINDS: Sequence[tuple[Draw, int]] = (
    (a_kill, 8),
    (a_zombie, 4),
    (a_scaling, 4),
    (a_broker_kill, 3),
    (an_outage, 1),
    (a_poison, 3),
)
"""How faults are drawn, and how often of each other."""

LONG, LONGEST = 45.0, 68.0
"""Seconds that the faults of a round may take together: without an outage, and with one."""


def draw(chance: random.Random) -> list[Fault]:
    """One to three faults that fit into a round, in the order in which they happen."""
    kinds, weights = zip(*KINDS, strict=True)
    found: list[Fault] = []
    for kind in chance.choices(kinds, weights, k=chance.choice((1, 2, 2, 3))):
        fault = kind(chance)
        if fits([*found, fault]):
            found.append(fault)
    return found


def fits(faults: Sequence[Fault]) -> bool:
    """Whether a round with these faults ends in time; a broker that was killed is slow to mend."""
    if sum(isinstance(one, BrokerKilled) for one in faults) > 1:
        return False
    most = LONGEST if any(isinstance(one, Unreachable) for one in faults) else LONG
    return sum(one.lasts for one in faults) <= most
