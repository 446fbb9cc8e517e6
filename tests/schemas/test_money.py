"""Dollars in, nano-dollars inside, dollars out."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.money import divided, dollars, nano


@given(amount=st.integers(0, 9 * 10**18))
def test_every_whole_number_of_nano_dollars_is_read_back(amount: int) -> None:
    assert nano(Decimal(amount).scaleb(-9)) == amount


def test_a_part_of_a_nano_dollar_is_refused() -> None:
    with pytest.raises(ValueError, match="finer"):
        nano(Decimal("0.0000000001"))


@given(amount=st.integers(-(10**20), 10**20), by=st.integers(1, 10**12))
def test_a_division_is_off_by_half_at_most_and_even_there(amount: int, by: int) -> None:
    off = abs(Fraction(amount, by) - divided(amount, by))

    assert off <= Fraction(1, 2)
    assert off < Fraction(1, 2) or divided(amount, by) % 2 == 0


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0.00"),
        (1_234_500_000_000, "$1,234.50"),
        (-3_000_000_000, "-$3.00"),
        (125_000_000, "$0.12"),
        (135_000_000, "$0.14"),
        (50_000_000, "$0.05"),
        (4_200_000, "$0.0042"),
        (1, "$0.000000001"),
        (2**63 - 1, "$9,223,372,036.85"),
    ],
)
def test_people_read_cents_and_finer_only_where_there_is_little(amount: int, text: str) -> None:
    assert dollars(amount) == text
