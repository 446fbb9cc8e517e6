"""Threads that run the steps: each has its own loop, and one that dies ends the process."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from spendwatch.metrics import Metrics
from streams.jobs import Job
from streams.log import Log, LogError
from streams.runner import Runner, Shell

logger = structlog.get_logger()

PATIENCE = 30.0
"""Seconds without a turn after which a worker counts as stuck."""


@dataclass(slots=True)
class Worker:
    """One step's thread."""

    job: Job
    runner: Runner
    thread: threading.Thread


@dataclass(slots=True)
class Workers:
    """All step threads of a process."""

    stop: threading.Event = field(default_factory=threading.Event)
    failed: threading.Event = field(default_factory=threading.Event)
    held: list[Worker] = field(default_factory=list)
    ended: Callable[[], None] = lambda: None
    """Called from the thread that ends first."""

    def start(self, jobs: Iterable[Job], shell: Shell, slot: str) -> None:
        """Start a thread for each job; `slot` names this process among its like."""
        for job in jobs:
            runner = Runner(job, shell)
            thread = threading.Thread(
                target=self._run, args=(job, runner, f"{job.name}-{slot}"), name=job.name
            )
            self.held.append(Worker(job, runner, thread))
        for worker in self.held:
            worker.thread.start()

    def _run(self, job: Job, runner: Runner, member: str) -> None:
        try:
            runner.run(member, self.stop)
        except LogError as wrong:
            logger.error("step_ended", job=job.name, error=str(wrong))
            self.failed.set()
        except Exception:
            logger.exception("step_crashed", job=job.name)
            self.failed.set()
        finally:
            self.stop.set()
            self.ended()

    def healthy(self) -> bool:
        """Whether every thread lives and has turned lately."""
        return all(
            one.thread.is_alive() and one.runner.silent_for() < PATIENCE for one in self.held
        )

    def measure(self, log: Log, metrics: Metrics) -> None:
        """How far each step is behind. Raises LogError."""
        for worker in self.held:
            for partition, position in worker.runner.positions().items():
                behind = sum(
                    max(log.end(topic, partition) - position.get(topic, 0), 0)
                    for topic in worker.job.inputs
                )
                metrics.lag.labels(worker.job.name, str(partition)).set(behind)

    def join(self) -> None:
        """Wait until all threads have ended."""
        for worker in self.held:
            worker.thread.join()
