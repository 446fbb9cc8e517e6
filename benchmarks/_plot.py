"""Plots of points and lines as SVG."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10

Point = tuple[float, float]

COLOURS = {"sim": "#2563eb", "real": "#d97706"}
NAMES = {"sim": "simulated organisation", "real": "real clients"}
PAD = 56


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`; `logarithmic` or not."""

    title: str
    low: float
    high: float
    ticks: Sequence[float]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """How far along the axis a value lies; what is below it lies at its start."""
        value = max(value, self.low)
        if self.logarithmic:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Plot:
    """One plot of a picture, `left` and `top` from its corner; around it is room for its titles."""

    across: Axis
    up: Axis
    size: tuple[int, int] = (640, 420)
    left: int = 0
    top: int = 0

    def x(self, value: float) -> float:
        """Where a value lies."""
        return round(self.left + PAD + self.across.share(value) * (self.size[0] - 2 * PAD), 1)

    def y(self, value: float) -> float:
        """The same upwards."""
        return round(
            self.top + self.size[1] - PAD - self.up.share(value) * (self.size[1] - 2 * PAD), 1
        )

    def frame(self) -> Iterator[str]:
        """Both axes with their ticks and titles."""
        across, up = self.across, self.up
        left, right = self.x(across.low), self.x(across.high)
        floor, roof = self.y(up.low), self.y(up.high)
        for value in across.ticks:
            yield f'<path d="M{self.x(value)} {floor}V{roof}" stroke="#e5e7eb"/>'
            yield text(self.x(value), floor + 18, f"{value:g}", text_anchor="middle")
        for value in up.ticks:
            yield f'<path d="M{left} {self.y(value)}H{right}" stroke="#e5e7eb"/>'
            yield text(left - 8, self.y(value) + 4, f"{value:g}", text_anchor="end")
        yield text((left + right) / 2, floor + 42, across.title, text_anchor="middle")
        x, y = left - 38, (floor + roof) / 2
        yield text(x, y, up.title, text_anchor="middle", transform=f"rotate(-90 {x} {y})")

    def path(self, points: Iterable[Point], **more: str) -> str:
        """Points joined by straight lines."""
        path = "L".join(f"{self.x(x)} {self.y(y)}" for x, y in points)
        return f'<path d="M{path}" fill="none"{_attributes(more)}/>'

    def line(self, points: Sequence[Point], colour: str, dashes: str = "") -> Iterator[str]:
        """Points joined by a line, and each with a dot."""
        more = {"stroke_dasharray": dashes} if dashes else {}
        yield self.path(points, stroke=colour, stroke_width="2", **more)
        yield from (self.dot(point, colour) for point in points)

    def dot(self, at: Point, colour: str) -> str:
        """A point."""
        return f'<circle cx="{self.x(at[0])}" cy="{self.y(at[1])}" r="4" fill="{colour}"/>'

    def key(self, colours: Mapping[str, str], indent: int = 24) -> Iterator[str]:
        """What each colour stands for, so far from the left."""
        for row, (name, colour) in enumerate(colours.items()):
            yield text(self.left + PAD + indent, self.top + PAD + 18 + 20 * row, name, fill=colour)


def text(x: float, y: float, words: str, **more: str) -> str:
    """Words at a place."""
    return f'<text x="{x}" y="{y}"{_attributes(more)}>{words}</text>'


def _attributes(more: Mapping[str, str]) -> str:
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())


def picture(size: tuple[int, int], parts: Iterable[str]) -> str:
    """One SVG of all parts, on white."""
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="13"><rect width="{width}" height="{height}" '
        f'fill="#fff"/>{"".join(parts)}</svg>\n'
    )
