"""One partition of a step, from the time that a member owns it until it is given up."""

from dataclasses import dataclass, field

from streams.log import Log, Ownership
from streams.steps.step import Site, State


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
