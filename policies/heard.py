"""What judge hears: a finding and when it came, and what the rulebook says of incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.life import Signal
from policies.routes import Route
from policies.severity import Severities
from schemas.records import Finding

CATCHING_UP = timedelta(minutes=15)
"""What is heard of later than this after it happened is recorded, not told."""

HISTORY, CAUGHT_UP, TOLD = "history", "caught_up", ""
"""Why nobody is told; the last: somebody is."""

CALM, BURNING, CORRECTED = "calm", "burning", "corrected"
"""Phases of a finding, beside `breach` and `early`; the last is of minutes that have closed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rulebook says of incidents."""

    severities: Severities
    routes: Sequence[Route]
    hash: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A finding, and when it came, as early as it could have."""

    finding: Finding
    at: datetime

    @property
    def quiet(self) -> str:
        """Why it is not told; empty if it is. A budget's mark holds for as long as its month."""
        if self.finding.history:
            return HISTORY
        late = self.at - self.finding.time > CATCHING_UP
        return CAUGHT_UP if late and self.finding.cause != "budget" else TOLD

    @property
    def signal(self) -> Signal:
        """What it is to the life of its incident."""
        if self.finding.phase in (CALM, BURNING):
            return Signal.BURN
        return Signal.MUTE if self.finding.cause == "silence" else Signal.BREACH

    @property
    def matters(self) -> bool:
        """Whether what burns still adds a tenth of what it has cost within an hour."""
        return self.finding.hourly_nano_usd * 10 > self.finding.accrued_nano_usd


def narrowest(heard: Heard) -> tuple[int, str, str]:
    """Sorts findings of one moment: the narrowest series first."""
    return -len(heard.finding.dimensions), heard.finding.series, heard.finding.rule
