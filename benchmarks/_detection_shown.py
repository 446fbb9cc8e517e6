"""The tables of `detection` for people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks._detection_bench import OURS, Figures
from benchmarks._spend_overruns import OVERRUNS
from benchmarks._spend_simulated import DAY

TRADE = 15
"""Characters a column of trades."""


def _cell(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _row(name: str, cells: Sequence[str], width: int = 10) -> str:
    return f"{name:20}" + "".join(f"{cell:>{width}}" for cell in cells)


def kinds(title: str, by_scorer: Mapping[str, Figures]) -> None:
    """Of each scorer: false alarms, and of each kind how many, how soon and how dear."""
    known = [kind for kind in OVERRUNS if any(kind in one["kinds"] for one in by_scorer.values())]
    print(f"\n== {title}")
    print(_row("found", ["false up", "down", "up", "down", *known]))
    for name, one in by_scorer.items():
        false = [_cell(rate, 3) for rate in one["false"]]
        means = [_cell(one[side]) for side in ("up", "down")]
        print(_row(name, [*false, *means, *_each(one, known, "recall", 2)]))
    _block("median delay", by_scorer, lambda one: ["", *_delays(one["kinds"], known)])
    _block("dollars lost", by_scorer,
           lambda one: [_cell(one["lost"]), *_each(one, known, "lost", 2)])  # fmt: skip


def _block(
    title: str, by_scorer: Mapping[str, Figures], cells: Callable[[Figures], Sequence[str]]
) -> None:
    print(title)
    for name, one in by_scorer.items():
        print(_row(name, ["", "", "", *cells(one)]))


def _each(one: Figures, known: Sequence[str], what: str, digits: int) -> list[str]:
    found = one["kinds"]
    return [_cell(found[kind][what], digits) if kind in found else "" for kind in known]


def _delays(found: Mapping[str, Figures], known: Sequence[str]) -> list[str]:
    return [delay(found[kind]["hours"]) if kind in found else "" for kind in known]


def delay(hours: float | None) -> str:
    """Minutes, hours or days; `-` if nothing was found."""
    if hours is None:
        return "-"
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 2 * DAY else f"{hours / DAY:.1f} d"


def labels(figures: Mapping[str, Mapping[str, Figures]]) -> None:
    """Ours by kind of series."""
    for budget, by_scorer in figures.items():
        told = ", ".join(
            f"{label} {_cell(one)}" for label, one in by_scorer[OURS]["labels"].items()
        )
        if told:
            print(f"{OURS} at {budget}, up by kind of series: {told}")


def cold(title: str, figures: Mapping[str, Figures]) -> None:
    """False alarms a series, and what was found of newcomers."""
    known = list(next(iter(figures.values()))["kinds"])
    print(f"\n== {title}: false alarms a series; found @ median delay")
    print(_row("", ["days 1-3", "week 1", *known], 14))
    for once, one in figures.items():
        found = [_found(one["kinds"][kind]) for kind in known]
        print(_row(once, [_cell(one["days_1_to_3"], 3), _cell(one["week_1"], 3), *found], 14))


def _found(one: Mapping[str, Any]) -> str:
    return f"{_cell(one['recall'])} @ {delay(one['hours'])}"


def contamination(title: str, rows: Mapping[str, Figures]) -> None:
    """Recall before and after, and the share that was kept."""
    print(f"\n== {title}")
    print(_row("", ["clean", "dirty", "kept", "false", "false", "step2", "loop10", "creep5%"], 10))
    for name, one in rows.items():
        both = [one[past] for past in ("clean", "dirty")]
        clean, dirty = (each["up"] for each in both)
        kept = dirty / clean if clean else None
        false = [_cell(each["false"][0], 3) for each in both]
        few = _each(both[1], ("step2", "loop10", "creep5%"), "recall", 2)
        print(_row(name, [_cell(clean), _cell(dirty), _cell(kept), *false, *few], 10))


def rates(title: str, figures: Mapping[str, Figures]) -> None:
    """Expected and counted, up and down."""
    known = [name for name in next(iter(figures.values())) if name != "expected"]
    print(f"\n== {title}")
    print(_row("", ["expected", *(f"{name} {side}" for name in known for side in ("up", "down"))],
               11))  # fmt: skip
    for once, one in figures.items():
        counted = [_cell(rate, 3) for name in known for rate in one[name]]
        print(_row(once, [_cell(one["expected"], 3), *counted], 11))


def nab(rows: Mapping[str, Sequence[float]], whose: str = "") -> None:
    """NAB's three profiles."""
    print(f"\n{'== NAB' + whose:24}{'standard':>10}{'low FP':>10}{'low FN':>10}")
    for name, scores in rows.items():
        print(f"{name:24}" + "".join(f"{score:10.1f}" for score in scores))


def cost(figures: Mapping[str, Mapping[str, float]]) -> None:
    """CPU microseconds a bucket."""
    for what, by_scorer in figures.items():
        print(f"\n== CPU microseconds a bucket, {what}")
        for name, each in by_scorer.items():
            print(f"{name:24}{each:8.1f}")


def trades(title: str, tables: Mapping[str, Mapping[str, Figures]]) -> None:
    """Rows of figures by their names, a table after the other."""
    for name, rows in tables.items():
        print(f"\n== {title}: {name}")
        known = list(next(iter(rows.values())))
        print(_row("", known, TRADE))
        for row, one in rows.items():
            print(_row(row, [_cell(one[of], 3) for of in known], TRADE))
