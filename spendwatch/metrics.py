"""Every metric of the program, declared once: its name, its labels, what it means."""

from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from schemas.moments import MINUTE, SECOND
from schemas.records import Attempt
from schemas.states import Progress
from streams.jobs import Job
from streams.steps.step import Outcome

NAMESPACE = "spendwatch"
COUNTED = ("charges", "duplicates", "misplaced", "late")
"""Counts of the meter that have a counter of their own."""


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.charges = self._counter("charges", "usages priced and owned")
        self.duplicates = self._counter("duplicates", "usages that had been seen before")
        self.misplaced = self._counter("misplaced", "usages sent on to their right partition")
        self.late = self._counter("late", "usages whose minute had closed")
        self.rejected = self._counter("rejected", "input that could not be used", ["reason"])
        self.priced = self._counter("charges_by_price_state", "charges by price state", ["state"])
        self.cost = self._counter("cost_nano_usd", "what was charged, nano-dollars")
        self.incidents = self._counter("incident_revisions", "revisions of incidents published")
        self.attempts = self._counter(
            "delivery_attempts", "tries to show an incident", ["place", "outcome"]
        )
        self.batch = Histogram(
            "batch_seconds",
            "from records in hand to committed",
            ["step"],
            registry=self.registry,
            namespace=NAMESPACE,
        )
        self.lag = self._gauge("lag_records", "records not read yet", ["step", "partition"])
        self.age = self._gauge("watermark_age_seconds", "clock less watermark", ["partition"])
        self.horizon = self._gauge(
            "identity_horizon_minutes", "how far back identities are known", ["partition"]
        )
        self.dropped = self._counter("batches_dropped", "batches that came to nothing", ["step"])

    def _counter(self, name: str, about: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, about, labels, registry=self.registry, namespace=NAMESPACE)

    def _gauge(self, name: str, about: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(name, about, labels, registry=self.registry, namespace=NAMESPACE)

    def batch_done(self, job: Job, partition: int, outcome: Outcome, seconds: float) -> None:
        """Count one committed batch."""
        del partition
        self.batch.labels(job.name).observe(seconds)
        self._count(outcome.counts)

    def batch_dropped(self, job: Job, partition: int) -> None:
        """Count one batch that came to nothing."""
        del partition
        self.dropped.labels(job.name).inc()

    def metered(self, partition: int, progress: Progress, now: int) -> None:
        """How far a usage partition's meter has got; `now` is microseconds since 1970."""
        if not progress.watermark:
            return
        age, reach = now - progress.watermark, progress.watermark // MINUTE - progress.horizon
        self.age.labels(str(partition)).set(age / SECOND)
        self.horizon.labels(str(partition)).set(reach)

    def _count(self, counts: Mapping[str, int]) -> None:
        for name, count in counts.items():
            if name in COUNTED:
                getattr(self, name).inc(count)
            elif name == "nano_usd":
                self.cost.inc(count)
            elif name == "incidents":
                self.incidents.inc(count)
            elif name.startswith("rejected_"):
                self.rejected.labels(name.removeprefix("rejected_")).inc(count)
            elif name.startswith("charges_"):
                self.priced.labels(name.removeprefix("charges_")).inc(count)

    def attempted(self, attempt: Attempt) -> None:
        """Count one try to show an incident."""
        self.attempts.labels(attempt.place, attempt.outcome).inc()
