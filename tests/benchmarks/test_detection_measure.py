"""Detectors are measured as the reference measures them, and only what counts is counted."""

from functools import partial

import numpy as np
import pytest

from benchmarks import _detection_peers as peers
from benchmarks._detection_found import (
    Limits,
    begun,
    by_kind,
    false_rate,
    limits,
    lowest,
    outcomes,
    recall,
)
from benchmarks._detection_measure import Case, Plan, Result, Scores, Stepped, Whole, run
from benchmarks._spend_overruns import OVERRUNS, UP
from benchmarks._spend_simulated import WEEK, Floats, organisation
from tests.benchmarks.bench_reference import reference

THEIRS = {
    "cusum": "CUSUM",
    "loda": "River LODA",
    "spot": "SPOT",
    "seasonal spot": "SPOT seasonal",
    "seasonal z": "promql seasonal z",
    "gaussian": "River GaussianScorer",
    "z": "promql z 7d",
    "holtwinters": "River HoltWinters",
}
"""What the reference calls our peers."""


@pytest.mark.parametrize("name", peers.HOURLY)
def test_a_peer_scores_as_the_references_does(name: str) -> None:
    make = reference("baselines").ALL[THEIRS[name]]
    for _, dollars in organisation(1, 3, 5):
        few = dollars[:60] if name in peers.SLOW else dollars
        ours, _ = Stepped(peers.HOURLY[name])(few, ())
        assert np.array_equal(ours.T, reference("measure").trace(make, few))


def test_cusum_is_measured_as_the_reference_measures_it() -> None:
    measure, series = reference("measure"), organisation(1, 4, 16)
    theirs = measure.run(reference("baselines").Cusum, series, 2 * WEEK, seed=1)
    ours = run(Stepped(peers.Cusum), series, Plan(1, 2 * WEEK))
    for budget in (0.5, 1.0, 2.0):
        both = limits(ours, budget)
        assert both == tuple(measure.threshold(theirs, side, share * budget)
                             for side, share in enumerate((0.8, 0.2)))  # fmt: skip
        found, table = by_kind(outcomes(ours, both)), measure.found(theirs, both)
        assert found.keys() == table.keys()
        for kind, one in found.items():
            told = [one.recall, one.hours, one.lost, one.dollars, one.cases]
            names = ("recall", "hours", "lost", "dollars", "n")
            assert told == pytest.approx([table[kind][name] for name in names])
        assert recall(found, UP) == pytest.approx(measure.mean_recall(table, UP))


class Largest:
    """Times the largest so far."""

    def __init__(self) -> None:
        self._top = 0.0

    def step(self, _t: int, x: float) -> tuple[float, float]:
        """Scored, then learnt."""
        score = x / self._top if self._top else 0.0
        self._top = max(self._top, x)
        return score, 0.0


def largest(dollars: Floats) -> Scores:
    """The same of all rows at once."""
    top = np.concatenate(([0.0], np.maximum.accumulate(dollars)[:-1]))
    score = np.divide(dollars, top, out=np.zeros(len(top)), where=top > 0)
    return np.column_stack((score, np.zeros(len(top))))


def test_all_rows_at_once_come_to_the_same_as_bucket_by_bucket() -> None:
    series, plan = organisation(2, 3, 10), Plan(2, WEEK)
    one, other = run(Stepped(Largest), series, plan), run(Whole(largest), series, plan)
    assert {case.kind for case in one.cases} == set(OVERRUNS)
    assert all(map(np.array_equal, one.clean, other.clean))
    for ours, theirs in zip(one.cases, other.cases, strict=True):
        assert ours[:4] == theirs[:4]
        assert np.array_equal(ours.scores, theirs.scores)
        assert np.array_equal(ours.lost, theirs.lost)


def test_a_detector_that_knows_what_comes_is_refused() -> None:
    def seer(dollars: Floats) -> Scores:
        return np.column_stack((dollars / dollars.max(), dollars))

    with pytest.raises(ValueError, match="rows after it"):
        run(Whole(seer), organisation(1, 3, 5), Plan(1, WEEK, kinds=["step10"]))


def column(*hot: int, rows: int = WEEK) -> Scores:
    """Scores of 1 in some rows, upwards."""
    scores = np.zeros((rows, 2))
    scores[list(hot), 0] = 1.0
    return scores


def test_alarms_within_a_day_are_one_incident() -> None:
    assert begun(column(3, 20, 44, 69)[:, 0], 1.0, 24).tolist() == [3, 69]
    assert false_rate(Result(Plan(1, 0), [column(3, 20, 44, 69)], []), 0, 1.0) == 2.0
    assert false_rate(Result(Plan(1, 50), [column(3, 20, 44, 69)], []), 0, 1.0, 60) == 0.0


def test_a_limit_is_the_lowest_within_the_budget_from_above() -> None:
    scores = column()
    scores[[10, 60, 110], 0] = (3.0, 2.0, 1.0)
    at = partial(lowest, Result(Plan(1, 0), [scores], []), 0)
    assert [at(rate) for rate in (3.0, 2.0, 1.5, 1.0)] == [1.0, 2.0, 3.0, 3.0]
    assert at(0.5) > 3.0


def test_a_hit_counts_only_while_the_undisturbed_twin_is_quiet() -> None:
    plan, lost = Plan(1, 0), np.arange(1.0, 11.0)
    case = Case("office", "step2", 0, 100, column(0, 7, rows=10), lost)
    [late] = outcomes(Result(plan, [column(80)], [case]), Limits(1.0, 1.0))["step2"]
    assert (late.row, late.lost, late.dollars) == (7, 0.8, 8.0)
    [soon] = outcomes(Result(plan, [column(70)], [case]), Limits(1.0, 1.0))["step2"]
    assert (soon.row, soon.lost) == (0, 0.1)
    [never] = outcomes(Result(plan, [column(90)], [case]), Limits(1.0, 1.0))["step2"]
    assert (never.row, never.lost, never.dollars) == (None, 1.0, 10.0)
