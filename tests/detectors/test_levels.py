"""A series of levels: what is found, what is silent, and what holds of its parts."""

import numpy as np
import pytest

from detectors.leveltails import YOUNG_BLOCKS, level_tails
from detectors.levelverdicts import SCALE, SILENT, heard
from detectors.levelviews import BLOCK
from detectors.scoring import DOWN_DAYS, FORMS, LEVELS, RECORDS, UP_DAYS, scored
from detectors.spans import gathered, means
from detectors.tails import Floats
from detectors.verdicts import Scored
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, MINUTE

HOUR = HOUR_MINUTES * MINUTE
FIVE = 5 * MINUTE
DAY_ROWS = DAY_MINUTES // 5
FIELDS = ("expected", "low", "high", "up", "down")


def usual(days: int = 14, seed: int = 7) -> Floats:
    """A metric about 0 with a day's rhythm and noise."""
    rows = np.arange(days * DAY_ROWS)
    noise = np.random.default_rng(seed).standard_normal(len(rows))
    return 4 * np.sin(rows / DAY_ROWS * 2 * np.pi) + noise


def said(values: Floats, every: int = FIVE, *forms: str) -> Scored:
    times = 1_793_000_000_000_000 + every * np.arange(len(values), dtype=np.int64)
    return scored(times, values, every, forms or FORMS)


def same(one: Scored, two: Scored, rows: slice) -> bool:
    return all(
        np.array_equal(getattr(one, name)[rows], getattr(two, name)[rows]) for name in FIELDS
    )


@pytest.mark.parametrize("shift", [0.0, -1000.0, 1e6])
@pytest.mark.parametrize("by", [30.0, -30.0])
def test_a_wild_row_is_found_on_its_side_wherever_0_is(shift: float, by: float) -> None:
    values = usual() + shift
    values[-1] += by
    found = said(values)
    up, down = found.up[-1] >= UP_DAYS, found.down[-1] >= DOWN_DAYS
    assert (up, down) == (by > 0, by < 0)
    assert (values[-1] > found.high[-1]) == up and (values[-1] < found.low[-1]) == down


def test_a_level_that_stays_is_found_where_no_row_is_wild() -> None:
    values = np.random.default_rng(3).standard_normal(20 * DAY_ROWS)
    values[-DAY_ROWS:] += 1.5
    assert values[-DAY_ROWS:].max() < 1.3 * values[:-DAY_ROWS].max()
    assert said(values).up[-DAY_ROWS:].max() >= UP_DAYS


def test_the_band_is_where_a_finding_begins() -> None:
    values = usual()
    last = said(values)
    for over, is_finding in ((-1e-6, False), (1e-6, True)):
        values[-1] = last.high[-1] + over
        assert (said(values).up[-1] >= UP_DAYS) == is_finding
        values[-1] = last.low[-1] - over
        assert (said(values).down[-1] >= DOWN_DAYS) == is_finding


def test_what_a_value_of_1e30_leaves_behind_is_silence_and_then_nothing() -> None:
    values, wild = usual(28), usual(28)
    wild[10 * DAY_ROWS] = 1e30
    assert said(wild).up[10 * DAY_ROWS] >= UP_DAYS
    rest = slice(10 * DAY_ROWS + DAY_ROWS + 1, None)
    assert not said(wild).up[rest].any()
    assert np.array_equal(means(wild, BLOCK)[rest], means(values, BLOCK)[rest])


def test_a_young_series_says_nothing() -> None:
    values = usual(3)
    values[BLOCK * YOUNG_BLOCKS - 1] += 1e6
    found = said(values)
    young = slice(0, BLOCK * YOUNG_BLOCKS)
    assert not found.up[young].any() and not found.down[young].any()
    assert np.array_equal(found.high[young], values[young])


FITS = {
    MINUTE: RECORDS, MINUTE + 1: LEVELS, FIVE: LEVELS, 30 * MINUTE - 1: LEVELS,
    30 * MINUTE: RECORDS, HOUR: RECORDS,
}  # fmt: skip


@pytest.mark.parametrize("every", FITS)
def test_which_form_fits_follows_from_the_time_between_rows(every: int) -> None:
    values = np.abs(usual())
    assert same(said(values, every), said(values, every, FITS[every]), slice(None))


def test_from_the_first_row_below_0_on_a_series_is_one_of_levels() -> None:
    values = np.abs(usual())
    values[1000:] = usual()[1000:]
    first = int(np.argmax(values < 0))
    found = said(values, HOUR)
    assert same(found, said(values, HOUR, RECORDS), slice(0, first))
    assert same(found, said(values, HOUR, LEVELS), slice(first, None))
    assert not same(found, said(values, HOUR, RECORDS), slice(None))


def test_a_row_is_heard_unless_one_on_its_rung_was_just_heard() -> None:
    low, high = 1.0, 2.0
    rows = {0: low, 5: low, 6: high, 7: high, 7 + SILENT: low, 8 + SILENT: high}
    strange = np.zeros(2 * SILENT)
    strange[list(rows)] = list(rows.values())
    # row 7 + SILENT is past the SILENT rows of row 6, the last that was heard
    assert np.flatnonzero(heard(strange, (low, high))).tolist() == [0, 6, 7 + SILENT, 8 + SILENT]


def test_what_is_said_and_what_it_is_worth_are_each_others_inverse() -> None:
    said_ = np.array([*SCALE.raw, 5.0, 30.0])
    worth = SCALE.calibrated(said_)
    assert (np.diff(worth) > 0).all()
    assert [SCALE.said_for(one) for one in worth.tolist()] == pytest.approx(said_.tolist())


def test_a_limit_is_as_strange_as_it_should_be() -> None:
    records = np.random.default_rng(1).standard_normal((150, 3))
    *_, known = level_tails(records, np.ones(150))
    for strangeness in (2.5, 4.0):
        values = known.limits(strangeness)[-1:]
        told = known.strangeness(values, np.array([len(known.blocks) - 1]), np.ones(1))
        assert told[0] == pytest.approx(strangeness, abs=1e-6)


@pytest.mark.parametrize("rows", [1, 2, 7, 48])
@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 100])
def test_spans_are_what_their_rows_are(rows: int, count: int) -> None:
    values = np.random.default_rng(count).integers(-9, 9, count).astype(np.float64)
    ahead = np.concatenate([np.full(rows - 1, values[0]) if count else values, values])
    for how in (np.add, np.maximum, np.minimum):
        expected = [how.reduce(ahead[at : at + rows]) for at in range(count)]
        assert gathered(how, values, rows).tolist() == expected
