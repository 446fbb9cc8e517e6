"""NAB's score is that of the reference, and its ends are where NAB puts them."""

import numpy as np
import pytest

from benchmarks._nab import PROFILES, File, load, score
from benchmarks._spend_simulated import Floats
from tests.benchmarks.bench_reference import data, reference

TIMES = np.arange(1000).astype("datetime64[m]")
FILES = {
    "two": File(TIMES, np.zeros(1000), [(300, 349), (700, 720)]),
    "one": File(TIMES, np.zeros(1000), [(990, 999)]),
    "none": File(TIMES, np.zeros(1000), []),
}


def scores(*hot: tuple[str, int]) -> dict[str, Floats]:
    """Scores of 1 in some rows."""
    made = {name: np.zeros(1000) for name in FILES}
    for name, row in hot:
        made[name][row] = 1.0
    return made


def test_the_first_row_of_every_window_is_perfect_and_silence_is_nothing() -> None:
    first = [(name, begin) for name, file in FILES.items() for begin, _ in file.windows]
    for name in PROFILES:
        assert score(scores(*first), FILES)[name].score == pytest.approx(100)
        assert score(scores(), FILES, 0.5)[name].score == 0.0


def test_probation_does_not_count_and_an_alarm_outside_costs() -> None:
    assert score(scores(("none", 149)), FILES, 0.5)["standard"].score == 0.0
    alone = score(scores(("none", 150)), FILES, 0.5)
    assert alone["low_fp"].score < alone["standard"].score < 0.0


@pytest.mark.parametrize("digits", [16, 2, 0])
@pytest.mark.parametrize("level", [None, 0.9, 0.5])
def test_scores_are_the_references(digits: int, level: float | None) -> None:
    drawn = np.random.default_rng(digits)
    made = {name: np.round(drawn.random(1000), digits) for name in FILES}
    theirs = reference("nab").score(made, {name: tuple(one) for name, one in FILES.items()}, level)
    assert {name: tuple(one) for name, one in score(made, FILES, level).items()} == theirs


def test_the_files_are_there_with_their_windows() -> None:
    files = load(data() / "nab")
    assert len(files) == 32
    assert sum(len(file.windows) for file in files.values()) == 55
    assert all(last < len(one.values) for one in files.values() for _, last in one.windows)
