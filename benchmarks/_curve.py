"""The curve of false alarms that are expected and counted, as one SVG; both axes by logarithms."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from benchmarks._detection_bench import Figures
from benchmarks._plot import COLOURS, NAMES, Axis, Plot, picture

LEAST, MOST = 0.5, 64.0
"""False alarms a month at the ends of both axes."""

TICKS = (1, 2, 4, 8, 16, 32)

PLOT = Plot(
    Axis("false alarms a month of 100 series: expected", LEAST, MOST, TICKS, logarithmic=True),
    Axis("counted", LEAST, MOST, TICKS, logarithmic=True),
)


def drawn(tables: Sequence[Figures]) -> str:
    """The curve of tables of one form, each of a seed; counted upwards."""
    parts = [*PLOT.frame(), *_ideal()]
    for name, colour in COLOURS.items():
        points = [
            (float(row["expected"]), fmean(table[once][name][0] for table in tables))
            for once, row in tables[0].items()
        ]
        parts += PLOT.line(points, colour)
    parts += PLOT.key({NAMES[name]: colour for name, colour in COLOURS.items()})
    return picture(PLOT.size, parts)


def _ideal() -> Iterator[str]:
    """Where counted is expected, and twice and half of it."""
    for times in (1.0, 2.0, 0.5):
        low, high = max(LEAST, LEAST / times), min(MOST, MOST / times)
        ends, dashed = ((low, low * times), (high, high * times)), {"stroke_dasharray": "4 4"}
        yield PLOT.path(ends, stroke="#9ca3af", **({} if times == 1 else dashed))
