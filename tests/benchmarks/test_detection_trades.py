"""What one goal of detection costs in another is measured with ours, changed in one thing."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import _detection_trades as trades
from benchmarks._detection_bench import HISTORY, OURS_HOURLY, Figures
from benchmarks._detection_found import Outcome
from benchmarks._detection_measure import Plan, run
from benchmarks._detection_tables import spoiled
from benchmarks._detection_variants import GUARDS, WINDOWS, Variant
from benchmarks._plot import Axis, Plot
from benchmarks._spend_simulated import DAY, organisation
from detectors.shapes import HOURS
from tests.benchmarks.bench_kit import told
from tests.benchmarks.bench_reference import data

OFFICE = organisation(1, 7, 8)
SVG = "{http://www.w3.org/2000/svg}"


def test_as_it_is_is_ours_to_the_bit() -> None:
    plan = Plan(1, HISTORY)
    ours, same = (run(scorer, OFFICE, plan) for scorer in (OURS_HOURLY, Variant()))
    assert all(map(np.array_equal, ours.clean, same.clean))
    assert len(ours.cases) == len(same.cases) > 0
    for one, other in zip(ours.cases, same.cases, strict=True):
        assert one[:4] == other[:4]
        assert np.array_equal(one.scores, other.scores)


@pytest.mark.parametrize("blind", ["off", "8th dearest", "for 2 weeks"])
def test_a_guard_that_lets_a_spoilt_day_count_sees_less(blind: str) -> None:
    def seen(name: str) -> float:
        plan = Plan(1, HISTORY, kinds=["step3"], every=1, past=spoiled)
        cases = run(GUARDS[name], OFFICE, plan).cases
        return float(sum(case.scores[: 3 * DAY, 0].max() for case in cases))

    assert seen(blind) < seen("as it is")


def test_every_window_is_left_out_once() -> None:
    left = [set(HOURS.views) - set(one.shape.views) for one in WINDOWS.values()]
    assert [len(views) for views in left] == [0, *[1] * len(HOURS.views), 0]
    assert set.union(*left) == set(HOURS.views)
    assert [name for name, one in WINDOWS.items() if not one.shape.falls] == ["no CUSUM of falls"]


def cases(*rows: int | None) -> list[Outcome]:
    return [Outcome("office", row, 0.0, 0.0) for row in rows]


def test_what_is_found_late_moves_the_median_of_what_is_found_alone() -> None:
    easy = cases(23, 47, 71, 95, None)
    more = cases(23, 47, 71, 95, 335)
    assert trades.days_until(easy) == trades.days_until(easy, 0.8) == 2.5
    assert (trades.days_until(more), trades.days_until(more, 0.8)) == (3.0, 2.5)
    assert trades.days_until(cases(23, None, None, None, None), 0.8) is None
    assert trades.days_until(cases(None)) is None


def test_a_false_alarm_is_paid_by_the_dollars_of_an_overrun_a_quarter() -> None:
    rows = {"0.1": {"dollars": 120.0}, "0.6": {"dollars": 68.0}}
    paid = trades.paid(rows)
    assert [row["an alarm saves"] for row in paid.values()] == [None, pytest.approx(10.0)]


def test_seeds_are_averaged_figure_by_figure() -> None:
    tables: list[Figures] = [{"a": {"b": 1.0, "c": None}}, {"a": {"b": 3.0, "c": 2.0}}]
    assert trades.mean(tables) == {"a": {"b": 2.0, "c": None}}


def test_a_plot_puts_values_between_its_ends() -> None:
    plot = Plot(Axis("x", 1, 100, (), logarithmic=True), Axis("y", 0, 2, ()), (212, 212), left=10)
    assert [plot.x(value) for value in (0.5, 1, 10, 100)] == [66, 66, 116, 166]
    assert [plot.y(value) for value in (0, 1, 2)] == [156, 106, 56]


def test_all_trades_are_told_and_drawn(tmp_path: Path) -> None:
    data()
    few = ["--only", "trades", "--series", "2", "--peers", "cusum", "--workers", "1"]
    figures = told("detection", *few, "--trades", str(tmp_path / "trades.svg"))["seed_1"]["trades"]
    assert set(figures) == {"alarms", "young", "guards", "windows"}
    assert set(figures["alarms"]) == {
        f"{name}, {scorer}" for name in ("sim", "real") for scorer in ("spendwatch", "cusum")
    }
    assert list(figures["guards"]["sim"]) == list(GUARDS)
    assert list(figures["windows"]["real"]) == list(WINDOWS)
    drawn = ElementTree.parse(tmp_path / "trades.svg")
    assert len(drawn.findall(f"{SVG}circle")) > len(figures["young"]["sim"]) + 2 * len(GUARDS)
