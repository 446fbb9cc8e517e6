"""One round: a fresh fleet on fresh topics, a stream, faults, and a verdict."""

import random
import shutil
import traceback
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from time import monotonic

from streams.log import Log, LogError
from tests.kafka.broker import Broker
from tests.kafka.chaos.faults import Fault, draw
from tests.kafka.chaos.receivers import SECRETS, Receivers
from tests.kafka.chaos.scene import APART, TOGETHER, Scene
from tests.kafka.chaos.stream import PatientLog, Stream, rules
from tests.kafka.chaos.verdict import Expected, Verdict, judged, undelivered
from tests.kafka.fleet import Fleet, unread
from tests.kafka.kafka_fixtures import drop

WIDTHS = ((2, 2), (4, 2), (3, 4))
"""Partitions of usage and tally."""

BESIDE = 8.0
"""Seconds of the stream beside those of the faults: before the first and between them."""

PATIENCE = 75.0
"""Seconds after the last fault until everything must have been read and told."""

EXTRA = {**SECRETS, "PYTHONFAULTHANDLER": "1"}
"""Environment variables of the fleet; Python then says where it stands when it is aborted."""


@dataclass
class Round:
    """What a seed draws, and what became of it."""

    seed: int
    folder: Path
    keep: bool = False
    faults: list[Fault] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    revived: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def run(self, broker: Broker) -> "Round":
        """Play it; whatever goes wrong in it is its verdict. The folder stays if anything does,
        or where it is to be kept.
        """
        begun = monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._play(broker)
        except Exception:
            self.verdict.broken(traceback.format_exc())
        self.seconds = monotonic() - begun
        if self.verdict.sound and not self.keep:
            shutil.rmtree(self.folder)
        else:
            (self.folder / "verdict.txt").write_text("\n".join([str(self), *self.verdict.notes]))
            (self.folder / "broker.log").write_text(broker.log())
        return self

    def __str__(self) -> str:
        """A line for people."""
        faults = ", then ".join(map(str, self.faults))
        revived = f"; came back: {', '.join(self.revived)}" if self.revived else ""
        found = "sound" if self.verdict.sound else f"WRONG {self.verdict.numbers()}, {self.folder}"
        return f"seed {self.seed}, {self.seconds:.0f} s: {faults}{revived}: {found}"

    def _play(self, broker: Broker) -> None:
        chance = random.Random(self.seed)
        self.faults = draw(chance)
        usage, tally = chance.choice(WIDTHS)
        parts = chance.choice((TOGETHER, TOGETHER, APART))
        prefix = f"c{self.seed}-{int(monotonic() * 1000)}-"
        with ExitStack() as stack:
            receivers = stack.enter_context(Receivers())
            fleet = Fleet(broker.bootstrap, prefix, usage, tally, EXTRA, logs=self.folder)
            stream = Stream(self.seed, rules(receivers.places()))
            (self.folder / "rulebook.yaml").write_text(stream.rules)
            stack.enter_context(fleet)
            fleet.call("rulebook", "publish", str(self.folder / "rulebook.yaml"))
            log = PatientLog(broker.bootstrap, prefix)
            stack.callback(log.close)
            scene = Scene(broker, fleet, log, parts, chance)
            self._under_load(scene, stream)
            self._settle(scene, stream, receivers)
            self.revived = scene.revived
        drop(broker.bootstrap, prefix)

    def _under_load(self, scene: Scene, stream: Stream) -> None:
        """The stream in one thread, the faults one after the other in this one."""
        lasts = BESIDE + sum(fault.lasts for fault in self.faults)
        producer = Thread(target=stream.send, args=(scene.log, lasts), name="producer")
        for part in scene.parts:
            scene.fleet.start(part)
        scene.until_up("0")
        producer.start()
        try:
            scene.moment(2, 4)
            for fault in self.faults:
                scene.moment(0, 3)
                fault.happen(scene)
        finally:
            producer.join()

    def _settle(self, scene: Scene, stream: Stream, receivers: Receivers) -> None:
        expected = Expected(stream.ledger(), stream.replayed(), scene.poison)
        until = monotonic() + PATIENCE
        while (left := behind(scene.log)) and monotonic() < until:
            scene.pause(0.5)
        if left:
            self.verdict.broken(f"not recovered: {left}")
            scene.fleet.abort()
        else:
            self.verdict = judged(scene.log, expected, receivers)


def behind(log: Log) -> str:
    """What is still to be read or told; empty once there is nothing."""
    try:
        left = {name: count for name, count in unread(log).items() if count}
        return f"unread {left}" if left else ", ".join(undelivered(log))
    except LogError as wrong:
        return str(wrong)
