"""One partition of a step, from the time that a member owns it until it is given up."""

from dataclasses import dataclass, field

import structlog

from schemas.codec import Codec
from streams.jobs import Job
from streams.log import Log, Ownership
from streams.restored import check_whole
from streams.steps.step import Key, Site, State, key_bytes

POSITION: Key = ("position",)
"""Under which a step keeps how far it has read, beside what it remembers."""

logger = structlog.get_logger()


@dataclass(slots=True)
class Part:
    """One partition of a step while this member owns it."""

    owner: Ownership
    state: State
    site: Site
    next: dict[str, int]
    idled: float
    """When it last looked at the clock, in the shell's monotonic seconds."""

    bare: dict[str, int] = field(default_factory=dict)
    """Up to where nothing but markers of transactions was left to read, by topic."""

    unsaved: bool = False
    """Whether it has read on without a commit, as nothing came of what it read."""

    def waits(self, log: Log, topic: str) -> bool:
        """Whether a record is left to read: the end alone counts the markers of transactions.

        Raises LogError.
        """
        start, end = self.next.get(topic, 0), log.end(topic, self.site.partition)
        start = max(start, self.bare.get(topic, 0))
        if end <= start:
            return False
        if any(True for _ in log.read(topic, self.site.partition, start)):
            return True
        self.bare[topic] = end
        return False


def opened(job: Job, log: Log, codec: Codec, number: int, now: float) -> Part:
    """Fence the former owner, then restore to the end; `now` is in monotonic seconds.

    Raises LogError.
    """
    owner = log.own(job.name, number)
    found = log.newest(job.memory, number)
    last = found.pop(key_bytes(POSITION), None)
    position = dict(codec.decode(last).next) if last else {}
    check_whole(log, job.name, (job.memory, number), position)
    state = job.state.restored(found.items(), codec.decode)
    site = Site(number, log.partitions("usage"), log.partitions("tally"), codec)
    logger.info("partition_opened", job=job.name, partition=number, keys=len(found))
    return Part(owner, state, site, position, now)
