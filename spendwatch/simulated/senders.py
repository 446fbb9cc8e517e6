"""Who sends in one simulated run, and what its overruns change."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spendwatch.simulated.callers import Caller
from spendwatch.simulated.organisation import CALLERS
from spendwatch.simulated.overruns import Extra, Kind, Overrun, extra_callers, growth, silent
from spendwatch.simulated.rhythm import MINUTE, Moments, bursts, factors, noise
from spendwatch.simulated.spreads import Floats

SPANS = ((4, 360), (40, 60), (400, 6))
"""Up to that rate chance is drawn for so many minutes at once; above, for one."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A caller as it is in one run: usual or extra, with the overruns that strike it."""

    caller: Caller
    extra: Extra | None = None
    struck: tuple[Overrun, ...] = ()

    def expected(self, seed: int, starts: Moments) -> Floats:
        """Expected units of the intervals that begin then, in order, at least one."""
        caller = self.caller
        usual = caller.pace * caller.every * 1000 / MINUTE * factors(caller.rhythm, starts)
        if self.extra:
            return usual * self.extra.strength(starts)
        if caller.bursts:
            usual = usual * bursts(seed, caller.name, starts)
        return usual if caller.steady else usual * noise(seed, caller.application, starts)

    def growth(self, at: Moments) -> Floats:
        """By what creeping prompts are multiplied."""
        grown = np.ones(len(at))
        for overrun in self.struck:
            if overrun.kind is Kind.CREEP:
                grown = grown * growth(overrun, at)
        return grown

    def heard(self, at: Moments) -> NDArray[np.bool_]:
        """Which events come: not a silent feed's, nor an extra caller's outside its time."""
        if self.extra:
            return (at >= self.extra.start) & (at < self.extra.end)
        kept = np.ones(len(at), np.bool_)
        for overrun in self.struck:
            if overrun.kind is Kind.SILENT_FEED:
                kept &= ~silent(overrun, at)
        return kept


@dataclass(frozen=True)
class Run:
    """One simulated run: its seed, how many times as busy it is, and who sends."""

    seed: int
    rate: float
    senders: tuple[Sender, ...]

    @cached_property
    def span(self) -> int:
        """Milliseconds that one draw of chance covers: fewer, the more events there are."""
        return next((minutes for most, minutes in SPANS if self.rate <= most), 1) * MINUTE

    def stem(self, place: int, start: int) -> str:
        """The start of the ids of a sender's span, which begins then; unique within its source."""
        return f"{self.seed}-{self.senders[place].caller.name}-{start // MINUTE}"


def run_of(seed: int, overruns: Sequence[Overrun], rate: float) -> Run:
    """The organisation with its overruns. Raises ValueError for a rate that is not above 0."""
    if not rate > 0:
        raise ValueError(f"rate: {rate}, must be above 0")
    usual = [
        Sender(caller, struck=tuple(one for one in overruns if one.caller == caller.name))
        for caller in CALLERS.values()
    ]
    extras = [Sender(one.caller, extra=one) for each in overruns for one in extra_callers(each)]
    return Run(seed, rate, (*usual, *extras))
