"""Unit cost: what a call, a success, a token costs moves, whatever the load.

A dearer model, a price that rose, prompts that grew and retries that fail show here while calls do
not. The largest cost of a unit of each UTC day, by the hour and by 24 hours, is a record
(price.py). Usual is what a unit costs at that hour of the day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from detectors import counting, price, units
from detectors.base import (
    AS_USUAL,
    LEARNING,
    Calibrated,
    Detector,
    Floor,
    differing,
    floor_at,
    learns_until,
)
from detectors.counting import PICO, Sums
from schemas.ends import Ends
from schemas.moments import HOUR_MINUTES
from schemas.money import nano
from schemas.rules import Grain, Memory, Past, Verdict
from schemas.states import Bucket
from schemas.wording import counted


class UnitCostSettings(Calibrated):
    """Finds hours and days whose units cost more each than on any of the last 56 days, by far."""

    kind: Literal["unit_cost"] = "unit_cost"
    per: Annotated[str, AfterValidator(counting.known)] = counting.CALLS
    units: Annotated[int, Field(ge=1, le=1_000_000_000)] = 100
    floor_usd: Floor = Floor(20)

    def rule(self, series: str) -> "UnitCost":
        """The same for every series."""
        return UnitCost(
            name=self.name,
            version=f"1-{self.per}-{self.units}",
            per=self.per,
            least=self.units,
            once_in=self.once_in,
            floor=nano(self.floor_usd),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCost(Detector):
    """The detector; its memory is that of units.py.

    It keeps what it found from itself: the cost without what others found says nothing of units.
    """

    cause: str = "unit_cost"
    grain: Grain = Grain.HOUR
    ends: Ends = Ends.NEXT
    guards: bool = False
    per: str
    least: int
    once_in: int
    floor: int

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """The hour up to which it only learns; None once it may find something."""
        if "limits" in memory:
            return None
        return learns_until(past.first, units.DAY) + (units.RIPE_DAYS - 1) * units.DAY

    def _hour(self, memory: Memory, at: int, bucket: Bucket) -> Sums:
        """The bucket; nothing where its quantities are not known."""
        held = bucket.quantities
        if not held:
            return Sums(0, 0, 0)
        count = counting.count(self.per, held)
        return Sums(bucket.cost, count, units.usual(memory, at, count, self.least))

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Speaks of the hour if it is too dear or can tell, else of the last 24 hours."""
        hour = self._hour(memory, past.at, bucket)
        sums, floor = units.sums(memory, hour), self._floor(past)
        telling = self._telling(memory, sums)
        if not telling:
            return self._silent(memory, hour)
        dear = self._dear(memory, past, sums)
        said = self._said(memory, telling[0] if dear is None else dear, sums, floor)
        return replace(said, breach=dear is not None, latest=hour.excess)

    def _floor(self, past: Past) -> int:
        return max(1, floor_at(self.floor, past.at - past.first, units.DAY))

    def _telling(self, memory: Memory, sums: Sequence[Sums]) -> list[int]:
        """The windows that can tell, by their place."""
        limits = units.limits(memory)
        return [at for at, held in enumerate(sums) if limits[at] and self._tells(held)]

    def _tells(self, held: Sums) -> bool:
        return held.units >= self.least

    def _dear(self, memory: Memory, past: Past, sums: Sequence[Sums]) -> int | None:
        """The first window whose units cost too much, by its place; None where none does."""
        limits, floor = units.limits(memory), self._floor(past)
        for at in self._telling(memory, sums):
            if sums[at].unit >= limits[at] and sums[at].excess >= floor:
                return None if at and self._over(memory, past.at, sums[0], limits[at]) else at
        return None

    def _over(self, memory: Memory, at: int, hour: Sums, limit: int) -> bool:
        """Whether a day is dear only because of what was before its last hour."""
        if not self._tells(hour):
            return False
        return hour.unit < limit or units.calmed(memory, at, hour)

    def _silent(self, memory: Memory, hour: Sums) -> Verdict:
        if "limits" not in memory:
            return LEARNING
        told = f"{counting.many(self.per, hour.units)}, too few to say; at least {self.least:,}"
        most = max(hour.cost, hour.expected)
        return Verdict(False, 1, hour.cost, hour.expected, 0, most, told)

    def _said(self, memory: Memory, place: int, sums: Sequence[Sums], floor: int) -> Verdict:
        held, window = sums[place], units.WINDOWS[place]
        known, limit = units.records(memory, window), units.limits(memory)[place]
        band = -(-limit * held.units // PICO)
        high = max(band, held.expected + floor)
        chance = price.chance(known, held.unit) if held.unit > max(known) else 0.0
        return Verdict(
            breach=False,
            window=window,
            observed=held.cost,
            expected=held.expected,
            low=0,
            high=high,
            reason=self._reason(held, window, (high, high == band), known) if chance else AS_USUAL,
            once_in=int(1 / chance) if chance else 0,
        )

    def _reason(self, held: Sums, window: int, band: tuple[int, bool], known: Sequence[int]) -> str:
        high, limited = band
        last = "" if window == 1 else f" in the last {window} hours"
        return (
            f"{counting.each(held.cost, held.units)} {counting.one(self.per)} over "
            f"{counting.many(self.per, held.units)}{last}; "
            f"usually {counting.each(held.expected, held.units)}; "
            f"band to {counting.each(high, held.units)} "
            f"({f'once in {self.once_in} days' if limited else 'money floor'}); "
            f"largest of {counted(len(known), 'day')} {counting.each(max(known), PICO)}"
        )

    def usual(self, memory: Memory, minute: int) -> int:
        """A sixtieth of what that hour of the day usually costs."""
        return units.hourly(memory, minute // HOUR_MINUTES) // HOUR_MINUTES

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """The hour, or that it was too dear to be learnt; records and limits at midnight."""
        at, hour = past.at, self._hour(memory, past.at, bucket)
        dear = self._dear(memory, past, units.sums(memory, hour)) is not None
        changed = units.passed(memory, hour, self.least, dear)
        if dear:
            changed |= units.set_aside(memory, at, hour.cost, hour.units)
        elif bucket.quantities or not bucket.cost:
            changed |= units.learnt(memory, at, hour.cost, hour.units)
        end = at + 1
        if end % units.DAY == 0 and end >= learns_until(past.first, units.DAY):
            changed |= units.midnight({**memory, **changed}, self.once_in)
        return differing(memory, changed)

    def taught(self, memory: Memory, costs: Sequence[int]) -> Memory:
        """What was set aside of those costs is usual from now on."""
        return differing(memory, units.taught(memory, costs, self.once_in))
