"""The curve of false alarms that are expected and counted, as one SVG; both axes by logarithms."""

from collections.abc import Iterator, Sequence
from math import log10
from statistics import fmean

from benchmarks._detection_bench import Figures

SIZE, PAD = (640, 420), 56
LEAST, MOST = 0.5, 64.0
"""False alarms a month at the ends of both axes."""

COLOURS = {"sim": "#2563eb", "real": "#d97706"}
NAMES = {"sim": "simulated organisation", "real": "real clients"}
TICKS = (1, 2, 4, 8, 16, 32)


def drawn(tables: Sequence[Figures]) -> str:
    """The curve of tables of one form, each of a seed; counted upwards."""
    rows = [
        (
            float(row["expected"]),
            {name: fmean(t[once][name][0] for t in tables) for name in COLOURS},
        )
        for once, row in tables[0].items()
    ]
    parts = [*_frame(), *_ideal()]
    for at, (name, colour) in enumerate(COLOURS.items()):
        points = [(expected, counted[name]) for expected, counted in rows]
        parts += _line(points, colour)
        parts.append(_text(_x(LEAST) + 24, PAD + 18 + 20 * at, NAMES[name], fill=colour))
    width, height = SIZE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="13"><rect width="{width}" height="{height}" '
        f'fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _x(alarms: float) -> float:
    share = log10(alarms / LEAST) / log10(MOST / LEAST)
    return round(PAD + share * (SIZE[0] - 2 * PAD), 1)


def _y(alarms: float) -> float:
    share = log10(max(alarms, LEAST) / LEAST) / log10(MOST / LEAST)
    return round(SIZE[1] - PAD - share * (SIZE[1] - 2 * PAD), 1)


def _text(x: float, y: float, text: str, **more: str) -> str:
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text x="{x}" y="{y}"{attributes}>{text}</text>'


def _frame() -> Iterator[str]:
    """Axes with their ticks and titles."""
    for alarms in TICKS:
        x, y = _x(alarms), _y(alarms)
        yield f'<path d="M{x} {_y(LEAST)}V{_y(MOST)}M{_x(LEAST)} {y}H{_x(MOST)}" stroke="#e5e7eb"/>'
        yield _text(x, _y(LEAST) + 18, str(alarms), text_anchor="middle")
        yield _text(_x(LEAST) - 8, y + 4, str(alarms), text_anchor="end")
    title = "false alarms a month of 100 series: expected"
    yield _text(SIZE[0] / 2, SIZE[1] - 14, title, text_anchor="middle")
    turned = f"rotate(-90 18 {SIZE[1] / 2})"
    yield _text(18, SIZE[1] / 2, "counted", text_anchor="middle", transform=turned)


def _ideal() -> Iterator[str]:
    """Where counted is expected, and twice and half of it."""
    for times, dash in (
        (1.0, ""),
        (2.0, ' stroke-dasharray="4 4"'),
        (0.5, ' stroke-dasharray="4 4"'),
    ):
        low, high = max(LEAST, LEAST / times), min(MOST, MOST / times)
        ends = f"M{_x(low)} {_y(low * times)}L{_x(high)} {_y(high * times)}"
        yield f'<path d="{ends}" stroke="#9ca3af" fill="none"{dash}/>'


def _line(points: Sequence[tuple[float, float]], colour: str) -> Iterator[str]:
    path = "L".join(f"{_x(expected)} {_y(counted)}" for expected, counted in points)
    yield f'<path d="M{path}" stroke="{colour}" fill="none" stroke-width="2"/>'
    for expected, counted in points:
        yield f'<circle cx="{_x(expected)}" cy="{_y(counted)}" r="4" fill="{colour}"/>'
