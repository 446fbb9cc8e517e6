"""Silence: a series that should speak has gone mute."""

import pytest
from pydantic import ValidationError

from detectors.silence import Silence, SilenceSettings
from schemas.ends import Ends
from schemas.rules import Past
from schemas.states import Bucket
from tests.detectors.detector_walk import DOLLAR, MONDAY, walk

FIRST = MONDAY * 1440


def silence(expect: object = "every 5m") -> Silence:
    """The detector with such an expectation."""
    text = {"name": "mute", "series": "*", "expect": expect}
    return SilenceSettings.model_validate(text).rule("application:nightly")


def breaches(costs: list[int]) -> list[int]:
    lived = walk(silence(), costs)
    return [index for index, step in enumerate(lived) if step.verdict.breach]


def test_it_is_told_in_the_minute_in_which_usage_is_too_long_ago() -> None:
    assert breaches([DOLLAR, *[0] * 8, DOLLAR, 0]) == [5, 6, 7, 8]


def test_a_series_that_speaks_often_enough_is_never_told() -> None:
    assert breaches([DOLLAR, 0, 0, 0, 0] * 50) == []


def test_a_series_that_never_spoke_is_not_silent() -> None:
    past = Past(at=FIRST, costs=(), first=FIRST, last=0, since=FIRST - 9000)

    assert not silence().verdict({}, past, Bucket()).breach


def test_it_ends_when_the_series_speaks_and_costs_nothing() -> None:
    rule = silence()
    said = list(walk(rule, [DOLLAR, *[0] * 9]))[-1].verdict

    assert rule.ends is Ends.SPOKE
    assert rule.usual({}, FIRST) == said.excess == 0
    assert not rule.idles


def test_the_reason_names_the_last_usage_and_what_was_expected() -> None:
    at = FIRST + 611

    def reason(last: int, expect: str) -> str:
        past = Past(at=at, costs=(), first=FIRST - 9000, last=last, since=0)
        return silence(expect).verdict({}, past, Bucket()).reason

    assert reason(FIRST + 605, "every 5m") == ("no usage since 10:05 UTC; expected every 5 minutes")
    assert reason(FIRST - 60, "every 2h") == (
        "no usage since 2024-10-06 23:00 UTC; expected every 2 hours"
    )
    assert reason(FIRST + 541, "every 1h") == "no usage since 09:01 UTC; expected every hour"


@pytest.mark.parametrize(
    ("text", "minutes"), [("every 5m", 5), ("every 2h", 120), (" every 1d ", 1440), (30, 30)]
)
def test_what_is_expected_may_be_written_in_minutes_hours_and_days(
    text: object, minutes: int
) -> None:
    assert silence(text).expect == minutes


@pytest.mark.parametrize("text", ["5m", "every 5", "every 0m", "every m", "each 5m", 0, "", None])
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        silence(text)
