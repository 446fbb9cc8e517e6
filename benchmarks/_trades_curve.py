"""What one goal costs in another, as one SVG of four plots."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from benchmarks._detection_bench import OURS, Figures
from benchmarks._detection_variants import GUARDS
from benchmarks._plot import COLOURS, NAMES, Axis, Plot, Point, picture, text
from detectors.aside import GUARD

SIZE = (520, 400)

FALSE = "false alarms a series-week"
BUDGETS = Axis(FALSE, 0.02, 1.0, (0.02, 0.05, 0.1, 0.25, 0.5, 1), logarithmic=True)
LOST = Axis("share of dollars lost before it is found", 0.2, 1.0, (0.2, 0.4, 0.6, 0.8, 1))
CREEP = Axis("days until +5 % a day is found, easiest four fifths", 4, 14, (4, 6, 8, 10, 12, 14))
WEEK = Axis("false alarms a series in its first week", 0.05, 0.35, (0.1, 0.2, 0.3))
FOUND = Axis("steps of ten times found", 0.5, 1.0, (0.5, 0.6, 0.7, 0.8, 0.9, 1))
HOUR = Axis("which of a day's dearest hours is held against other days'", 1, 8, range(1, 9))
KEPT = Axis("share, at once in 120 days", 0.5, 1.0, (0.5, 0.6, 0.7, 0.8, 0.9, 1))

DASHES = {OURS: "", "cusum": "6 4", "loda": "2 4"}
SCORERS = ("spendwatch", "CUSUM, dashed", "LODA, dotted")
GREY = "#6b7280"

LABELLED = ("30", "60", "120", "300")
"""Points whose T is written beside them."""


def drawn(trades: Figures) -> str:
    """The four plots of the table `trades`."""
    width, height = SIZE
    dear, slow = Plot(BUDGETS, LOST, SIZE), Plot(BUDGETS, CREEP, SIZE, left=width)
    plots = [
        *_by_alarms(dear, trades["alarms"], "lost"),
        *dear.key({NAMES[name]: colour for name, colour in COLOURS.items()}, indent=240),
        *_by_alarms(slow, trades["alarms"], "easiest"),
        *slow.key(dict.fromkeys(SCORERS, GREY), indent=300),
        *_first_week(Plot(WEEK, FOUND, SIZE, top=height), trades["young"]),
        *_guards(Plot(HOUR, KEPT, SIZE, width, height), trades["guards"]),
    ]
    return picture((2 * width, 2 * height), plots)


def _by_alarms(plot: Plot, tables: Figures, what: str) -> Iterator[str]:
    yield from plot.frame()
    for title, rows in tables.items():
        name, scorer = title.split(", ")
        points = [(float(at), row[what]) for at, row in rows.items() if row[what] is not None]
        yield from plot.line(points, COLOURS[name], DASHES[scorer])


def _first_week(plot: Plot, tables: Mapping[str, Mapping[str, Figures]]) -> Iterator[str]:
    yield from plot.frame()
    for name, rows in tables.items():
        points = {once: (row["false"], row["step10"]) for once, row in rows.items()}
        yield from plot.line(list(points.values()), COLOURS[name])
        yield from _labels(plot, {f"T = {once}": points[once] for once in LABELLED})


def _guards(plot: Plot, tables: Mapping[str, Mapping[str, Figures]]) -> Iterator[str]:
    """By which hour of a day is held against other days'; kept, and found with a clean past."""
    yield from plot.frame()
    for name, rows in tables.items():
        by_hour = {
            one.guard.rank: rows[title]
            for title, one in GUARDS.items()
            if replace(one.guard, rank=GUARD.rank) == GUARD
        }
        for what, dashes in (("T=120 kept", ""), ("T=120 clean", "6 4")):
            points = [(float(hour), by_hour[hour][what]) for hour in sorted(by_hour)]
            yield from plot.line(points, COLOURS[name], dashes)
    yield from plot.key(
        {"kept after an overrun nobody marked": GREY, "found without it, dashed": GREY}
    )


def _labels(plot: Plot, points: Mapping[str, Point]) -> Iterator[str]:
    for label, (x, y) in points.items():
        yield text(plot.x(x) + 7, plot.y(y) + 14, label, fill=GREY, font_size="11")
