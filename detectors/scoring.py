"""How seldom a usual day of a plain series shows a value, upwards and downwards.

A row is seen with the rows before it and nothing else. There are two forms. `records` is for spend:
what is known is set at each UTC midnight from the days before (records and their tails, the rhythm
of the week); then the rows of the day are scored together, then learnt. `levels` is for metrics
that go both ways (see levels.py). Method and figures: docs/detection.md.
"""

from collections.abc import Collection, Iterator, Sequence
from math import log10

import numpy as np

from detectors.history import History
from detectors.levels import levels
from detectors.panel import PANELS, Panel
from detectors.shapes import HOURS, MINUTES
from detectors.tails import Floats, Ints
from detectors.verdicts import Scored
from detectors.views import Views
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, MINUTE

UP_DAYS = 90
DOWN_DAYS = 200
"""A value is a finding where a usual day shows such a one once in so many days or more seldom."""

BOUNDS = (log10(UP_DAYS), log10(DOWN_DAYS))

RECORDS, LEVELS = "records", "levels"
FORMS = (RECORDS, LEVELS)
"""The ways to score."""

AT_ONCE = 2048
"""Rows, about, of the days that are looked at together: what is made of them stays near the
processor.
"""

MICROS_DAY = DAY_MINUTES * MINUTE
MICROS_HOUR = HOUR_MINUTES * MINUTE


def scored(times: Ints, values: Floats, every: int, forms: Collection[str] = FORMS) -> Scored:
    """The scores of a series; those of a row follow from the rows up to it alone.

    `times` are microseconds since 1970, one a row in the order of the rows, whatever their gaps
    and repeats; `every` is the nominal time between rows, microseconds. Values are finite. `forms`:
    one alone scores all rows; of both, each the rows that are its (see _turn).
    """
    turn = _turn(values, every, forms)
    spent = _spent(times[:turn], values[:turn], every)
    if turn == len(values):
        return spent
    other = levels(values, every, BOUNDS)
    pairs = zip(spent, other, strict=True)
    return Scored(*(np.concatenate([one[:turn], two[turn:]]) for one, two in pairs))


def _turn(values: Floats, every: int, forms: Collection[str]) -> int:
    """The first row that is scored as a level.

    Rows half an hour apart and more, or a minute and less, are taken for spend until the first
    below 0; what lies between is a metric. As spend, what is below 0 counts as 0.
    """
    if len(set(forms)) == 1:
        return len(values) if RECORDS in forms else 0
    if MINUTE < every < MICROS_HOUR // 2:
        return 0
    return int(np.argmax(np.append(values < 0, True)))


def _spent(times: Ints, values: Floats, every: int) -> Scored:
    """What is said of rows of spend."""
    shape = HOURS if 2 * every >= MICROS_HOUR else MINUTES
    return by_days(PANELS[shape], times, np.maximum(values, 0.0), every)


def by_days(panel: Panel, times: Ints, costs: Floats, every: int) -> Scored:
    """What a panel's views say of rows that cost so much, none below 0; else see scored."""
    history = History(panel, Views(panel.shape, times, costs, every), BOUNDS)
    parts = [history.days(some) for some in _together(list(_days(times, every)))]
    return Scored(*map(_joined, zip(*parts, strict=True))) if parts else Scored(*[np.zeros(0)] * 5)


def _together(spans: Sequence[tuple[int, int]]) -> Iterator[Sequence[tuple[int, int]]]:
    """Days that follow one another, as many as have those rows together."""
    held: list[tuple[int, int]] = []
    for span in spans:
        held.append(span)
        if span[1] - held[0][0] >= AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts)


def _days(times: Ints, every: int) -> Iterator[tuple[int, int]]:
    """The rows of each UTC day, first and past the last; a short first day joins the second."""
    cuts = (np.flatnonzero(np.diff(times // MICROS_DAY)) + 1).tolist()
    if cuts and 2 * cuts[0] * every < MICROS_DAY:
        cuts = cuts[1:]
    ends = [*cuts, len(times)] if len(times) else []
    yield from zip([0, *ends], ends, strict=False)
