"""Which incident a correction is of, and why none is where none is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from policies import correcting
from policies.correcting import Why
from policies.life import State
from schemas.records import Finding, Incident
from tests.policies.folding import fold, only
from tests.streams.judge_kit import after, burning, found
from tests.streams.watch_kit import DOLLAR


def correction(minute: int = 0, late: int = 0, restated: int = 0) -> Finding:
    """What was heard at minute 500 of an episode that was told from a minute on."""
    made = found(500, "corrected", opened_at=after(minute), accrued_nano_usd=0)
    return replace(made, late_nano_usd=late, restated_nano_usd=restated)


def incident() -> Incident:
    """One that began at minute 0 and was over after 20."""
    return only(fold(burning(0, 20)))


def test_a_correction_adds_up_and_leaves_all_else_as_it_is() -> None:
    before = incident()
    decided = correcting.decide([before], correction(late=DOLLAR, restated=-2 * DOLLAR))
    assert decided.why is Why.CORRECTED
    assert decided.incident == replace(before, late_nano_usd=DOLLAR, restated_nano_usd=-2 * DOLLAR)
    again = correcting.decide([decided.incident], correction(late=DOLLAR)).incident
    assert again is not None
    assert again.late_nano_usd == 2 * DOLLAR


def merged(one: Incident) -> Incident:
    return replace(one, state=State.MERGED)


@pytest.mark.parametrize(
    ("given", "finding", "why"),
    [
        ([incident()], correction(), Why.CANCELS_OUT),
        ([incident()], correction(-1, DOLLAR), Why.UNKNOWN),
        ([incident()], correction(300, DOLLAR), Why.UNKNOWN),
        ([], correction(0, DOLLAR), Why.UNKNOWN),
        ([replace(incident(), cause="budget")], correction(0, DOLLAR), Why.UNKNOWN),
        ([replace(incident(), series="application:search")], correction(0, DOLLAR), Why.UNKNOWN),
        ([merged(incident())], correction(0, DOLLAR), Why.EXPLAINED),
    ],
)
def test_where_none_is_corrected_the_reason_has_a_name(
    given: list[Incident], finding: Finding, why: Why
) -> None:
    assert correcting.decide(given, finding) == correcting.Decision(why)


def test_of_two_lives_of_a_series_the_later_one_that_covers_it_is_corrected() -> None:
    first = incident()
    later = replace(
        first, id="inc_later", opened_at=first.opened_at + timedelta(minutes=5), resolved_at=None
    )
    assert _corrected([first, later], correction(10, DOLLAR)) == "inc_later"
    assert _corrected([first, later], correction(4, DOLLAR)) == first.id


def _corrected(given: list[Incident], finding: Finding) -> str:
    decided = correcting.decide(given, finding).incident
    return decided.id if decided else ""


def test_corrections_of_one_episode_that_are_heard_apart_are_one() -> None:
    one = correcting.together(correction(late=DOLLAR), correction(late=-DOLLAR, restated=3))
    assert (one.late_nano_usd, one.restated_nano_usd, one.excess_nano_usd) == (0, 3, 3)
    assert one.reason == "$0.000000003 restated"


def test_a_correction_begins_nothing_and_wakes_nobody() -> None:
    assert list(fold([correction(0, 1000 * DOLLAR)]).all()) == []
    (one,) = fold([*burning(0, 20), correction(0, 1000 * DOLLAR)]).all()
    before = incident()
    assert one == replace(before, late_nano_usd=1000 * DOLLAR)
