"""Numbers and lengths of time in words."""

import pytest

from schemas.wording import counted, span


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 charges"), (1, "1 charge"), (2, "2 charges"), (12_345, "12,345 charges")],
)
def test_one_is_one_and_the_rest_are_many(count: int, said: str) -> None:
    assert counted(count, "charge") == said


def test_a_plural_of_its_own_is_given() -> None:
    assert (counted(1, "policy", "policies"), counted(2, "policy", "policies")) == (
        "1 policy",
        "2 policies",
    )


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (1, "minute"),
        (2, "2 minutes"),
        (60, "hour"),
        (90, "90 minutes"),
        (120, "2 hours"),
        (1440, "24 hours"),
        (1500, "25 hours"),
        (2880, "2 days"),
        (10_080, "7 days"),
    ],
)
def test_a_span_is_in_the_largest_unit_that_it_fills(minutes: int, said: str) -> None:
    assert span(minutes) == said
