"""Who hears: the one protocol of all places, and how sending can end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifiers.manner import Manner
from schemas.records import Incident

Remote = Mapping[str, str]
"""What the vendor calls what we made there (channel and ts, issue key, ...), and what it was last
told (`notifiers.news.told`)."""


class NotSent(Exception):
    """The notice is not in its place; each way has its own answer (reference: RFC 9110, 15).

    `reason` is a short named code: it travels into logs and attempts, so it never holds a secret
    or a name that a user chose. `retry_after` is in seconds.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Unreachable(NotSent):
    """It did not happen, or may happen twice without harm: try again.

    Not before `retry_after` seconds where the vendor says so.
    """


class Uncertain(NotSent):
    """It may have happened: look before trying again."""


class Refused(NotSent):
    """It will never happen this way: no retry, tell the operator."""


class Gone(NotSent):
    """What we made before is no longer there: make it anew."""


@dataclass(frozen=True, slots=True)
class Update:
    """What a place is to show: an incident as it now stands."""

    incident: Incident
    delivered: int
    """The revision that the place shows now; 0: none."""

    organisation: str
    link: str
    """The page of the incident; empty where no address is known."""

    since: datetime | None = None
    """When the try in doubt began, by our clock; only where there is one."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a place is given of the world."""

    clock: Callable[[], datetime]
    """The present time, aware."""

    write: Callable[[str], None]
    """Where a console writes, line ends included."""

    colour: bool = False
    """Whether that is a terminal."""


class Notifier(Protocol):
    """One place. Retries, order and "already sent" are not its business (notifiers/delivery.py)."""

    @property
    def manner(self) -> Manner:
        """How fast and how often the place wants to be spoken to."""
        ...

    async def show(self, update: Update, remote: Remote) -> Remote:
        """Bring the place to the incident's revision; `remote` is empty when nothing is there yet.

        Returns what the vendor calls it. Raises Unreachable, Uncertain, Refused or Gone.
        """
        ...

    async def find(self, update: Update, remote: Remote) -> Remote | None:
        """After Uncertain: what is there after all; None, nothing that we made.

        `remote` is what was known before the try in doubt. Raises Unreachable, Refused or Gone.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
