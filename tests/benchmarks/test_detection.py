"""The benchmark of detection runs, and ends as every benchmark does."""

from math import log10
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import detection
from benchmarks._detection_bench import HOUR_MICROS, OURS, Bench, ours
from benchmarks._detection_measure import Plan, Result
from benchmarks._detection_rates import _counted
from benchmarks._detection_tables import spoiled
from benchmarks._spend_simulated import WEEK, organisation
from tests.benchmarks.bench_kit import told
from tests.benchmarks.bench_reference import data


def test_it_ends_with_one_json_line_that_tells_every_table(tmp_path: Path) -> None:
    data()
    few = ["--only", "hours,down,fortnight,cold,contamination,rates,borne", "--series", "5"]
    few += ["--curve", str(tmp_path / "curve.svg")]
    figures = told("detection", *few, "--peers", "cusum,z", "--workers", "1")["seed_1"]
    assert set(figures["hours"]) == set(figures["down"]) == {"sim", "real"}
    by_scorer = figures["hours"]["sim"]["0.25"]
    assert set(by_scorer) == {OURS, "cusum", "z"}
    for one in by_scorer.values():
        assert len(one["kinds"]) == 14
        assert one["false"][0] <= 0.2
    assert set(figures["down"]["real"]) == {"0.05", "0.01"}
    assert set(figures["fortnight"]) == {"0.25", "0.05", "T=120"}
    assert set(figures["cold"]["T=120"]["kinds"]) == {"step3", "step10", "loop3", "loop10"}
    assert f"{OURS} T=120" in figures["contamination"]["sim"]
    assert figures["rates"]["T=100"]["expected"] == 0.07
    assert [one["expected"] for one in figures["borne"].values()] == [1, 2, 4, 8, 16, 32]
    curve = ElementTree.parse(tmp_path / "curve.svg")
    assert len(curve.findall("{http://www.w3.org/2000/svg}circle")) == 12


def test_a_slow_peer_is_only_where_it_is_said_to_be() -> None:
    bench = Bench(detection.DATA, ["loda", "z"])
    assert set(bench.hourly()) == {OURS, "loda", "z"}
    assert set(bench.hourly(slow=False)) == set(bench.by_minute()) == {OURS, "z"}


def test_our_scores_are_logarithms_of_days_and_nothing_while_usual() -> None:
    [(_, dollars)] = organisation(1, 4, 1)
    dollars[-1] = 100 * dollars.max()
    scores = ours(HOUR_MICROS, dollars)
    assert scores.shape == (4 * WEEK, 2)
    assert np.isfinite(scores).all()
    assert scores.min() == 0.0
    assert scores[-1, 0] > log10(100)


def test_an_overrun_in_the_past_ends_before_the_history_does() -> None:
    for _, dollars in organisation(1, 8, 8):
        changed = np.flatnonzero(spoiled(dollars) != dollars)
        assert changed.tolist() == [611, 612, 613, 614, 615, 616]
    silent = np.zeros(8 * WEEK)
    assert np.array_equal(spoiled(silent), silent)


def test_expected_false_alarms_stand_beside_those_counted() -> None:
    scores = np.zeros((2 * WEEK, 2))
    scores[WEEK + 5] = (2.5, 2.0)
    figures = _counted({"sim": Result(Plan(1, WEEK), [scores], [])}, 100)
    assert figures == {"sim": [1.0, 1.0]}
    assert _counted({"sim": Result(Plan(1, WEEK), [scores], [])}, 200)["sim"] == [1.0, 0.0]


def test_tables_that_are_not_known_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        detection.main(["--only", "hours,luck"])
    assert "no luck among hours" in capsys.readouterr().err


def test_without_data_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        detection.main(["--data", "nowhere"])
    assert "no data at nowhere" in capsys.readouterr().err
