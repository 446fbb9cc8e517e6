"""A report as one page that needs nothing else: no network, no library, keyboard and both schemes.

Names come from producers: the page's script only ever sets them as text, and within the page they
stand as JSON without a sign that could end it.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from schemas.moments import HOUR_MINUTES, at_minute, rfc3339
from schemas.money import NANO, dollars
from spendwatch.tuning import shown
from spendwatch.tuning.living import NONE, Band
from spendwatch.tuning.report import Report, Side, incident, position, side
from spendwatch.tuning.telling import Heard, Pair

STATIC = files("spendwatch.tuning") / "static"

DRAWN = 24
"""Series that are drawn, the dearest first."""

SHOWN = 200
"""Incidents of a table, the dearest first."""

DIGITS = 4
"""Figures of a dollar amount that a plot needs."""


def page(report: Report, bands: Mapping[str, Band]) -> str:
    """The page of a report, with the hours of series of which anything was said."""
    data = json.dumps(_data(report, bands), ensure_ascii=False, separators=(",", ":"))
    held = {
        "style": _static("tune.css"),
        "script": _static("tune.js"),
        "data": data.replace("<", "\\u003c"),
    }
    text = _static("tune.html")
    for name, value in held.items():
        before, mark, after = text.partition(f"<!-- {name} -->")
        assert mark, name  # noqa: S101 - a file of ours
        text = f"{before}{value}{after}"
    return text


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _data(report: Report, bands: Mapping[str, Band]) -> dict[str, Any]:
    """What the page's script draws; dollars as people read them."""
    changed, held, span = report.changed, report.compared, report.span
    sides = [report.today, *([changed] if changed else [])]
    return {
        "history": report.history,
        "from": shown.moment(span.start),
        "to": shown.moment(span.end),
        "days": round(span.days, 1),
        "set": report.settings,
        "sides": [_side(one, report) for one in sides],
        "appear": _incidents(held.appear) if held else [],
        "vanish": _incidents(held.vanish) if held else [],
        "moved": [_pair(one) for one in held.both if one.sooner] if held else [],
        "incidents": _incidents(report.today.heard) if held is None else [],
        "knob": [
            {**position(one, span), "incidents": _incidents(one.heard)} for one in report.knob
        ],
        "plots": _plots(report, bands),
        "patch": report.patch,
    }


def _side(one: Side, report: Report) -> dict[str, Any]:
    told = side(one, report.span)
    del told["incidents"]
    scores = told["labels"]
    if scores is not None:
        scores["found"] = dollars(scores["found_nano_usd"])
        scores["lost"] = dollars(scores["lost_nano_usd"])
    return {
        **told,
        "count": len(one.heard),
        "delay": shown.delay(one.overruns),
        "lost": dollars(told["lost_nano_usd"]),
        "accrued": dollars(told["accrued_nano_usd"]),
    }


def _incidents(heard: Sequence[Heard]) -> list[dict[str, Any]]:
    """The dearest of them."""
    ordered = sorted(heard, key=lambda one: (-one.accrued, one.told, one.series))
    return [_incident(one) for one in ordered[:SHOWN]]


def _incident(one: Heard) -> dict[str, Any]:
    return {
        **incident(one),
        "at": shown.moment(one.told),
        "delay": shown.length(one.delay),
        "lost": dollars(one.lost),
        "accrued": dollars(one.accrued),
    }


def _pair(one: Pair) -> dict[str, Any]:
    how = "sooner" if one.sooner > 0 else "later"
    return {
        "at": shown.moment(one.today.told),
        "series": one.today.series,
        "by": f"{shown.length(one.sooner)} {how}",
        "today": dollars(one.today.lost),
        "changed": dollars(one.changed.lost),
    }


def _plots(report: Report, bands: Mapping[str, Band]) -> dict[str, Any]:
    """The series of incidents, the dearest first, and how many there are."""
    changed = report.changed
    sides = (report.today.heard, changed.heard if changed else ())
    worth: dict[str, int] = {}
    for one in (*sides[0], *sides[1]):
        worth[one.series] = max(worth.get(one.series, 0), one.accrued)
    ordered = sorted(worth, key=lambda name: (-worth[name], name))
    names = [name for name in ordered if name in bands]
    return {
        "series": [_plot(name, bands[name], sides) for name in names[:DRAWN]],
        "all": len(names),
    }


def _plot(name: str, band: Band, sides: Sequence[Sequence[Heard]]) -> dict[str, Any]:
    return {
        "series": name,
        "start": rfc3339(at_minute(band.first * HOUR_MINUTES)),
        "costs": [_usd(cost) for cost in band.costs],
        "usual": [_usd(cost) for cost in band.usual],
        "bars": [_usd(cost) for cost in band.bars],
        "heard": [[_incident(one) for one in heard if one.series == name] for heard in sides],
    }


def _usd(nano: int) -> float | None:
    """Dollars with as many figures as a plot shows."""
    return None if nano == NONE else float(f"{nano / NANO:.{DIGITS}g}")
