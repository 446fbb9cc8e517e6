"""The views of a series: through which windows its costs are held against its own past days.

Three groups speak of a row. *Costs* are sums of dollars, and their ratio to what those hours
usually cost: they find what is dear. *Bodies* say what most hours of a window do, whatever a few
wild ones cost: the cheapest of eight hours, the geometric mean of a day and a week. A loop that
burns at night or a level that stays lifts the body of a series whose sums are ruled by spikes.
*Falls* are what was expected over what came.

Which windows, and how much each is believed, was chosen on the development data of
docs/detection.md, the same for every series.
"""

from dataclasses import dataclass
from enum import Enum, auto

from schemas.moments import HOUR_MINUTES


class Group(Enum):
    """What a view speaks of."""

    COST = auto()
    BODY = auto()
    FALL = auto()


class Form(Enum):
    """How a view is made of the rows in its window."""

    SUM = auto()
    RATIO = auto()
    LEAST = auto()
    GEOMETRIC = auto()
    SHORTFALL = auto()


GROUPS = {
    Form.SUM: Group.COST,
    Form.RATIO: Group.COST,
    Form.LEAST: Group.BODY,
    Form.GEOMETRIC: Group.BODY,
    Form.SHORTFALL: Group.FALL,
}


@dataclass(frozen=True, slots=True)
class View:
    """One window and how it is looked at."""

    form: Form
    minutes: int
    """Length of the window."""

    tail: float = 0.20
    """The tail that it is taken to have before it has records (see tails.py)."""

    handicap: float = 0.0
    """By how much it has to be stranger than others, log10 of days."""

    learns: int = 0
    """Days before its records count."""

    speaks: int = 1
    """Days before it is heard."""

    end: int = 0
    """Minutes at its end that have to be as far over the usual, an hour, as all of it: a window
    that is still full of what is over says nothing. 0 where it speaks whatever its end does.
    """

    @property
    def group(self) -> Group:
        """What it speaks of."""
        return GROUPS[self.form]

    @property
    def spill(self) -> int:
        """Days after a day whose windows still hold some of it."""
        hours = self.minutes // HOUR_MINUTES
        return (hours + 22) // 24 if hours > 1 else 0


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The views at one grain."""

    views: tuple[View, ...]
    falls: bool
    """Whether a CUSUM of hours is kept beside the records of falls (see falls.py)."""


RISES = Shape(
    (
        View(Form.SUM, 4 * HOUR_MINUTES),
        View(Form.SUM, 24 * HOUR_MINUTES, end=4 * HOUR_MINUTES),
        View(Form.SUM, 168 * HOUR_MINUTES, speaks=7, end=4 * HOUR_MINUTES),
        View(Form.RATIO, 4 * HOUR_MINUTES, tail=0.10, handicap=0.2, learns=3, speaks=14),
        View(Form.LEAST, 8 * HOUR_MINUTES, speaks=3),
        View(Form.GEOMETRIC, 24 * HOUR_MINUTES, tail=0.35, speaks=3, end=4 * HOUR_MINUTES),
        View(Form.GEOMETRIC, 168 * HOUR_MINUTES, tail=0.35, speaks=3, end=4 * HOUR_MINUTES),
    ),
    falls=False,
)
"""Hours of what costs too much."""

FALLS = Shape(
    (View(Form.SHORTFALL, 72 * HOUR_MINUTES, learns=3, speaks=8),),
    falls=True,
)
"""Hours of what costs too little."""

HOURS = Shape((*RISES.views, *FALLS.views), falls=True)
"""Hours both ways."""

MINUTES = Shape(
    (
        View(Form.SUM, 5),
        View(Form.SUM, 15),
        View(Form.SUM, 60),
        View(Form.RATIO, 15, learns=3, speaks=7),
        View(Form.RATIO, 60, learns=3, speaks=7),
        View(Form.SHORTFALL, 60, learns=3, speaks=8),
    ),
    falls=False,
)
