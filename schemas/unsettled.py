"""What judge remembers beside incidents: values of the topic `incident`, as those of `states`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.records import Answer, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A finding that judge has heard and that is not yet settled; `heard`: when the log took it."""

    finding: Finding
    heard: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer that judge has heard and whose incident is not settled yet."""

    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What judge keeps beside incidents; times in microseconds since 1970."""

    watermarks: Mapping[str, int] = field(default_factory=dict)
    partitions: int = 0
    clock: int = 0
    answers: tuple[str, ...] = ()
    early: tuple[str, ...] = ()
    """Incidents that are published and not settled yet."""
