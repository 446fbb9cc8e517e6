"""Threads that run the steps: one that dies ends the process.

On Kafka each step has a thread. On the embedded log one thread takes turns with all of them: they
share one interpreter, and four threads that compute cost twice the time of one (measured).
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from spendwatch.metrics import Metrics
from streams.circles import look_seldom
from streams.jobs import Job
from streams.log import Log, LogError
from streams.pipeline import PROGRESS
from streams.runner import WAIT, Runner
from streams.shell import Shell

logger = structlog.get_logger()

PATIENCE = 60.0
"""Seconds without a turn after which a worker counts as stuck."""

BRIEF = 0.05
"""Seconds that steps which take turns wait when none of them has anything to do."""


def in_turns(jobs: Sequence[Job]) -> list[Job]:
    """Of steps that take turns the first gathers: what it writes is there for those after it."""
    return [*jobs[:1], *(replace(job, linger=0.0) for job in jobs[1:])]


@dataclass(slots=True)
class Workers:
    """All step threads of a process."""

    stop: threading.Event = field(default_factory=threading.Event)
    failed: threading.Event = field(default_factory=threading.Event)
    runners: list[tuple[Job, Runner]] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    ended: Callable[[], None] = lambda: None
    """Called from the thread that ends first."""

    def start(self, jobs: Sequence[Job], shell: Shell, slot: str, together: bool) -> None:
        """Start the jobs; `slot` names this process among its like."""
        look_seldom()
        taken = in_turns(jobs) if together else jobs
        self.runners = [(job, Runner(job, shell)) for job in taken]
        groups = [self.runners] if together else [[one] for one in self.runners]
        for group in groups:
            name = "steps" if together else group[0][0].name
            runners = [runner for _, runner in group]
            thread = threading.Thread(target=self._run, args=(runners, slot, name), name=name)
            self.threads.append(thread)
            thread.start()

    def _run(self, runners: Sequence[Runner], slot: str, name: str) -> None:
        try:
            for runner in runners:
                runner.join(slot)
            while not self.stop.is_set():
                self._turns(runners)
        except LogError as wrong:
            logger.error("step_ended", steps=name, error=str(wrong))
            self.failed.set()
        except Exception:
            logger.exception("step_crashed", steps=name)
            self.failed.set()
        finally:
            for runner in runners:
                runner.leave()
            self.stop.set()
            self.ended()

    def _turns(self, runners: Sequence[Runner]) -> None:
        """A turn of each; where none had anything to do, the first waits a little."""
        if len(runners) == 1:
            runners[0].turn(WAIT)
        elif not any([runner.turn(0.0) for runner in runners]):  # noqa: C419 - each has its turn
            runners[0].turn(BRIEF)

    def healthy(self) -> bool:
        """Whether every thread lives and has turned lately."""
        alive = all(thread.is_alive() for thread in self.threads)
        return alive and all(runner.silent_for() < PATIENCE for _, runner in self.runners)

    def measure(self, log: Log, metrics: Metrics, now: int) -> None:
        """How far each step is behind; `now` is microseconds since 1970. Raises LogError."""
        for job, runner in self.runners:
            for partition, progress in runner.remembers(PROGRESS).items():
                metrics.metered(partition, progress, now)
            for partition, position in runner.positions().items():
                behind = sum(
                    max(log.end(topic, partition) - position.get(topic, 0), 0)
                    for topic in job.inputs
                )
                metrics.lag.labels(job.name, str(partition)).set(behind)

    def join(self) -> None:
        """Wait until all threads have ended."""
        for thread in self.threads:
            thread.join()
