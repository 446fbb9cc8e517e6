"""Ours with other windows, or with another guard against days that stand apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks._detection_bench import HOUR_MICROS, START
from benchmarks._detection_measure import Scores, Twin, Whole
from benchmarks._spend_simulated import Floats
from detectors.aside import GUARD, Guard
from detectors.panel import Panel
from detectors.scoring import by_days
from detectors.shapes import HOURS, Shape, View


@dataclass(frozen=True)
class Variant:
    """Scores hours of a series that begins at midnight."""

    shape: Shape = HOURS
    guard: Guard = GUARD

    def __call__(self, dollars: Floats, twins: Sequence[Twin]) -> tuple[Scores, list[Scores]]:
        """Scores, see Scorer."""
        return Whole(self._scores)(dollars, twins)

    def _scores(self, dollars: Floats) -> Scores:
        """log10 of once in how many days, up and down."""
        times = START + HOUR_MICROS * np.arange(len(dollars), dtype=np.int64)
        said = by_days(Panel(self.shape, self.guard), times, dollars, HOUR_MICROS)
        scores: Scores = np.log10(np.maximum(np.column_stack((said.up, said.down)), 1.0))
        return scores


GUARDS = {
    "as it is": Variant(),
    "off": Variant(guard=replace(GUARD, most=0)),
    "1.2 times if alone": Variant(guard=replace(GUARD, lone=1.2)),
    "2 times, 3 if alone": Variant(guard=replace(GUARD, run=2.0, lone=3.0)),
    "dearest hour": Variant(guard=replace(GUARD, rank=1)),
    "2nd dearest": Variant(guard=replace(GUARD, rank=2)),
    "3rd dearest": Variant(guard=replace(GUARD, rank=3)),
    "6th dearest": Variant(guard=replace(GUARD, rank=6)),
    "8th dearest": Variant(guard=replace(GUARD, rank=8)),
    "runs of one day": Variant(guard=replace(GUARD, longest=1)),
    "for 2 weeks": Variant(guard=replace(GUARD, due=range(14, 56))),
    "for 8 weeks": Variant(guard=replace(GUARD, due=range(0))),
}
"""Settings of the guard: how many times above the rest, which hour of the day, and for how long."""


def without(view: View) -> Variant:
    """All windows but one."""
    left = tuple(other for other in HOURS.views if other != view)
    return Variant(replace(HOURS, views=left))


def named(view: View) -> str:
    """A window by its length and form."""
    return f"{view.form.name.lower()} {view.minutes // 60} h"


WINDOWS = {
    "all": Variant(),
    **{f"no {named(view)}": without(view) for view in HOURS.views},
    "no CUSUM of falls": Variant(replace(HOURS, falls=False)),
}
"""All windows, and all but one."""
