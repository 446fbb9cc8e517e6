"""What one goal costs in another, as one SVG of four plots."""

from collections.abc import Iterator, Mapping

from benchmarks._detection_bench import OURS, Figures
from benchmarks._plot import COLOURS, NAMES, Axis, Plot, Point, picture, text

SIZE = (520, 400)

FALSE = "false alarms a series-week"
BUDGETS = Axis(FALSE, 0.02, 1.0, (0.02, 0.05, 0.1, 0.25, 0.5, 1), logarithmic=True)
LOST = Axis("share of dollars lost before it is found", 0.2, 1.0, (0.2, 0.4, 0.6, 0.8, 1))
CREEP = Axis("days until +5 % a day is found, easiest four fifths", 4, 14, (4, 6, 8, 10, 12, 14))
WEEK = Axis("false alarms a series in its first week", 0.05, 0.35, (0.1, 0.2, 0.3))
FOUND = Axis("steps of ten times found", 0.7, 1.0, (0.7, 0.8, 0.9, 1))
CLEAN = Axis("found with a clean past, once in 120 days", 0.66, 0.82, (0.7, 0.75, 0.8))
KEPT = Axis(
    "share of it kept after an overrun nobody marked", 0.5, 1.0, (0.5, 0.6, 0.7, 0.8, 0.9, 1)
)

DASHES = {OURS: "", "cusum": "6 4", "loda": "2 4"}
CALLED = {OURS: "spendwatch", "cusum": "CUSUM, dashed", "loda": "LODA, dotted"}
GREY = "#6b7280"


def drawn(trades: Figures) -> str:
    """The four plots of the table `trades`."""
    width, height = SIZE
    plots = [
        *_by_alarms(Plot(BUDGETS, LOST, SIZE), trades["alarms"], "lost"),
        *_by_alarms(Plot(BUDGETS, CREEP, SIZE, left=width), trades["alarms"], "easiest"),
        *_first_week(Plot(WEEK, FOUND, SIZE, top=height), trades["young"]["sim"]),
        *_guards(Plot(CLEAN, KEPT, SIZE, width, height), trades["guards"]),
    ]
    return picture((2 * width, 2 * height), plots)


def _by_alarms(plot: Plot, tables: Figures, what: str) -> Iterator[str]:
    yield from plot.frame()
    for title, rows in tables.items():
        name, scorer = title.split(", ")
        points = [(float(at), row[what]) for at, row in rows.items() if row[what] is not None]
        yield from plot.line(points, COLOURS[name], DASHES[scorer])
    present = {CALLED[title.split(", ")[1]]: GREY for title in tables}
    yield from plot.key({**{NAMES[name]: one for name, one in COLOURS.items()}, **present})


def _first_week(plot: Plot, rows: Mapping[str, Figures]) -> Iterator[str]:
    yield from plot.frame()
    points = {once: (row["false"], row["step10"]) for once, row in rows.items()}
    yield from plot.line(list(points.values()), COLOURS["sim"])
    yield from _labels(plot, {f"T = {once}": at for once, at in points.items()})
    yield from plot.key({NAMES["sim"]: COLOURS["sim"]})


def _guards(plot: Plot, tables: Mapping[str, Mapping[str, Figures]]) -> Iterator[str]:
    yield from plot.frame()
    for name, rows in tables.items():
        points = {title: (row["T=120 clean"], row["T=120 kept"]) for title, row in rows.items()}
        yield from (plot.dot(at, COLOURS[name]) for at in points.values())
        yield from _labels(plot, points)


def _labels(plot: Plot, points: Mapping[str, Point]) -> Iterator[str]:
    for label, (x, y) in points.items():
        yield text(plot.x(x) + 7, plot.y(y) + 14, label, fill=GREY, font_size="11")
