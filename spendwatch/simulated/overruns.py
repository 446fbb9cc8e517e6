"""Named overruns: what goes wrong on purpose, when, whose it is and what it costs.

An overrun only adds usage of its own, takes a feed's away or lengthens prompts; everything else
stays as it was, event for event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from spendwatch.simulated.callers import Caller
from spendwatch.simulated.organisation import CALLERS, busy_usd
from spendwatch.simulated.rhythm import DAY, MINUTE, Moments, Rhythm, factors
from spendwatch.simulated.spreads import Floats

UNAPPROVED = ("anthropic", "claude-opus-4-1")
"""Provider and model that no caller is allowed to use."""

TEAMS = ("sales", "legal", "finance", "marketing", "people")
"""Who joins a pilot, one after another."""

DOUBLINGS, GROWING = 4, 0.6
"""A pilot doubles so often in that share of its time, then stays."""


class Kind(StrEnum):
    """What goes wrong."""

    RUNAWAY_LOOP = "runaway_loop"
    """A key of an agent burns `size` times the application's busy minute."""

    PILOT = "pilot"
    """Team after team joins, up to `size` times the busy minute, until it is stopped."""

    UNAPPROVED_MODEL = "unapproved_model"
    """A model that isn't allowed is called in production, at `size` times the busy minute."""

    SILENT_FEED = "silent_feed"
    """A machine feed sends nothing."""

    CREEP = "creep"
    """Prompts grow by the share `size` a day, from the start on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrun:
    """One thing that goes wrong in `[start, end)` with a caller of the organisation."""

    kind: Kind
    caller: str
    start: datetime
    end: datetime
    size: float = 0.0

    @property
    def victim(self) -> Caller:
        """The caller as it usually is. Raises KeyError for one that doesn't exist."""
        return CALLERS[self.caller]

    @property
    def owner(self) -> str:
        """The application that an incident must name."""
        return self.victim.application

    @property
    def names(self) -> Mapping[str, str]:
        """Dimensions of the narrowest series in which it shows."""
        narrow = {
            Kind.RUNAWAY_LOOP: {"principal": self.victim.principal},
            Kind.UNAPPROVED_MODEL: {"model": UNAPPROVED[1]},
            Kind.SILENT_FEED: {"source": self.victim.source},
        }
        return {"application": self.owner, **narrow.get(self.kind, {})}

    @property
    def usd(self) -> float:
        """Expected extra dollars at rate 1; below 0 for a feed that is silent."""
        first, last = milliseconds(self.start), milliseconds(self.end)
        if extras := extra_callers(self):
            return sum(one.usd for one in extras)
        at = np.arange(first, last, MINUTE)
        usual = factors(self.victim.rhythm, at)
        if self.kind is Kind.SILENT_FEED:
            return -float(self.victim.busy_usd * usual.sum())
        prompts = self.victim.pace * self.victim.prompt_usd
        return float(prompts * (usual * (growth(self, at) - 1)).sum())


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, which is exact where a float of seconds is not."""
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Extra:
    """A caller that only exists in `[start, end)`, milliseconds since 1970."""

    caller: Caller
    start: int
    end: int
    grows: bool = False

    def touches(self, first: int, last: int) -> bool:
        """Whether it exists at any moment from `first` to `last`."""
        return self.start <= last and self.end > first

    def strength(self, at: Moments) -> Floats:
        """Its pace at each moment, as a share of its own."""
        inside = (at >= self.start) & (at < self.end)
        return np.where(inside, self.ramp((at - self.start) / (self.end - self.start)), 0.0)

    def ramp(self, part: Floats) -> Floats:
        """Its pace when that part of its time has gone."""
        if not self.grows:
            return np.ones_like(part)
        grown: Floats = np.exp2(DOUBLINGS * np.minimum(part / GROWING - 1, 0))
        return grown

    @property
    def usd(self) -> float:
        """Expected dollars."""
        mean = float(self.ramp((np.arange(1000) + 0.5) / 1000).mean())
        return self.caller.busy_usd * mean * (self.end - self.start) / MINUTE


def extra_callers(overrun: Overrun) -> tuple[Extra, ...]:
    """The callers that an overrun brings with it."""
    if overrun.kind is Kind.RUNAWAY_LOOP:
        return (extra(overrun, overrun.victim, every=6.0),)
    if overrun.kind is Kind.UNAPPROVED_MODEL:
        provider, model = UNAPPROVED
        other = replace(overrun.victim, provider=provider, model=model, cached=0.0, written=0.0)
        return (extra(overrun, other, every=20.0),)
    if overrun.kind is Kind.PILOT:
        return tuple(joining(overrun, place) for place in range(len(TEAMS)))
    return ()


def extra(overrun: Overrun, like: Caller, every: float, part: float = 1.0) -> Extra:
    """A caller like another that burns a part of the overrun, whatever the hour."""
    start, end = milliseconds(overrun.start), milliseconds(overrun.end)
    usd = overrun.size * part * busy_usd(overrun.owner)
    caller = replace(
        like,
        name=f"{like.name}/{overrun.kind}-{start // MINUTE}",
        rhythm=Rhythm.STEADY,
        bursts=False,
        every=every,
        pace=usd / like.unit_usd,
    )
    return Extra(caller, start, end)


def joining(overrun: Overrun, place: int) -> Extra:
    """The team that joins in that place, each a twentieth of the pilot's time after the last."""
    team, victim = TEAMS[place], overrun.victim
    like = replace(victim, name=f"{victim.name}-{team}", principal=f"{victim.principal}-{team}")
    one = extra(overrun, like, every=30.0, part=1 / len(TEAMS))
    return replace(one, start=one.start + place * (one.end - one.start) // 20, grows=True)


def growth(overrun: Overrun, at: Moments) -> Floats:
    """By what prompts are multiplied at each moment."""
    inside = (at >= milliseconds(overrun.start)) & (at < milliseconds(overrun.end))
    days = (at - milliseconds(overrun.start)) / DAY
    return np.where(inside, (1 + overrun.size) ** np.maximum(days, 0), 1.0)


def silent(overrun: Overrun, at: Moments) -> NDArray[np.bool_]:
    """Which moments the feed says nothing in."""
    return (at >= milliseconds(overrun.start)) & (at < milliseconds(overrun.end))
