"""What windows of minutes hold over what they usually hold: loops at night, steps in the morning.

Beside the sums of blocks.py, with its own parts of the memory:

- `ratio.<window>`: the largest ratio of each of the last 56 days, from the fourth day on;
- `ratio.today`: for each window the largest since the last day that joined them;
- `ratio.limits`: the usual cost of a minute, nano-dollars, and for each window the ratio that a
  usual day passes once in T days, set at midnight; 0 while it is not heard.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import ceil, sqrt

from detectors import price
from detectors.shapes import MINUTES, Form
from detectors.views import OFFSETS
from schemas.moments import HOUR_MINUTES
from schemas.rules import ANY, Memory
from schemas.states import Model

VIEWS = tuple(view for view in MINUTES.views if view.form is Form.RATIO)
WINDOWS = tuple(view.minutes for view in VIEWS)
BLANK = Model(doubles=(0.0,) * len(WINDOWS))
SILENT = Model(doubles=(0.0,) * (1 + len(WINDOWS)))


def records(memory: Memory, window: int) -> tuple[float, ...]:
    """The largest ratios of a window, oldest day first."""
    return memory.get(f"ratio.{window}", Model()).doubles


def limits(memory: Memory, usual: Mapping[int, int]) -> dict[int, int]:
    """By window the nano-dollars at which its ratio is too much; `usual`: what it usually holds."""
    level, *most = memory.get("ratio.limits", SILENT).doubles
    return {
        window: _dollars(limit, usual[window], _offset(level, window)) if limit else ANY
        for window, limit in zip(WINDOWS, most, strict=True)
        if window in usual
    }


def _dollars(limit: float, usual: int, offset: float) -> int:
    return min(ANY, ceil(limit * (usual + offset) - offset))


def _offset(level: float, window: int) -> float:
    """What is added above and below a ratio."""
    return OFFSETS[Form.RATIO] * level * sqrt(window)


def today(memory: Memory, costs: Sequence[int], hours: tuple[int, int], days: int) -> Model:
    """The day's largest ratios with the hour that ends the costs.

    `hours`: what the hour before it and it itself usually cost; `days` are known.
    """
    known = memory.get("ratio.today", BLANK).doubles
    if days < VIEWS[0].learns or "ratio.limits" not in memory:
        return Model(doubles=known)
    level = memory["ratio.limits"].doubles[0]
    shown = (max(_ratios(costs, window, hours, level)) for window in WINDOWS)
    return Model(doubles=tuple(map(max, known, shown)))


def _ratios(
    costs: Sequence[int], window: int, hours: tuple[int, int], level: float
) -> Iterator[float]:
    """The ratios of windows that end in each minute of the last hour."""
    before, own = hours
    missing = max(0, HOUR_MINUTES + window - len(costs))
    sums = [0] * missing + list(accumulate(costs, initial=0))
    starts, offset = sums[-HOUR_MINUTES - window :], _offset(level, window)
    if not offset:
        yield 1.0
        return
    for at, held in enumerate(sums[-HOUR_MINUTES:]):
        inside = min(window, at + 1)
        usual = ((window - inside) * before + inside * own) / HOUR_MINUTES
        yield (held - starts[at] + offset) / (usual + offset)


def midnight(memory: Memory, today: Model, week: int, days: int, once_in: int) -> dict[str, Model]:
    """The day's largest ratios join the others, and limits are set of a series of so many days.

    `week`: what the week to come usually costs, nano-dollars.
    """
    found = {
        window: _joined(memory, window, largest)
        for window, largest in zip(WINDOWS, today.doubles, strict=True)
    }
    heard = days >= VIEWS[0].speaks
    most = (
        price.limit(records, once_in) if heard and records else 0.0 for records in found.values()
    )
    return {
        **{f"ratio.{window}": Model(doubles=records) for window, records in found.items()},
        "ratio.limits": Model(doubles=(week / (7 * 24 * HOUR_MINUTES), *most)),
        "ratio.today": BLANK,
    }


def _joined(memory: Memory, window: int, largest: float) -> tuple[float, ...]:
    """A day's ratio is above 0 if it was looked at."""
    old = records(memory, window)
    return (*old[1 - price.KEPT_DAYS :], largest) if largest else old


def taught(memory: Memory, tops: Mapping[int, Sequence[int]], once_in: int) -> dict[str, Model]:
    """The newest days' ratios are at least what the largest sums of those days, by window, are to
    a usual hour: it is not told when they were.
    """
    level, *old = memory.get("ratio.limits", SILENT).doubles
    found, most = {}, []
    for window, limit in zip(WINDOWS, old, strict=True):
        raised = _raised(
            records(memory, window), tops[window], window * level, _offset(level, window)
        )
        found[f"ratio.{window}"] = Model(doubles=raised)
        most.append(max(limit, price.limit(raised, once_in)) if limit else 0.0)
    return {**found, "ratio.limits": Model(doubles=(level, *most))}


def _raised(
    known: Sequence[float], tops: Sequence[int], usual: float, offset: float
) -> tuple[float, ...]:
    shown = [(top + offset) / (usual + offset) if offset else 1.0 for top in tops]
    newest = shown[max(0, len(shown) - len(known)) :]
    kept = len(known) - len(newest)
    return (*known[:kept], *map(max, known[kept:], newest))
