"""Who hears: the one protocol of all places, and how sending can end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from schemas.records import Incident

Remote = Mapping[str, str]
"""What the vendor calls what we made there: channel and ts, issue key, ..."""


class NotSent(Exception):
    """The notice is not in its place; each way has its own answer (reference: RFC 9110, 15)."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Unreachable(NotSent):
    """It did not happen; try again, not before `retry_after` seconds where the vendor says so."""


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


class Notifier(Protocol):
    """One place. Retries, order and "already sent" are not its business (notifiers/delivery.py)."""

    async def show(self, update: Update, remote: Remote) -> Remote:
        """Bring the place to the incident's revision; `remote` is empty when nothing is there yet.

        Returns what the vendor calls it. Raises Unreachable, Uncertain, Refused or Gone.
        """
        ...

    async def find(self, update: Update) -> Remote | None:
        """After Uncertain: what the vendor calls it, if it is there after all. Raises Unreachable."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
